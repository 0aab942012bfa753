"""These moves add synapses: convolutions, dense layers, products of spikes, the gate.

Each takes a step only if no bound can break, and returns what it made, or None.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulation.random_graphs.maker import MAX_ACCUMULATOR, Maker, Value
from spiketrack.graph import spike_nodes as s
from spiketrack.graph import structural_nodes as m
from spiketrack.graph.shapes import conv_output_size

MAX_FLAT = 64
FAST_BLOCK = 512


def add_conv(
    maker: Maker,
    source: Value | None = None,
    kernel: tuple[int, int] | None = None,
    outputs: int | None = None,
) -> Value | None:
    """Adds a convolution; with a `kernel`, one whose output grid equals its input's (3 x 3)."""
    source = source or maker.pick(lambda v: v.peak < 2**12)
    if source is None:
        return None
    channels = source.shape[1]
    outputs, groups = _outputs(maker, channels, outputs)
    same = kernel is not None
    kernel = kernel or (int(maker.rng.choice([1, 1, 2, 3, 5])), int(maker.rng.choice([1, 1, 3, 4])))
    weight, weight_bits = _weight(maker, (outputs, channels // groups, *kernel))
    node = s.SpikeConv(
        name=maker.name("conv"),
        inputs=(source.name,),
        weight_q=weight,
        weight_scale=np.ones(outputs),
        weight_bits=weight_bits,
        stride=(1, 1) if same else maker.pair(1, 2),
        padding=(1, 1) if same else maker.pair(0, 2),
        dilation=(1, 1) if same or maker.chance(0.7) else maker.pair(1, 2),
        groups=groups,
    )
    axes = zip(source.shape[2:], kernel, node.stride, node.padding, node.dilation, strict=True)
    fits = all(conv_output_size(*axis) >= 1 for axis in axes)
    return _put_accumulator(maker, node, source) if fits else None


def _outputs(maker: Maker, channels: int, outputs: int | None) -> tuple[int, int]:
    """Output channels, as many as asked for, and groups that divide them and the input's."""
    groups = 1
    if maker.chance(0.4):
        groups = int(maker.rng.choice([g for g in range(1, channels + 1) if channels % g == 0]))
    if outputs is None:
        return groups * maker.integer(1, 3), groups
    return outputs, groups if outputs % groups == 0 else 1


def add_dense(maker: Maker, outputs: int) -> Value | None:
    """A dense layer: a 1 x 1 convolution of a flattened value."""
    source = maker.pick_long(lambda v: v.peak < 2**12 and int(np.prod(v.shape[1:])) <= MAX_FLAT)
    if source is None:
        return None
    node = m.Flatten(name=maker.name("flat"), inputs=(source.name,))
    flat = maker.put(node, source.low, source.high)
    weight, weight_bits = _weight(maker, (outputs, flat.shape[1], 1, 1))
    dense = s.SpikeConv(
        name=maker.name("dense"),
        inputs=(flat.name,),
        weight_q=weight,
        weight_scale=np.ones(outputs),
        weight_bits=weight_bits,
    )
    return _put_accumulator(maker, dense, flat)


def _weight(maker: Maker, shape: tuple[int, ...]) -> tuple[NDArray[Any], int]:
    weight_bits = int(maker.rng.choice([2, 4, 8, 8]))
    limit = 1 << (weight_bits - 1)
    return maker.rng.integers(-limit, limit, shape).astype(np.int8), weight_bits


def _put_accumulator(
    maker: Maker, node: s.SpikeConv, source: Value, *, is_hidden: bool = False
) -> Value | None:
    weight = node.weight_q.astype(np.int64)
    bound = int(np.abs(weight).sum(axis=(1, 2, 3)).max()) * source.peak
    if bound > MAX_ACCUMULATOR:
        return None
    # Weights of either sign mostly cancel: the root of the sum of squares is what comes.
    typical = float(np.sqrt(np.square(weight).sum(axis=(1, 2, 3)).mean())) * source.typical
    return maker.put(node, -bound, bound, typical=typical, is_hidden=is_hidden)


def add_wide(maker: Maker) -> Value | None:
    """A convolution to more neurons than a block of the fast kernel holds, for `add_cuba` only."""
    source = maker.pick_long(lambda v: v.peak < 2**12 and int(np.prod(v.shape[1:])) <= MAX_FLAT)
    if source is None:
        return None
    # More neurons than one block, so that the kernel's last, partly filled block is tested.
    outputs = maker.integer(FAST_BLOCK + 1, 2 * FAST_BLOCK) // (source.shape[2] * source.shape[3])
    weight, weight_bits = _weight(maker, (outputs + 1, source.shape[1], 1, 1))
    node = s.SpikeConv(
        name=maker.name("wide"),
        inputs=(source.name,),
        weight_q=weight,
        weight_scale=np.ones(outputs + 1),
        weight_bits=weight_bits,
    )
    return _put_accumulator(maker, node, source, is_hidden=True)


def add_memory_product(maker: Maker) -> None:
    """k^T v of two values on one grid, and often a reader of it."""
    k = maker.pick(lambda v: v.is_spikes)
    if k is None:
        return
    cells = (k.shape[0], *k.shape[2:])
    v = maker.pick(lambda x: x.is_spikes and (x.shape[0], *x.shape[2:]) == cells)
    if v is None:
        return
    # Heads must divide the channels of both operands.
    heads = int(np.gcd(k.shape[1], v.shape[1])) if maker.chance(0.6) else 1
    # An entry of the memory sums over all positions.
    bound = k.shape[2] * k.shape[3] * k.high * v.high
    if bound > MAX_ACCUMULATOR:
        return
    node = s.SpikeMemoryWrite(name=maker.name("kTv"), inputs=(k.name, v.name), heads=heads)
    memory = maker.put(node, 0, bound, is_hidden=True)
    if maker.chance(0.7):
        _add_memory_read(maker, k, memory, heads)


def add_memory_input(maker: Maker) -> None:
    """A memory from outside, with a reader."""
    q = maker.pick(lambda v: v.is_spikes)
    if q is None:
        return
    heads = int(maker.rng.choice([h for h in range(1, q.shape[1] + 1) if q.shape[1] % h == 0]))
    shape = (q.shape[0], heads, q.shape[1] // heads, maker.integer(1, 5))
    high = int(maker.rng.choice([15, 1000]))
    memory = maker.put_input("memory", shape, 0, high, np.zeros(heads, np.int32), high)
    _add_memory_read(maker, q, memory, heads)


def _add_memory_read(maker: Maker, q: Value, memory: Value, heads: int) -> None:
    bound = q.high * memory.high * memory.shape[2]
    if bound <= MAX_ACCUMULATOR:
        inputs = (q.name, memory.name)
        node = s.SpikeMemoryRead(name=maker.name("qkv"), inputs=inputs, heads=heads)
        maker.put(node, 0, bound)


def add_gate(maker: Maker) -> None:
    """The gate over steps, with the layer over positions that makes its logits."""
    source = maker.pick(lambda v: v.is_spikes and v.shape[2] * v.shape[3] <= 64)
    if source is None:
        return
    node = m.PositionsToChannels(name=maker.name("swap"), inputs=(source.name,))
    swapped = maker.put(node, source.low, source.high)
    weight = maker.rng.integers(-127, 128, (1, swapped.shape[1], 1, 1)).astype(np.int8)
    bound = int(np.abs(weight.astype(np.int64)).sum()) * source.high
    mixer = s.SpikeConv(
        name=maker.name("logits"),
        inputs=(swapped.name,),
        weight_q=weight,
        weight_scale=np.ones(1),
    )
    logits = maker.put(mixer, -bound, bound)
    table = np.floor(np.exp(-np.arange(64) / 8) * 2**15 + 0.5).astype(np.int32)
    gate = s.SpikeGateMix(
        name=maker.name("gate"),
        inputs=(source.name, logits.name),
        table_q=table,
        logit_shift=maker.integer(0, 6),
    )
    maker.put(gate, 0, source.high << s.GATE_FRACTION_BITS)
