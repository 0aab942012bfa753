"""The search graph: a frame and six memories in, logits out."""

from hardware.lava.processes.blocks import BlockProcess


class SearchBranch(BlockProcess):
    """Backbone, memory readers and head."""
