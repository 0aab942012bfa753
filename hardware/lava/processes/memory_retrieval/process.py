"""One memory retrieval module: it writes a memory in the template branch, reads it in search."""

from hardware.lava.processes.blocks import BlockProcess


class MemoryRetrieval(BlockProcess):
    """The nodes `encoder.mrm.<i>.*`."""
