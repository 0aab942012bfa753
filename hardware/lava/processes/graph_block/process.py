"""A graph, or a part of one, that is not a tracker."""

from hardware.lava.processes.blocks import BlockProcess


class GraphBlock(BlockProcess):
    """Any nodes of an integer graph."""
