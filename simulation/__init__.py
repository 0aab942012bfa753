"""What a node means: the reference, the fast engine that must equal it, counting."""
