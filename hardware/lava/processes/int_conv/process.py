"""Integer convolution with any groups, strides, padding and dilation."""

from lava.magma.core.process.ports.ports import InPort, OutPort
from lava.magma.core.process.variable import Var

from hardware.lava.compute.synapses import Geometry
from hardware.lava.processes.counted import CountedProcess
from spiketrack.graph.checks import Array


class IntConv(CountedProcess):
    """Synapses with shared int8 weights; cross-correlation, zero padding, 24-bit accumulators.

    Args:
        shape: (T, C, H, W) of the messages that come in.
        out_shape: (T, O, H', W') of the accumulators.
        weights: (O, C / groups, K_h, K_w) int8.
        geometry: stride, padding, dilation, groups.
        name: for errors and counts.
    """

    in_names = ("s_in",)

    def __init__(
        self,
        *,
        shape: tuple[int, ...],
        out_shape: tuple[int, ...],
        weights: Array,
        geometry: Geometry,
        name: str,
    ) -> None:
        super().__init__(name=name, shape=shape, geometry=geometry)
        self.s_in = InPort(shape=shape)
        self.a_out = OutPort(shape=out_shape)
        self.weights = Var(shape=weights.shape, init=weights)
