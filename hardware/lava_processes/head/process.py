"""The three towers that make score, offset and size maps."""

from hardware.lava_processes.blocks import BlockProcess


class Head(BlockProcess):
    """The nodes `decoder.*`."""
