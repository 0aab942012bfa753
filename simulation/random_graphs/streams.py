"""These moves add streams and structure: rescales, tables, sums, pools, delays, steps."""

import numpy as np

from simulation.random_graphs.maker import MAX_CELLS, MAX_STREAM_BITS, Maker, Value
from spiketrack.fixed_point import signed_bits
from spiketrack.graph import spike_nodes as s
from spiketrack.graph import structural_nodes as m


def add_rescale(maker: Maker, source: Value | None = None) -> Value | None:
    """A multiplier, a shift either way and a bias."""
    source = source or maker.pick(lambda v: True)
    if source is None:
        return None
    n = int(maker.rng.choice([1, source.shape[1]]))
    # Zeros and ones, bytes, and the whole 16 bits: each takes another path in an engine.
    multiplier = maker.rng.integers(0, int(maker.rng.choice([2, 256, 1 << 16])), n)
    shift = maker.rng.integers(-3, 18, n)
    bias = maker.rng.integers(-1000, 1001, n)
    ends = [
        rescaled(x, int(a), int(k), int(b))
        for x in (source.low, source.high)
        for a, k, b in zip(multiplier, shift, bias, strict=True)
    ]
    low, high = min(ends), max(ends)
    if signed_bits(low, high) > MAX_STREAM_BITS:
        return None
    node = s.SpikeRescale(
        name=maker.name("rescale"),
        inputs=(source.name,),
        multiplier_q=multiplier.astype(np.int32),
        shift_q=shift.astype(np.int8),
        bias_q=bias.astype(np.int64),
        bits=maker.bits(low, high),
        scale=1.0,
    )
    return maker.put(node, low, high)


def rescaled(x: int, multiplier: int, shift: int, bias: int) -> int:
    """round_half_up(x * multiplier / 2**shift) + bias in exact integers."""
    # Python integers have no width, so that this bound is exact for certain.
    half = 1 << (shift - 1) if shift > 0 else 0
    return ((x * multiplier << max(-shift, 0)) + half >> max(shift, 0)) + bias


def add_bias(maker: Maker) -> Value | None:
    """A table added, one for all steps or one for each."""
    source = maker.pick(lambda v: v.peak < 2 ** (MAX_STREAM_BITS - 3))
    if source is None:
        return None
    steps = int(maker.rng.choice([1, source.shape[0]]))
    table = maker.rng.integers(-500, 501, (steps, *source.shape[1:]))
    low, high = source.low + int(table.min()), source.high + int(table.max())
    node = s.SpikeBias(
        name=maker.name("bias"),
        inputs=(source.name,),
        table_q=table.astype(np.int64),
        bits=maker.bits(low, high),
        scale=1.0,
    )
    return maker.put(node, low, high)


def add_sum(maker: Maker) -> None:
    """Two or three values of one shape, the same one twice if there is no other."""
    limit = 2 ** (MAX_STREAM_BITS - 4)
    first = maker.pick(lambda v: v.peak < limit)
    if first is None:
        return
    parts = [first]
    for _ in range(maker.integer(1, 2)):
        part = maker.pick(lambda v: v.shape == first.shape and v.peak < limit)
        parts.append(part or first)
    put_sum(maker, parts)


def put_sum(maker: Maker, parts: list[Value]) -> Value:
    """The sum of values."""
    low, high = sum(p.low for p in parts), sum(p.high for p in parts)
    node = s.SpikeAdd(
        name=maker.name("add"),
        inputs=tuple(part.name for part in parts),
        bits=maker.bits(low, high),
        scale=1.0,
    )
    return maker.put(node, low, high)


def add_resampling(maker: Maker) -> None:
    """Pools or upsamples, by 2 or 4."""
    factor, pools = int(maker.rng.choice([2, 4])), maker.chance(0.4)
    gain = factor**2 if pools else (2 * factor) ** 2

    def fits(v: Value) -> bool:
        if v.peak * gain >= 2 ** (MAX_STREAM_BITS - 1):
            return False
        if pools:
            return v.shape[2] % factor == 0 and v.shape[3] % factor == 0
        return v.shape[1] * v.shape[2] * v.shape[3] * factor**2 <= MAX_CELLS

    source = maker.pick(fits)
    if source is None:
        return
    low, high = source.low * gain, source.high * gain
    kind = s.SpikeSumPool if pools else s.SpikeUpsample
    node = kind(
        name=maker.name("pool" if pools else "up"),
        inputs=(source.name,),
        factor=factor,
        bits=maker.bits(low, high),
        scale=1.0,
    )
    maker.put(node, low, high)


def add_delay(maker: Maker, source: Value | None = None) -> Value | None:
    """Own delays per neuron, some longer than the run."""
    source = source or maker.pick(lambda v: True)
    if source is None:
        return None
    # One step more than the run: a delay that nothing comes out of.
    steps = maker.per_neuron(source, 0, min(source.shape[0] + 1, 5))
    node = m.Delay(name=maker.name("delay"), inputs=(source.name,), steps_q=steps)
    return maker.put(node, min(source.low, 0), max(source.high, 0))


def add_structure(maker: Maker) -> None:
    """Takes one step of many, or makes many of one."""
    source = maker.pick(lambda v: True)
    if source is None:
        return
    inputs = (source.name,)
    if source.shape[0] > 1:
        step = maker.integer(0, source.shape[0] - 1)
        node: s.SpikeNode = m.SelectStep(name=maker.name("select"), inputs=inputs, step=step)
        maker.put(node, source.low, source.high)
    elif maker.chance(0.5):
        node = m.Repeat(name=maker.name("repeat"), inputs=inputs, n_steps=maker.integer(1, 3))
        maker.put(node, source.low, source.high)
    else:
        other = maker.pick(lambda v: v.shape == source.shape) or source
        node = m.StackSteps(name=maker.name("stack"), inputs=(source.name, other.name))
        maker.put(node, min(source.low, other.low), max(source.high, other.high))
