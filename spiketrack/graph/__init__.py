"""The floor: graphs of float nodes and of spike nodes, their shape law, their text form and their file."""
