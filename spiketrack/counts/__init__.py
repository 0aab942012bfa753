"""Event counts as data, and the conventions by which they are counted."""
