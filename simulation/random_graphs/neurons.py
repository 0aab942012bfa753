"""These moves add neurons, each with a worst case of its registers from bounds of its own.

Why bounds of its own: the interval arithmetic of `simulation.bounds.ranges` is itself tested on
these graphs.
"""

from typing import Any, NamedTuple

import numpy as np

from simulation.random_graphs.maker import MAX_STREAM_BITS, Maker, Value
from spiketrack.fixed_point import signed_bits
from spiketrack.graph import spike_nodes as s
from spiketrack.graph.checks import Array
from spiketrack.graph.neurons.cuba_lif import Reset
from spiketrack.graph.neurons.registers import (
    BIAS_LIMIT,
    DECAY_ONE,
    MAX_BIAS_EXP,
    MAX_WEIGHT_EXP,
    MIN_WEIGHT_EXP,
    STATE_BITS,
    STATE_SHIFT,
    THRESHOLD_LIMIT,
)

MAX_ACCUMULATED = 2**22


def add_neuron(maker: Maker, source: Value | None = None) -> Value | None:
    """NI-LIF with several levels; with more than one step it decays and resets."""
    source = source or maker.pick(lambda v: v.peak < 2**36)
    if source is None:
        return None
    steps, channels = source.shape[0], source.shape[1]
    n, levels = int(maker.rng.choice([1, channels])), maker.max_spike
    span = max(source.high - source.low, 4)
    # Thresholds near the middle of the range: a neuron that never or always fires shows no error.
    centre = (source.low + source.high) // 2
    step = maker.rng.uniform(0.2, max(span / levels / 20, 3.0), (n, 1))
    start = centre + maker.rng.uniform(-0.05, 0.05, (n, 1)) * span
    thresholds = np.ceil(start + step * np.arange(levels))
    if maker.chance(0.3):
        # Also thresholds anywhere, in any order before sorting, equal ones included.
        thresholds = maker.rng.integers(source.low - 2, source.high + 3, (n, levels))
    decay = maker.rng.integers(0, 4097, 0 if maker.chance(0.2) else steps - 1)
    reset = maker.integer(0, 64) if steps > 1 else 0
    # Nothing decays in the worst case, and a reset may push a membrane below 0.
    reach = source.peak * steps + steps * levels * reset + steps
    node = s.SpikeNILIF(
        name=maker.name("neuron"),
        inputs=(source.name,),
        max_spike=levels,
        thresholds_q=np.sort(thresholds.astype(np.int64), axis=1),
        decay_q=decay.astype(np.int32),
        reset_q=reset,
        bits=min(signed_bits(-reach, reach), MAX_STREAM_BITS),
    )
    return maker.put(node, 0, levels)


def add_cuba(
    maker: Maker, source: Value | None = None, *, recurs: bool = False, is_hidden: bool = False
) -> Value | None:
    """CUBA-LIF of any kind; with `recurs`, on a 1 x 1 grid, its neurons feed one another."""
    source = source or maker.pick_long(lambda v: v.peak < MAX_ACCUMULATED)
    if source is None:
        return None
    steps, channels = source.shape[:2]
    weight = np.zeros((0, 0), np.int8)
    if recurs and source.shape[2:] == (1, 1):
        # The full int8 range, -128 included, which symmetric rounding never gives.
        weight = maker.rng.integers(-128, 128, (channels, channels)).astype(np.int8)
    registers = _registers(maker, source, weight)
    if registers is None:
        return None
    period = maker.integer(1, steps + 1) if maker.chance(0.3) else 0
    reset: Reset = "subtract" if maker.chance(0.4) else "zero"
    # A threshold of the size that the membrane often has, so that it is sometimes reached.
    top = min(max(1, int(registers.typical * maker.rng.uniform(0.1, 1.0))), THRESHOLD_LIMIT - 1)
    node = s.SpikeCubaLIF(
        name=maker.name("cuba"),
        inputs=(source.name,),
        threshold_q=maker.per_neuron(source, 0, top),
        recurrent_q=weight,
        refractory=maker.integer(1, 4) if maker.chance(0.5) else 1,
        reset=reset,
        reset_period=period,
        reset_phase=maker.integer(0, period - 1) if period else 0,
        **registers.fields,
    )
    return maker.put(node, 0, 1, is_hidden=is_hidden)


def add_readout(maker: Maker) -> Value | None:
    """CUBA-LI: a membrane as a value."""
    source = maker.pick_long(lambda v: v.peak < MAX_ACCUMULATED)
    if source is None:
        return None
    registers = _registers(maker, source, np.zeros((0, 0), np.int8))
    if registers is None:
        return None
    node = s.SpikeCubaLI(name=maker.name("readout"), inputs=(source.name,), **registers.fields)
    return maker.put(node, -registers.reach, registers.reach)


class _Registers(NamedTuple):
    """What CUBA-LIF and CUBA-LI share, the bound of v, and where v often is, in input steps."""

    fields: dict[str, Any]
    reach: int
    typical: float


