"""The fast engine, which must equal the reference bit for bit."""
