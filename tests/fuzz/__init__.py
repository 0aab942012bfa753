"""Mutated files against every reader: each ends in a typed error or a correct read, within bounds.

python -m tests.fuzz --n 20000 --seed 0 [--kind nir ...] [--keep FOLDER]
"""