def _registers(maker: Maker, source: Value, recurrent: Array) -> _Registers | None:
    """Decays, a drive and a width that holds the worst case; None if no width does."""
    peak, typical = source.peak, source.typical
    if recurrent.size:
        weight = recurrent.astype(np.int64)
        peak += int(np.abs(weight).sum(axis=1).max())
        typical += float(np.sqrt(np.square(weight).sum(axis=1).mean())) / 2
    steps, u_decay, v_decay = source.shape[0], _decay(maker, source), _decay(maker, source)
    drive = _drive(maker, peak, typical, steps, u_decay)
    if peak >= MAX_ACCUMULATED or drive is None:
        return None
    weight_exp, current = drive
    step = typical * 2.0**weight_exp * _usual_gain(steps, u_decay)
    bias, bias_exp = _bias(maker, source, step)
    reach = _summed(current + (int(np.abs(bias).max()) << bias_exp), steps, v_decay)
    bits = max(STATE_BITS, signed_bits(-reach, reach))
    if bits > MAX_STREAM_BITS:
        return None
    fields = {
        "u_decay_q": u_decay, "v_decay_q": v_decay, "bias_mant_q": bias, "bias_exp": bias_exp,
        "weight_exp": weight_exp, "bits": bits, "current": "old" if maker.chance(0.2) else "new",
    }  # fmt: skip
    return _Registers(fields, reach, step * _usual_gain(steps, v_decay))


def _usual_gain(steps: int, decay: Array) -> float:
    """By how much a register exceeds its input: as a sum of numbers of either sign grows."""
    # A random walk grows with the root of its steps.
    return float(np.sqrt(min(steps, DECAY_ONE / max(float(decay.mean()), 1.0))))


def _decay(maker: Maker, source: Value) -> Array:
    """None, all at once, or one per neuron."""
    if maker.chance(0.4):
        return np.full((1, 1, 1), maker.rng.choice([0, DECAY_ONE]), np.int32)
    return maker.per_neuron(source, 0, DECAY_ONE)


def _bias(maker: Maker, source: Value, step: float) -> tuple[Array, int]:
    """Often none, else up to half the usual input, rarely any at all."""
    if maker.chance(0.5):
        return np.zeros((1, 1, 1), np.int32), 0
    bias_exp = maker.integer(0, MAX_BIAS_EXP)
    limit = min(max(int(step / 2 * (1 << STATE_SHIFT)) >> bias_exp, 1), BIAS_LIMIT - 1)
    if maker.chance(0.1):
        limit = BIAS_LIMIT - 1
    return maker.per_neuron(source, -limit, limit), bias_exp


def _drive(
    maker: Maker, peak: int, typical: float, steps: int, u_decay: Array
) -> tuple[int, int] | None:
    """A weight exponent, and the bound of the current u with it; None if all are too large.

    Mostly one with which the usual input is still some steps.
    """
    least = MIN_WEIGHT_EXP
    if maker.chance(0.9):
        fine = int(np.ceil(np.log2(4.0 / max(typical, 1.0))))
        least = min(max(least, fine), MAX_WEIGHT_EXP)
    for weight_exp in range(maker.integer(least, MAX_WEIGHT_EXP), MIN_WEIGHT_EXP - 1, -1):
        # One more than the floor: it rounds down, away from 0 where x is negative.
        step = (peak << weight_exp if weight_exp >= 0 else (peak >> -weight_exp) + 1) << STATE_SHIFT
        current = _summed(step, steps, u_decay)
        if signed_bits(-current, current) <= STATE_BITS:
            return weight_exp, current
    return None


def _summed(step: int, steps: int, decay: Array) -> int:
    """Bound of a register that gains at most `step` each step and decays toward zero."""
    slowest = int(decay.min())
    # A decay of d/4096 forgets within 4096/d steps: a geometric sum.
    kept = steps if slowest == 0 else min(steps, DECAY_ONE // slowest + 1)
    return step * kept


def add_delta(maker: Maker, source: Value | None = None) -> Value | None:
    """A delta encoder: signed, graded spikes."""
    source = source or maker.pick(lambda v: v.peak < 2**20)
    if source is None or source.peak >= 2**20:
        return None
    input_exp, state_exp = maker.integer(0, 6), maker.integer(0, 6)
    reach = 2 * source.peak << input_exp
    node = s.SpikeDelta(
        name=maker.name("delta"),
        inputs=(source.name,),
        threshold_q=maker.per_neuron(source, 0, max(1, min(reach // 4, 2**23 - 1))),
        input_exp=input_exp,
        state_exp=state_exp,
        bits=max(2, maker.bits(-reach, reach)),
    )
    return maker.put(node, -reach >> state_exp, reach >> state_exp)


def add_sigma(maker: Maker, source: Value | None = None) -> Value | None:
    """A sigma decoder."""
    source = source or maker.pick(lambda v: v.peak < 2**30)
    if source is None or source.peak >= 2**30:
        return None
    reach = source.peak * source.shape[0]
    node = s.SpikeSigma(
        name=maker.name("sigma"), inputs=(source.name,), bits=max(2, maker.bits(-reach, reach))
    )
    return maker.put(node, -reach, reach)


def add_relu(maker: Maker, source: Value | None = None) -> Value | None:
    """A graded rectifier."""
    source = source or maker.pick(lambda v: v.peak < 2**36)
    if source is None:
        return None
    limit = min(max(source.peak // 8, 1), 2**23 - 1)
    shift = maker.integer(0, 12)
    bias = maker.per_neuron(source, -limit, limit)
    high = max(source.high + limit, 0) >> shift
    node = s.SpikeRelu(
        name=maker.name("relu"),
        inputs=(source.name,),
        bias_q=bias,
        shift=shift,
        bits=max(2, maker.bits(0, high)),
    )
    return maker.put(node, 0, high)
