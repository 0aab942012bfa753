"""Converts a float graph to integers, node by node, for given fraction bits of every stream.

A value is an integer with a pending affine meaning, real = q * unit[c] + bias[c], until something
needs it on a stream's grid. A neuron without state that reads a pending value takes unit and bias
into its thresholds: no rounding at all. Only streams round.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from typing_extensions import assert_never

from calibration.cuba import CubaInput, integer_cuba
from calibration.firing import decay_bits, graded_thresholds
from calibration.neuron_rounding import NeuronRounding
from calibration.neuron_steps import steps_for_neuron
from calibration.options import QuantiseOptions
from calibration.pending import Pending
from calibration.streams import NO_GRID, Streams, current_readers, growth_bits, reads_synapses
from calibration.weights import QuantisedWeights, quantise_weights
from simulation.bounds.range import Range
from spiketrack.errors import QuantisationError
from spiketrack.fixed_point import DECAY_BITS, Int64, as_multiplier, fraction_bits
from spiketrack.graph import float_nodes as f
from spiketrack.graph import spike_nodes as s
from spiketrack.graph import structural_nodes as m
from spiketrack.graph.float_nodes import FloatNode
from spiketrack.graph.graph import Graph
from spiketrack.graph.kinds import Boundary, FloatCuba
from spiketrack.graph.spike_nodes import SpikeNode


class ToIntegers:
    """Walks once through a float graph and appends the nodes of the integer graph.

    Args:
        graph: folded float graph whose image input takes integers.
        options: widths and rules.
        streams: the graph's streams; `exact` is filled in by the walk.
        fractions: fraction bits per stream.
        stream_bits: width of streams in this walk.
        memory_high: largest magnitude of a memory's integers.
        weights: quantised weights per convolution, filled in by the first walk.
        ranges: of values by name, from the first walk; None in the first walk itself.
    """

    def __init__(
        self, graph: Graph[FloatNode], options: QuantiseOptions, streams: Streams, fractions:
            Mapping[str, int],
        stream_bits: int, memory_high: int, weights: dict[str, QuantisedWeights],
        ranges: Mapping[str, Range] | None = None,
    ) -> None:  # fmt: skip
        self.graph = graph
        self.options = options
        self.streams = streams
        self.fractions = fractions
        self.bits = stream_bits
        self.memory_high = memory_high
        self.weights = weights
        self.ranges = ranges
        self.neurons: list[NeuronRounding] = []
        self.nodes: list[SpikeNode] = []
        self.pending: dict[str, Pending] = {}
        self.on_stream: dict[str, str] = {}

    def run(self) -> Graph[SpikeNode]:
        """The integer graph."""
        for node in self.graph:
            self.pending[node.name] = self.convert(node)
        # A rescale that nobody reads after all is left out; inputs and outputs stay as the promise
        # of the graph.
        used = {name for node in self.nodes for name in node.inputs}
        kept = [node for node in self.nodes if node.name in used or isinstance(node, Boundary)]
        return Graph(self.graph.name, tuple(kept))

    def convert(self, node: FloatNode) -> Pending:
        """Appends what computes this node and says what its integers mean.

        Raises:
            QuantisationError: integers of its widths cannot do it; names node and width.
        """
        if isinstance(node, m.StructuralNode):
            return self.convert_structural(node)
        match node:
            case f.FloatInput():
                return self.convert_input(node)
            case f.FloatConv():
                return self.convert_conv(node)
            case f.FloatScale():
                return self.pending[node.inputs[0]].times(node.factor)
            case f.FloatAdd():
                inputs = tuple(self.stream_value(name) for name in node.inputs)
                self.nodes.append(
                    s.SpikeAdd(
                        name=node.name, inputs=inputs, bits=self.bits, scale=self.grid(node.name)
                    )
                )
                return self.streamed(node.name, node.name)
            case f.FloatBias():
                return self.convert_bias(node)
            case f.FloatNILIF():
                return self.convert_neuron(node)
            case f.FloatCubaLIF() | f.FloatCubaLI():
                return self.convert_cuba(node)
            case f.FloatAvgPool() | f.FloatUpsample():
                return self.convert_resampling(node)
            case f.FloatMemoryWrite() | f.FloatMemoryRead():
                return self.convert_product(node)
            case f.FloatGateMix():
                return self.convert_gate(node)
            case f.FloatOutput():
                source = self.pending[node.inputs[0]]
                self.append(
                    s.SpikeOutput(
                        name=node.name, inputs=(source.name,), scale=source.scale, bias=source.bias
                    )
                )
                return source
            case f.FloatBatchNorm():
                raise QuantisationError(
                    f"node '{node.name}'", "BatchNorm folded away before", "a BatchNorm"
                )
            case f.FloatThreshold():
                needed, found = "thresholds written as neurons before", "a threshold"
                raise QuantisationError(f"node '{node.name}'", needed, found)
            case _:
                assert_never(node)

    def append(self, node: SpikeNode) -> str:
        """Adds a node; returns its name."""
        self.nodes.append(node)
        return node.name

    def grid(self, value: str) -> float:
        """Real worth of one step of the stream this value lies on."""
        return float(2.0 ** -self.fractions[self.streams.of[value]])

    def streamed(self, value: str, node: str) -> Pending:
        """A value that lies on its stream at this node."""
        return Pending(node, np.array([self.grid(value)]), follows=True)

    def integers(self, value: str, reader: str) -> Pending:
        """A value of one scale and no bias, as synapses need it.

        Raises:
            QuantisationError: a scale per channel, or a bias.
        """
        source = self.pending[value]
        if source.bias.any() or (source.unit != source.unit[0]).any():
            raise QuantisationError(
                f"input of '{reader}'", "integers of one scale", "a scale per channel or a bias"
            )
        return replace(source, unit=source.unit[:1], bias=source.bias[:1])

    def stream_value(self, value: str) -> str:
        """Name of the node with `value` on the grid of its stream, rescaled if needed."""
        source, grid = self.pending[value], self.grid(value)
        if not source.follows:
            self.streams.ask(self.streams.of[value], self.bits_asked(source))
        if (source.scale == grid).all() and not source.bias.any():
            return source.name
        if value not in self.on_stream:
            self.on_stream[value] = self.rescale(source, f"{value}.stream", grid)
        return self.on_stream[value]

    def bits_asked(self, source: Pending) -> int:
        """Fraction bits on which a value loses nothing; `NO_GRID` if no multiplier is exact."""
        multiplier, shift = as_multiplier(source.scale, power_of_two=self.options.power_of_two)
        if (np.ldexp(multiplier.astype(np.float64), -shift.astype(int)) != source.scale).any():
            return NO_GRID
        return max(fraction_bits(source.scale), fraction_bits(source.bias))

    def rescale(self, source: Pending, name: str, grid: float) -> str:
        """Adds a rescale of a pending value to a grid."""
        multiplier, shift = as_multiplier(
            source.scale / grid, power_of_two=self.options.power_of_two
        )
        bias = np.floor(source.bias / grid + 0.5).astype(np.int64)
        n = max(len(multiplier), len(bias))
        return self.append(
            s.SpikeRescale(
                name=name, inputs=(source.name,),
                multiplier_q=_spread(multiplier, n), shift_q=_spread(shift, n),
                bias_q=_spread(bias, n), bits=self.bits, scale=grid,
            )
        )  # fmt: skip

    def convert_input(self, node: f.FloatInput) -> Pending:
        """Input integers, their promised range and worth."""
        channels = node.shape[1]
        offset = np.zeros(channels, np.int32)
        low, high, unit = 0, self.memory_high, 1.0
        values = self.options.values
        match node.signal:
            case "image" | "spikes" if values is not None:
                low, high, unit = values.low, values.high, values.scale
            case "image":
                spec = self.options.image
                offset = spec.offset.astype(np.int32)
                low, high = spec.low - int(offset.max()), spec.high - int(offset.min())
            case "memory":
                unit = self.memory_unit()
            case "spikes":
                high = self.max_spike()
            case _:
                assert_never(node.signal)
        self.append(
            s.SpikeInput(
                name=node.name,
                shape=node.shape,
                signal=node.signal,
                low=low,
                high=high,
                scale=unit,
                offset_q=offset,
            )
        )
        return Pending(node.name, np.array([unit]))

    def max_spike(self) -> int:
        """D, the same for all neurons of the graph."""
        return max((n.max_spike for n in self.graph if isinstance(n, f.FloatNILIF)), default=1)

    def memory_unit(self) -> float:
        """A memory's integers are k^T v of integer spikes: one step is worth 1/D**2."""
        return 1.0 / self.max_spike() ** 2

    def convert_conv(self, node: f.FloatConv) -> Pending:
        """Synapses on quantised weights; unit and bias stay pending."""
        source = self.integers(node.inputs[0], node.name)
        neuron = self.neuron_behind(node)
        # The second walk keeps the weights but where their steps follow from the input's unit,
        # which the grids of that walk change.
        if node.name not in self.weights or neuron is not None:
            bits, power_of_two = self.options.bits_of(node.name), self.options.power_of_two
            steps = None
            if neuron is not None:
                factor = self.factor_behind(node, neuron)
                unit, bias = float(source.scale[0]) * factor, node.bias * factor
                steps = steps_for_neuron(node.weight, bias, neuron, unit, bits, power_of_two)
            self.weights[node.name] = quantise_weights(
                node.name, node.weight, bits, power_of_two=power_of_two, steps=steps
            )
        weights = self.weights[node.name]
        self.append(
            s.SpikeConv(
                name=node.name, inputs=(source.name,),
                weight_q=weights.weight_q, weight_scale=weights.scale,
                weight_bits=self.options.bits_of(node.name), stride=node.stride,
                padding=node.padding, dilation=node.dilation, groups=node.groups,
            )
        )  # fmt: skip
        return Pending(node.name, weights.scale * source.scale[0], node.bias)

    def neuron_behind(self, conv: f.FloatConv) -> FloatCuba | None:
        """The one neuron with a current that reads an accumulator as it is."""
        readers = current_readers(self.graph, conv)
        return readers[0] if len(readers) == 1 else None

    def factor_behind(self, conv: f.FloatConv, neuron: FloatCuba) -> float:
        """Multiplies all factors between an accumulator and the neuron that reads it."""
        factor, node = 1.0, self.graph[neuron.inputs[0]]
        while isinstance(node, f.FloatScale):
            factor, node = factor * node.factor, self.graph[node.inputs[0]]
        return factor

    def convert_cuba(self, node: FloatCuba) -> Pending:
        """A neuron with a current, on its synapses' accumulator or on a stream."""
        value, known, rounded = node.inputs[0], None, False
        source = self.pending[value]
        if not reads_synapses(self.graph, node):
            rounded = any(not w.exact.all() for w in self.weights.values())
            source = self.streamed(value, self.stream_value(value))
        elif self.ranges is not None:
            known = self.ranges[source.name]
            rounded = not self.weights[source.name].exact.all()
        steps, *grid = self.graph.shapes[node.name]
        # A graph of one step is stretched when it runs: registers are planned for that.
        planned = self.options.n_steps if steps == 1 else steps
        probe = self.ranges is None
        bits = self.options.stream_bits
        shape = (planned, grid[0], grid[1], grid[2])
        made = integer_cuba(node, CubaInput(source, shape, bits, known, probe, rounded))
        self.nodes.extend(made.nodes)
        self.neurons.append(made.rounding)
        return made.pending

    def convert_bias(self, node: f.FloatBias) -> Pending:
        """A table added on the stream."""
        grid = self.grid(node.name)
        source = self.stream_value(node.inputs[0])
        self.streams.ask(self.streams.of[node.name], fraction_bits(node.table))
        table = np.floor(node.table / grid + 0.5).astype(np.int64)
        self.append(
            s.SpikeBias(name=node.name, inputs=(source,), table_q=table, bits=self.bits, scale=grid)
        )
        return self.streamed(node.name, node.name)

    def convert_neuron(self, node: f.FloatNILIF) -> Pending:
        """Thresholds on the pending value, or on the stream for a neuron with state.

        Raises:
            QuantisationError: a reset that the stream's grid is too coarse for.
        """
        source = self.pending[node.inputs[0]]
        if not node.decay.size:
            # Thresholds take scale and bias in, so that the accumulator is compared as it is.
            width = self.bits if node.inputs[0] in self.streams.of else s.ACCUMULATOR_BITS
            width = max(width, s.ACCUMULATOR_BITS)
            thresholds = graded_thresholds(source, node.max_spike, width)
            return self.neuron(node, source.name, thresholds, np.zeros(0, np.int32), 0, width)
        grid = self.grid(node.inputs[0])
        name = self.stream_value(node.inputs[0])
        thresholds = graded_thresholds(Pending(name, np.array([grid])), node.max_spike, self.bits)
        decay = np.floor(node.decay * (1 << DECAY_BITS) + 0.5).astype(np.int32)
        reset = round(1.0 / grid / node.max_spike)
        if reset < 1:
            found = f"1/{node.max_spike} on a grid of {grid}"
            raise QuantisationError(f"reset of '{node.name}'", "at least one step", found)
        stream = self.streams.of[node.inputs[0]]
        self.streams.ask(stream, fraction_bits(np.array([1.0 / node.max_spike])))
        self.streams.ask_for_decay(stream, decay_bits(node.decay))
        return self.neuron(node, name, thresholds, decay, reset, self.bits)

    def neuron(
        self, node: f.FloatNILIF, source: str, thresholds: Int64, decay: Any, reset: int, bits: int
    ) -> Pending:
        """Adds the neuron."""
        self.append(
            s.SpikeNILIF(
                name=node.name, inputs=(source,), max_spike=node.max_spike, thresholds_q=thresholds,
                decay_q=decay, reset_q=reset, bits=bits,
            )
        )  # fmt: skip
        return Pending(node.name)

    def convert_resampling(self, node: f.FloatAvgPool | f.FloatUpsample) -> Pending:
        """The exact integer sum on the input's grid, coarsened first if the sum would not fit."""
        value, gain = node.inputs[0], growth_bits(node)
        stream = self.streams.of[value]
        source = self.stream_value(value)
        fraction = self.fractions[stream]
        room = self.streams.finest(stream, self.bits) - gain
        if isinstance(node, f.FloatAvgPool) and fraction > room and stream in self.streams.bound:
            grid = float(2.0**-room)
            source = self.rescale(
                Pending(source, np.array([2.0**-fraction])), f"{node.name}.coarsened", grid
            )
            fraction = room
        scale = float(2.0 ** -(fraction + gain))
        kind = s.SpikeSumPool if isinstance(node, f.FloatAvgPool) else s.SpikeUpsample
        self.append(
            kind(name=node.name, inputs=(source,), factor=node.factor, bits=self.bits, scale=scale)
        )
        return Pending(node.name, np.array([scale]), follows=True)

    def convert_product(self, node: f.FloatMemoryWrite | f.FloatMemoryRead) -> Pending:
        """An exact product of integers; scales stay pending."""
        a, b = (self.integers(name, node.name) for name in node.inputs)
        kind = s.SpikeMemoryWrite if isinstance(node, f.FloatMemoryWrite) else s.SpikeMemoryRead
        self.append(kind(name=node.name, inputs=(a.name, b.name), heads=node.heads))
        return Pending(node.name, a.unit * b.unit, factor=a.factor * b.factor)

    def convert_gate(self, node: f.FloatGateMix) -> Pending:
        """The gate with its table of exponentials.

        Raises:
            QuantisationError: logits on a grid coarser than the table's.
        """
        x, logits = self.integers(node.inputs[0], node.name), node.inputs[1]
        source = self.stream_value(logits)
        shift = self.fractions[self.streams.of[logits]] - s.GATE_TABLE_STEP_LOG2
        if shift < 0:
            raise QuantisationError(
                f"gate '{node.name}'", f"logits with {s.GATE_TABLE_STEP_LOG2} fraction bits"
            )
        index = np.arange(s.GATE_TABLE_SIZE) / (1 << s.GATE_TABLE_STEP_LOG2)
        table = np.floor(np.exp(-index) * (1 << s.GATE_ONE_LOG2) + 0.5).astype(np.int32)
        self.append(
            s.SpikeGateMix(
                name=node.name, inputs=(x.name, source), table_q=table, logit_shift=shift
            )
        )
        return Pending(node.name, x.unit * 2.0**-s.GATE_FRACTION_BITS, factor=x.factor)

    def convert_structural(self, node: m.StructuralNode) -> Pending:
        """Steps and positions moved, on whatever grid the value is."""
        sources = [self.pending[name] for name in node.inputs]
        if node.name in self.streams.integers or node.name not in self.streams.of:
            self.append(replace(node, inputs=tuple(source.name for source in sources)))
            return replace(sources[0], name=node.name)
        inputs = tuple(self.stream_value(name) for name in node.inputs)
        self.append(replace(node, inputs=inputs))
        return self.streamed(node.name, node.name)


def _spread(array: Any, n: int) -> Any:
    return np.ascontiguousarray(np.broadcast_to(array, (n,)))
