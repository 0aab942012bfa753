"""Graphs of float nodes and of spike nodes: their law, their text form, their file."""
