"""Grows random small integer graphs, valid by construction: nothing in them can overflow.

Bounds are kept as exact Python integers per value, so that every declared width holds in the worst
case.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spiketrack.fixed_point import signed_bits
from spiketrack.graph import spike_nodes as s
from spiketrack.graph import structural_nodes as m
from spiketrack.graph.checks import Array
from spiketrack.graph.float_nodes import Shape, Signal
from spiketrack.graph.graph import Graph
from spiketrack.graph.shapes import output_shape

Inputs = dict[str, NDArray[np.int64]]
Case = tuple[Graph[s.SpikeNode], Inputs]
MAX_STREAM_BITS = 40
MAX_ACCUMULATOR = 2**23 - 1
MAX_CELLS = 600


@dataclass(frozen=True)
class Value:
    """One value of the graph being made: low <= every element <= high."""

    name: str
    shape: Shape
    low: int
    high: int

    @property
    def peak(self) -> int:
        return max(abs(self.low), abs(self.high))

    @property
    def is_spikes(self) -> bool:
        return self.low >= 0 and self.high <= 255


class Maker:
    """Grows a graph node by node; a step that would break a bound is simply not taken."""

    def __init__(self, rng: np.random.Generator, batch: int) -> None:
        self.rng = rng
        self.batch = batch
        self.max_spike = int(rng.choice([1, 2, 4, 4, 4, 7]))
        self.nodes: list[s.SpikeNode] = []
        self.values: list[Value] = []
        self.shapes: dict[str, Shape] = {}
        self.inputs: Inputs = {}

    def integer(self, low: int, high: int) -> int:
        """A random integer, both ends included."""
        return int(self.rng.integers(low, high + 1))

    def pick(self, wanted: Callable[[Value], bool]) -> Value | None:
        """A value that fits, later ones more often; None if there is none."""
        fitting = [value for value in self.values if wanted(value)]
        if not fitting:
            return None
        return fitting[max(self.integer(0, len(fitting) - 1), self.integer(0, len(fitting) - 1))]

    def put(self, node: s.SpikeNode, low: int, high: int, *, is_memory: bool = False) -> Value:
        """Appends a node whose value lies in low..high; memories are kept from other readers."""
        shape = output_shape(node, [self.shapes[name] for name in node.inputs])
        value = Value(node.name, shape, low, high)
        self.nodes.append(node)
        self.shapes[node.name] = shape
        if not is_memory:
            self.values.append(value)
        return value

    def name(self, kind: str) -> str:
        return f"{kind}{len(self.nodes)}"

    def bits(self, low: int, high: int) -> int:
        return min(signed_bits(low, high) + self.integer(0, 2), MAX_STREAM_BITS)

    def add_input(self) -> None:
        shape = (
            self.integer(1, 3) if self.rng.random() < 0.4 else 1,
            int(self.rng.choice([1, 2, 3, 4, 6, 8])),
            int(self.rng.choice([2, 4, 5, 8])),
            int(self.rng.choice([2, 4, 6, 8])),
        )
        image = self.rng.random() < 0.4
        offset = self.rng.integers(100, 131, shape[1]) if image else np.zeros(shape[1])
        offset_q = offset.astype(np.int32)
        low, high = 0, self.max_spike
        if image:
            low, high = -int(offset_q.max()), 255 - int(offset_q.min())
        top = 255 if image else self.max_spike
        signal: Signal = "image" if image else "spikes"
        self.put_input(signal, shape, low, high, offset_q, top)

    def put_input(
        self, signal: Signal, shape: Shape, low: int, high: int, offset_q: Array, top: int
    ) -> Value:
        """An input node and raw values 0..top for it."""
        name = self.name(signal)
        node = s.SpikeInput(
            name=name, shape=shape, signal=signal, low=low, high=high, scale=1.0, offset_q=offset_q
        )  # fmt: skip
        self.inputs[name] = self.rng.integers(0, top + 1, (shape[0], self.batch, *shape[1:]))
        return self.put(node, low, high, is_memory=signal == "memory")

    def add_conv(
        self,
        source: Value | None = None,
        kernel: tuple[int, int] | None = None,
        outputs: int | None = None,
    ) -> Value | None:
        source = source or self.pick(lambda v: v.peak < 2**12)
        if source is None:
            return None
        channels, groups = source.shape[1], 1
        if self.rng.random() < 0.4:
            groups = int(self.rng.choice([g for g in range(1, channels + 1) if channels % g == 0]))
        same = kernel is not None
        if outputs is None:
            outputs = groups * self.integer(1, 3)
        elif outputs % groups:
            groups = 1
        if kernel is None:
            kernel = (int(self.rng.choice([1, 1, 2, 3, 5])), int(self.rng.choice([1, 1, 3, 3, 4])))
        weight_bits = int(self.rng.choice([2, 4, 8, 8]))
        limit = 1 << (weight_bits - 1)
        weight = self.rng.integers(-limit, limit, (outputs, channels // groups, *kernel))
        node = s.SpikeConv(
            name=self.name("conv"),
            inputs=(source.name,),
            weight_q=weight.astype(np.int8),
            weight_scale=np.ones(outputs),
            weight_bits=weight_bits,
            stride=1 if same else self.integer(1, 2),
            padding=1 if same else self.integer(0, 2),
            dilation=1 if same or self.rng.random() < 0.7 else 2,
            groups=groups,
        )
        bound = int(np.abs(weight).sum(axis=(1, 2, 3)).max()) * source.peak
        reach = [node.dilation * (k - 1) + 1 for k in kernel]
        fits = all(n + 2 * node.padding >= r for n, r in zip(source.shape[2:], reach, strict=True))
        return self.put(node, -bound, bound) if fits and bound <= MAX_ACCUMULATOR else None

    def add_memory_product(self) -> None:
        k = self.pick(lambda v: v.is_spikes)
        if k is None:
            return
        cells = (k.shape[0], *k.shape[2:])
        v = self.pick(lambda x: x.is_spikes and (x.shape[0], *x.shape[2:]) == cells)
        if v is None:
            return
        heads = int(np.gcd(k.shape[1], v.shape[1])) if self.rng.random() < 0.6 else 1
        bound = k.shape[2] * k.shape[3] * k.high * v.high
        if bound > MAX_ACCUMULATOR:
            return
        node = s.SpikeMemoryWrite(name=self.name("kTv"), inputs=(k.name, v.name), heads=heads)
        memory = self.put(node, 0, bound, is_memory=True)
        if self.rng.random() < 0.7:
            self.add_memory_read(k, memory, heads)

    def add_memory_input(self) -> None:
        q = self.pick(lambda v: v.is_spikes)
        if q is None:
            return
        heads = int(self.rng.choice([h for h in range(1, q.shape[1] + 1) if q.shape[1] % h == 0]))
        shape = (q.shape[0], heads, q.shape[1] // heads, self.integer(1, 5))
        high = int(self.rng.choice([15, 1000]))
        memory = self.put_input("memory", shape, 0, high, np.zeros(heads, np.int32), high)
        self.add_memory_read(q, memory, heads)

    def add_memory_read(self, q: Value, memory: Value, heads: int) -> None:
        bound = q.high * memory.high * memory.shape[2]
        if bound <= MAX_ACCUMULATOR:
            inputs = (q.name, memory.name)
            self.put(s.SpikeMemoryRead(name=self.name("qkv"), inputs=inputs, heads=heads), 0, bound)

    def add_rescale(self, source: Value | None = None) -> Value | None:
        source = source or self.pick(lambda v: True)
        if source is None:
            return None
        n = int(self.rng.choice([1, source.shape[1]]))
        multiplier = self.rng.integers(0, int(self.rng.choice([2, 256, 1 << 16])), n)
        shift = self.rng.integers(-3, 18, n)
        bias = self.rng.integers(-1000, 1001, n)
        ends = [
            rescaled(x, int(a), int(k), int(b))
            for x in (source.low, source.high)
            for a, k, b in zip(multiplier, shift, bias, strict=True)
        ]
        low, high = min(ends), max(ends)
        if signed_bits(low, high) > MAX_STREAM_BITS:
            return None
        node = s.SpikeRescale(
            name=self.name("rescale"),
            inputs=(source.name,),
            multiplier_q=multiplier.astype(np.int32),
            shift_q=shift.astype(np.int8),
            bias_q=bias.astype(np.int64),
            bits=self.bits(low, high),
            scale=1.0,
        )
        return self.put(node, low, high)

    def add_bias(self) -> Value | None:
        source = self.pick(lambda v: v.peak < 2 ** (MAX_STREAM_BITS - 3))
        if source is None:
            return None
        steps = int(self.rng.choice([1, source.shape[0]]))
        table = self.rng.integers(-500, 501, (steps, *source.shape[1:]))
        low, high = source.low + int(table.min()), source.high + int(table.max())
        node = s.SpikeBias(
            name=self.name("bias"),
            inputs=(source.name,),
            table_q=table.astype(np.int64),
            bits=self.bits(low, high),
            scale=1.0,
        )
        return self.put(node, low, high)

    def add_sum(self) -> None:
        limit = 2 ** (MAX_STREAM_BITS - 4)
        first = self.pick(lambda v: v.peak < limit)
        if first is None:
            return
        parts = [first]
        for _ in range(self.integer(1, 2)):
            part = self.pick(lambda v: v.shape == first.shape and v.peak < limit)
            parts.append(part or first)
        low, high = sum(p.low for p in parts), sum(p.high for p in parts)
        inputs = tuple(part.name for part in parts)
        bits = self.bits(low, high)
        self.put(s.SpikeAdd(name=self.name("add"), inputs=inputs, bits=bits, scale=1.0), low, high)

    def add_residual(self) -> None:
        """Grows stream + rescale(conv(neuron(stream))) -> neuron, the shape that fuses most."""
        stream = self.pick(lambda v: v.peak < 2**30)
        if stream is None:
            return
        spikes = self.add_neuron(stream)
        acc = self.add_conv(spikes, kernel=(3, 3), outputs=stream.shape[1])
        step = acc and self.add_rescale(acc)
        if acc is None or step is None:
            return
        low, high = stream.low + step.low, stream.high + step.high
        inputs = (stream.name, step.name) if self.rng.random() < 0.5 else (step.name, stream.name)
        bits = self.bits(low, high)
        total = self.put(
            s.SpikeAdd(name=self.name("add"), inputs=inputs, bits=bits, scale=1.0), low, high
        )
        self.add_neuron(total)

    def add_synapses(self) -> None:
        """Grows neuron(conv(spikes)), once or twice."""
        source = self.pick(lambda v: v.is_spikes)
        for _ in range(self.integer(1, 2)):
            acc = self.add_conv(source) if source is not None else None
            source = self.add_neuron(acc) if acc is not None else None

    def add_position(self) -> None:
        """Grows neuron(stream + table)."""
        biased = self.add_bias()
        if biased is not None:
            self.add_neuron(biased)

    def add_resampling(self) -> None:
        """Pools or upsamples, by 2 or 4."""
        factor, pools = int(self.rng.choice([2, 4])), self.rng.random() < 0.4
        gain = factor**2 if pools else (2 * factor) ** 2

        def fits(v: Value) -> bool:
            if v.peak * gain >= 2 ** (MAX_STREAM_BITS - 1):
                return False
            if pools:
                return v.shape[2] % factor == 0 and v.shape[3] % factor == 0
            return v.shape[1] * v.shape[2] * v.shape[3] * factor**2 <= MAX_CELLS

        source = self.pick(fits)
        if source is None:
            return
        low, high = source.low * gain, source.high * gain
        kind = s.SpikeSumPool if pools else s.SpikeUpsample
        node = kind(
            name=self.name("pool" if pools else "up"),
            inputs=(source.name,),
            factor=factor,
            bits=self.bits(low, high),
            scale=1.0,
        )
        self.put(node, low, high)

    def add_neuron(self, source: Value | None = None) -> Value | None:
        source = source or self.pick(lambda v: v.peak < 2**36)
        if source is None:
            return None
        steps, channels = source.shape[0], source.shape[1]
        n, levels = int(self.rng.choice([1, channels])), self.max_spike
        span = max(source.high - source.low, 4)
        centre = (source.low + source.high) // 2
        step = self.rng.uniform(0.2, max(span / levels / 20, 3.0), (n, 1))
        start = centre + self.rng.uniform(-0.05, 0.05, (n, 1)) * span
        thresholds = np.ceil(start + step * np.arange(levels))
        if self.rng.random() < 0.3:
            thresholds = self.rng.integers(source.low - 2, source.high + 3, (n, levels))
        decay = self.rng.integers(0, 4097, steps - 1)
        reset = self.integer(0, 64) if steps > 1 else 0
        reach = source.peak * steps + steps * levels * reset + steps
        node = s.SpikeNILIF(
            name=self.name("neuron"),
            inputs=(source.name,),
            max_spike=levels,
            thresholds_q=np.sort(thresholds.astype(np.int64), axis=1),
            decay_q=decay.astype(np.int32),
            reset_q=reset,
            bits=min(signed_bits(-reach, reach), MAX_STREAM_BITS),
        )
        return self.put(node, 0, levels)

    def add_gate(self) -> None:
        source = self.pick(lambda v: v.is_spikes and v.shape[2] * v.shape[3] <= 64)
        if source is None:
            return
        swapped = self.put(
            m.PositionsToChannels(name=self.name("swap"), inputs=(source.name,)),
            source.low,
            source.high,
        )
        cells = swapped.shape[1]
        weight = self.rng.integers(-127, 128, (1, cells, 1, 1)).astype(np.int8)
        bound = int(np.abs(weight.astype(np.int64)).sum()) * source.high
        logits = self.put(
            s.SpikeConv(
                name=self.name("logits"),
                inputs=(swapped.name,),
                weight_q=weight,
                weight_scale=np.ones(1),
            ),
            -bound,
            bound,
        )
        table = np.floor(np.exp(-np.arange(64) / 8) * 2**15 + 0.5).astype(np.int32)
        node = s.SpikeGateMix(
            name=self.name("gate"),
            inputs=(source.name, logits.name),
            table_q=table,
            logit_shift=self.integer(0, 6),
        )
        self.put(node, 0, source.high << s.GATE_FRACTION_BITS)

    def add_structure(self) -> None:
        source = self.pick(lambda v: True)
        if source is None:
            return
        inputs = (source.name,)
        if source.shape[0] > 1:
            step = self.integer(0, source.shape[0] - 1)
            node: s.SpikeNode = m.SelectStep(name=self.name("select"), inputs=inputs, step=step)
            self.put(node, source.low, source.high)
        elif self.rng.random() < 0.5:
            node = m.Repeat(name=self.name("repeat"), inputs=inputs, n_steps=self.integer(1, 3))
            self.put(node, source.low, source.high)
        else:
            other = self.pick(lambda v: v.shape == source.shape) or source
            node = m.StackSteps(name=self.name("stack"), inputs=(source.name, other.name))
            self.put(node, min(source.low, other.low), max(source.high, other.high))

    def grow(self, n_steps: int) -> Case:
        """Takes that many random steps, then lets every unread value out."""
        self.add_input()
        if self.rng.random() < 0.3:
            self.add_input()
        moves: list[Callable[[], object]] = [
            *[self.add_neuron] * 3, *[self.add_conv] * 2, *[self.add_residual] * 3,
            *[self.add_synapses] * 3, *[self.add_memory_product] * 2, self.add_memory_input,
            self.add_position, self.add_rescale, self.add_sum, self.add_bias, self.add_resampling,
            self.add_resampling, self.add_gate, self.add_structure,
        ]  # fmt: skip
        for _ in range(n_steps):
            moves[self.integer(0, len(moves) - 1)]()
        used = {name for node in self.nodes for name in node.inputs}
        for node in tuple(self.nodes):
            if node.name not in used:
                self.let_out(node.name)
        return Graph("random", tuple(self.nodes)), self.inputs

    def let_out(self, name: str) -> None:
        one, zero = np.ones(1), np.zeros(1)
        self.nodes.append(s.SpikeOutput(name=f"{name}.out", inputs=(name,), scale=one, bias=zero))


def rescaled(x: int, multiplier: int, shift: int, bias: int) -> int:
    """round_half_up(x * multiplier / 2**shift) + bias in exact integers."""
    half = 1 << (shift - 1) if shift > 0 else 0
    return ((x * multiplier << max(-shift, 0)) + half >> max(shift, 0)) + bias
