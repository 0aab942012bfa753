"""The template graph: frames in, six memories out."""

from hardware.lava.processes.blocks import BlockProcess


class TemplateBranch(BlockProcess):
    """Backbone and memory writers."""
