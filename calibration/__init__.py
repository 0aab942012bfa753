"""Float to integer: the only room where values change, and it reports by how much."""

from spiketrack import own_packages  # noqa: F401
