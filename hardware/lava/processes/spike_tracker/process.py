"""The whole network of the tracker: templates and a frame in, memories and logits out."""

from hardware.lava.processes.network.process import Network


class SpikeTracker(Network):
    """A `TemplateBranch` whose memories are messages to a `SearchBranch`, with all ins and outs.

    Both run in every step: a frame is searched with the templates that come with it.
    """
