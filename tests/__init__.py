"""The tests of spiketrack.

Why this file: lava-nc and lava-dl install a top-level package `tests`; without an `__init__` here
`from tests.strategies import ...` would find theirs.
"""
