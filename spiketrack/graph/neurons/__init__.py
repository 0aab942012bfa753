"""The neurons of the integer graph: one file each, update equations line by line."""

from spiketrack.graph.neurons.cuba_li import SpikeCubaLI
from spiketrack.graph.neurons.cuba_lif import SpikeCubaLIF
from spiketrack.graph.neurons.delta import SpikeDelta
from spiketrack.graph.neurons.nilif import SpikeNILIF
from spiketrack.graph.neurons.relu import SpikeRelu
from spiketrack.graph.neurons.sigma import SpikeSigma

__all__ = ["SpikeCubaLI", "SpikeCubaLIF", "SpikeDelta", "SpikeNILIF", "SpikeRelu", "SpikeSigma"]
