"""The four stages of the encoder, without the memory retrieval between them."""

from hardware.lava.processes.blocks import BlockProcess


class Backbone(BlockProcess):
    """All `encoder.*` nodes outside the memory retrieval modules."""
