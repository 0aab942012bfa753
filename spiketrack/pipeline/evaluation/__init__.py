"""Trackers on a benchmark: one sequence at a time, on one process, many, or a cluster."""
