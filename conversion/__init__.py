"""Changes of form that compute the same: network to float graph, NIR to graph and back."""
