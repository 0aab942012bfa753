"""Brian2 as an outside witness of the integer graph."""
