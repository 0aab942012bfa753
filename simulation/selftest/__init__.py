"""The differential self-test of every backend against the reference."""
