"""Brian2 computes the integer graph as an outside witness."""
