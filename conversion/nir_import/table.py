"""This is the one table of NIR node types and of what converts each."""

from collections.abc import Callable

from conversion.nir_import import layers, neurons, shaping
from conversion.nir_import.site import Site
from spiketrack.graph.float_nodes import FloatNode

CONVERTERS: dict[str, Callable[[Site], list[FloatNode]]] = {
    "Output": shaping.output,
    "Affine": layers.dense,
    "Linear": layers.dense,
    "Scale": shaping.scale,
    "Conv1d": layers.conv,
    "Conv2d": layers.conv,
    "SumPool2d": layers.total,
    "AvgPool2d": layers.average,
    "Flatten": shaping.flatten,
    "Delay": shaping.delay,
    "I": neurons.integrating,
    "IF": neurons.spiking,
    "LI": neurons.integrating,
    "LIF": neurons.spiking,
    "CubaLI": neurons.integrating,
    "CubaLIF": neurons.spiking,
    "Threshold": shaping.threshold,
}
"""Input stands apart, because nothing comes in; a NIRGraph is dissolved before."""
CONTINUOUS = frozenset({"I", "IF", "LI", "LIF", "CubaLI", "CubaLIF", "Delay"})
"""Types whose parameters are times: they mean something only with a dt."""
SPIKING = frozenset({"IF", "LIF", "CubaLIF"})
