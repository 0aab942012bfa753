"""The NumPy reference defines what every integer node means."""
