"""The engines of a checkpoint's float network: PyTorch, and the float graphs to count with."""

from simulation.tracking_engines import FloatGraphEngine, NetworkEngine
from spiketrack.network import SpikeTrackNetwork
from spiketrack.pipeline.backends.row import Makers
from spiketrack.pipeline.convert import folded_graphs


def counted_graphs(network: SpikeTrackNetwork) -> FloatGraphEngine:
    """The float graphs: PyTorch's own modules show no values that a counter could watch."""
    return FloatGraphEngine(folded_graphs(network), network.variant)


FLOAT = Makers(float_tracker=NetworkEngine, float_counted=counted_graphs)
