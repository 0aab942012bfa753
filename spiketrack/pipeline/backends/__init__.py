"""The backends that can run an integer graph: one row each in `table`, one file of makers each."""
