"""Where a node sits on a chip and what it costs there."""
