"""Counting events and synaptic operations of a run, layer by layer."""
