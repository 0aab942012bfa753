"""From an integer graph to a graph of Lava processes."""
