"""One network in several forms on the same held-out scenes: boxes, spikes, counts and energies."""
