"""The NumPy reference: the definition of what every spike node means."""
