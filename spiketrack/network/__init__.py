"""SpikeTrack in PyTorch: one source of layers for the template and the search branch."""

from spiketrack.network.ablations import ABLATIONS
from spiketrack.network.checkpoint import load_checkpoint, save_checkpoint
from spiketrack.network.network import (
    SearchOutput,
    SpikeTrackNetwork,
    build_network,
    state_shapes,
)
from spiketrack.network.neuron import NILIF
from spiketrack.network.random_weights import random_checkpoint
from spiketrack.network.recording import record_spikes
from spiketrack.network.trained import trained_checkpoint, trained_variants
from spiketrack.network.variants import VARIANTS, Variant, ablated, find_variant

__all__ = [
    "ABLATIONS",
    "NILIF",
    "VARIANTS",
    "SearchOutput",
    "SpikeTrackNetwork",
    "Variant",
    "ablated",
    "build_network",
    "find_variant",
    "load_checkpoint",
    "random_checkpoint",
    "record_spikes",
    "save_checkpoint",
    "state_shapes",
    "trained_checkpoint",
    "trained_variants",
]
