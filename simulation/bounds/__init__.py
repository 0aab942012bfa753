"""Interval arithmetic: the range that every value of an integer graph can take."""
