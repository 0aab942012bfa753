"""The float engine: a float graph in torch."""
