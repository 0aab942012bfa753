"""The three towers that make score, offset and size maps."""

from hardware.lava.processes.blocks import BlockProcess


class Head(BlockProcess):
    """The nodes `decoder.*`."""
