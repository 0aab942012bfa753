"""The differential self-test compares every backend with the reference."""
