"""SpikeTrack from checkpoint to counted, audited integer spikes: the floor, the tracker, the roof.

Why so empty: importing this package must stay free of torch, h5py, lava and brian2. Name the
module you need: `from spiketrack.network import build_network`.
"""

from spiketrack.version import VERSION

__version__ = VERSION
