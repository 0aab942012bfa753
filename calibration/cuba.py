"""Puts FloatCubaLIF and FloatCubaLI into the chip's registers, on any grid of their input.

One step of the input is worth unit[c] * u_gain * v_gain on the membrane and 64 * 2**weight_exp
steps of the integer register, so gains cost nothing. Thresholds are whole steps of the input times
2**weight_exp; `weight_exp` is as large as the registers' worst case allows where that buys
accuracy, and 0 where nothing is rounded anyway. Where it has to be negative, half a step is added
first, so that the shift rounds and does not always round down.

A bias that is fed into a current enters as whole steps of the input. What that leaves is driven on
the membrane, as large as its effect would settle to: right in the long run, too early before.

Lossy: decays to 1/4096, thresholds and biases to their mantissas, registers toward zero; every
neuron layer's own figures are in its `NeuronRounding`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from calibration.neuron_rounding import NeuronRounding, relative_error, share_of_threshold
from calibration.neuron_steps import (
    ENOUGH_STEPS,
    MOST_BIAS,
    MOST_THRESHOLD,
    ROUNDED_EXP,
    enters_at_once,
    forgets,
    split_level,
    whole,
)
from calibration.pending import Pending
from simulation.bounds.neuron_ranges import cuba_ranges
from simulation.bounds.range import Range
from spiketrack.errors import QuantisationError
from spiketrack.fixed_point import Float64
from spiketrack.graph import float_nodes as f
from spiketrack.graph import spike_nodes as s
from spiketrack.graph.checks import Array
from spiketrack.graph.float_nodes import Shape
from spiketrack.graph.kinds import FloatCuba, SpikeCuba
from spiketrack.graph.neurons.registers import (
    BIAS_LIMIT,
    DECAY_ONE,
    MAX_BIAS_EXP,
    MAX_WEIGHT_EXP,
    MIN_WEIGHT_EXP,
    STATE_SHIFT,
)

PROBE_REGISTER_BITS = 48
MOST_DRIFT = 0.5
"""Steps of the input by which a current that never leaks may be off after the planned steps."""


@dataclass(frozen=True)
class CubaInput:
    """The input of a neuron with a current.

    Attributes:
        source: integers with their meaning.
        shape: (T, C, H, W) with the T that is planned for.
        bits: width of the registers.
        range: of the integers if they may be shifted; None on a stream, which is fine enough.
        probe: this walk looks for worst cases only; what does not fit is cut.
        rounded: weights before it have been rounded, or a stream rounds what enters.
    """

    source: Pending
    shape: Shape
    bits: int
    range: Range | None = None
    probe: bool = False
    rounded: bool = False


@dataclass(frozen=True)
class IntegerCuba:
    """The nodes of a converted neuron, what the last one means, and what rounding did."""

    nodes: tuple[s.SpikeNode, ...]
    pending: Pending
    rounding: NeuronRounding


@dataclass(frozen=True)
class _Real:
    """Parameters in steps of the input, (C, H, W) broadcast; `bias` in steps of the membrane.

    Attributes:
        step: real worth of one step of the input on the membrane.
        threshold: the level.
        bias: the drive, with what `table` leaves of a bias fed into the current.
        table: what of that bias enters the current.
        left: what `table` leaves of it.
    """

    step: Float64
    threshold: Float64
    bias: Float64
    table: Float64
    left: Float64


def integer_cuba(node: FloatCuba, given: CubaInput) -> IntegerCuba:
    """A neuron with a current on the grid of its input.

    Raises:
        QuantisationError: a drive or recurrent weight that no integer of its width can hold, a
            threshold that would round to 0, or a bias whose rounding a current would sum up.
    """
    real = _in_steps(node, given.source)
    recurrent, recurrent_error = _recurrent(node, given)
    exponent = _weight_exp(node, real, given, recurrent)
    nodes: list[s.SpikeNode] = []
    name = given.source.name
    offset = _offset(real, exponent)
    if offset.any():
        table = np.broadcast_to(offset, given.shape[1:])[None].astype(np.int64)
        bias = s.SpikeBias(
            name=f"{node.name}.bias", inputs=(name,), table_q=table,
            bits=s.ACCUMULATOR_BITS, scale=1.0,
        )  # fmt: skip
        nodes.append(bias)
        name = bias.name
    # The first walk asks how wide things get, so that nothing may clip there.
    bits = PROBE_REGISTER_BITS if given.probe else given.bits
    integer = _integer(node, real, name, exponent, recurrent, bits)
    nodes.append(integer)
    if not given.probe:
        _require_threshold(node, integer, real)
        _require_bias(node, real, given)
    if isinstance(integer, s.SpikeCubaLI):
        worth = real.step / 2.0 ** (STATE_SHIFT + exponent)
        pending = Pending(node.name, _per_channel(worth))
    else:
        pending = Pending(node.name)
    rounding = _rounding(node, integer, real, given, recurrent_error)
    return IntegerCuba(tuple(nodes), pending, rounding)


def _in_steps(node: FloatCuba, source: Pending) -> _Real:
    """Real parameters in steps; a bias before the current becomes a table and a drive.

    A neuron without memory compares whole steps with one level, whose floor is as good: nothing is
    rounded.
    """
    unit, bias = source.scale[:, None, None], source.bias[:, None, None]
    step = unit * node.u_gain * node.v_gain
    fed = np.where(enters_at_once(node), 0.0, whole(bias / unit))
    # What is fed into a current has to be whole steps of its input.
    table = np.floor(fed + 0.5)
    left = fed - table
    # At rest a constant input grows to 1/leak times itself: the drive makes up for the rounding as
    # it would arrive.
    leak = np.where(node.u_keep < 1.0, 1.0 - node.u_keep, np.inf)
    at_once = np.where(enters_at_once(node), bias / unit, 0.0)
    level = node.threshold / step if isinstance(node, f.FloatCubaLIF) else np.zeros((1, 1, 1))
    drive = node.v_drive / step + at_once + left / leak
    if isinstance(node, f.FloatCubaLIF) and forgets(node):
        # Without memory v > x for whole v is v > floor(x).
        level, drive = split_level(np.floor(whole(level - drive)))
    return _Real(step, whole(level), whole(drive * (1 << STATE_SHIFT)), table, left)


def _offset(real: _Real, exponent: int) -> Float64:
    """What is added to the input: the table, and half a step of the shift so that it rounds."""
    # A right shift rounds down; half a step before it makes that round to nearest.
    return real.table + (1 << -exponent >> 1 if exponent < 0 else 0)


def _entered(real: _Real, exponent: int) -> Float64:
    """The part of a bias that enters a current while the input rests; a right shift rounds it."""
    shift = 2.0 ** max(0, -exponent)
    entered: Float64 = np.floor(_offset(real, exponent) / shift) * shift
    return entered


def _recurrent(node: FloatCuba, given: CubaInput) -> tuple[Array, float]:
    """int8 weights on the input's grid, and the largest rounding."""
    if isinstance(node, f.FloatCubaLI) or not node.recurrent.size:
        return np.zeros((0, 0), np.int8), 0.0
    steps = node.recurrent / given.source.scale[:, None]
    rounded = np.floor(whole(steps) + 0.5)
    if given.probe:
        rounded = np.clip(rounded, -127, 127)
    if np.abs(rounded).max() > 127:
        found = f"{np.abs(rounded).max():.0f} steps"
        raise QuantisationError(f"recurrent weights of '{node.name}'", "at most 127 steps", found)
    return rounded.astype(np.int8), float(np.abs(rounded - steps).max())


def _weight_exp(node: FloatCuba, real: _Real, given: CubaInput, recurrent: Array) -> int:
    """0 where nothing is rounded, else as large as the registers' worst case allows.

    Where that leaves a threshold less than `ENOUGH_STEPS`, as small as gives it so many; behind
    rounded weights, as small as puts it within an eighth of their step, for they lose more.
    """
    if given.probe:
        return 0
    borne = _borne(node, real, range(MIN_WEIGHT_EXP, MAX_WEIGHT_EXP + 1) if given.range else [0])
    for e in borne:
        if e >= 0 and _is_exact(node, real, e):
            return e
    if given.range is None:
        return 0
    needed_bits = _register_bits(node, real, given, given.range, recurrent)
    # A left shift by one needs one bit more in both registers.
    proved = [e for e in borne if needed_bits + e <= given.bits]
    positive = real.threshold[real.threshold > 0]
    if not positive.size:
        return (proved or [0])[-1]
    # Rounded weights are off by more than any finer threshold could win.
    fine = ROUNDED_EXP if given.rounded else MAX_WEIGHT_EXP
    enough = [e for e in borne if e >= fine or positive.min() * 2.0**e >= ENOUGH_STEPS]
    wanted = enough[0] if enough else borne[-1]
    return max([wanted, *proved])


def _borne(node: FloatCuba, real: _Real, exponents: Sequence[int]) -> list[int]:
    """Shifts with which thresholds and drives fit, and a current that never leaks sums no error up.

    Raises:
        QuantisationError: there is none.
    """
    level, bias = float(real.threshold.max()), float(np.abs(real.bias).max())
    summed = np.where(node.u_keep == 1.0, real.table, 0.0)
    exponents = [e for e in exponents if e >= 0 or (summed % 2.0**-e == 0.0).all()]
    borne = [e for e in exponents if max(level / MOST_THRESHOLD, bias / MOST_BIAS) * 2.0**e <= 1.0]
    if not borne:
        needed = f"a threshold within {MOST_THRESHOLD} input steps and a drive within {MOST_BIAS}"
        found = f"{level:.6g} and {bias:.6g}"
        raise QuantisationError(f"neuron '{node.name}'", needed, found, "Use larger weights")
    return borne


def _is_exact(node: FloatCuba, real: _Real, exponent: int) -> bool:
    """Whether no parameter and no register is ever rounded with this shift."""
    if not (_all_or_nothing(node.u_keep) and _all_or_nothing(node.v_keep)):
        return False
    bias = real.bias * 2.0**exponent
    mantissa, shift = _mantissa(bias)
    if real.left.any() or (mantissa << shift != bias).any():
        return False
    level = real.threshold * 2.0**exponent
    return bool((level == np.rint(level)).all()) or _lies_on_steps(node, real, exponent)


def _lies_on_steps(node: FloatCuba, real: _Real, exponent: int) -> bool:
    """Whether a membrane is always a whole number of steps: then v > x means v > floor(x)."""
    if isinstance(node, f.FloatCubaLI) or node.reset == "subtract":
        return False
    kept = _all_or_nothing(node.u_keep) and _all_or_nothing(node.v_keep)
    return kept and bool((real.bias * 2.0**exponent % (1 << STATE_SHIFT) == 0).all())


def _register_bits(
    node: FloatCuba, real: _Real, given: CubaInput, known: Range, recurrent: Array
) -> int:
    """Bits that both registers need in the worst case of the planned steps, without a shift."""
    reach = [real.table.min(), real.table.max()]
    x = Range(known.low + int(reach[0]), known.high + int(reach[1]))
    probe = _integer(node, real, given.source.name, 0, recurrent, PROBE_REGISTER_BITS)
    arrays = [probe.u_decay_q, probe.v_decay_q, probe.bias_mant_q]
    if isinstance(probe, s.SpikeCubaLIF):
        arrays.append(probe.threshold_q)
    height, width = (max(array.shape[axis] for array in arrays) for axis in (1, 2))
    u, v = cuba_ranges(probe, x, (given.shape[0], given.shape[1], height, width))
    # One bit at a time: the ranges are cheap once known, and a formula would repeat `fits`.
    bits = 1
    while not (u.fits(bits) and v.fits(bits)):
        bits += 1
    return bits


def _integer(
    node: FloatCuba, real: _Real, source: str, exponent: int, recurrent: Array, bits: int
) -> SpikeCuba:
    """The integer neuron; what a probe's parameters exceed is cut."""
    limit = MOST_BIAS
    mantissa, shift = _mantissa(np.clip(real.bias * 2.0**exponent, -limit, limit))
    u_decay, v_decay = (_decay(keep) for keep in (node.u_keep, node.v_keep))
    if isinstance(node, f.FloatCubaLI):
        return s.SpikeCubaLI(
            name=node.name, inputs=(source,), u_decay_q=u_decay, v_decay_q=v_decay,
            bias_mant_q=mantissa, bias_exp=shift, weight_exp=exponent, bits=bits,
            current=node.current,
        )  # fmt: skip
    level = real.threshold * 2.0**exponent
    # A membrane on whole steps exceeds x exactly where it exceeds floor(x); otherwise to nearest.
    half = 0.0 if _lies_on_steps(node, real, exponent) else 0.5
    threshold = np.clip(np.floor(level + half), 0, MOST_THRESHOLD).astype(np.int32)
    return s.SpikeCubaLIF(
        name=node.name, inputs=(source,), u_decay_q=u_decay, v_decay_q=v_decay,
        threshold_q=threshold, bias_mant_q=mantissa, recurrent_q=recurrent, bias_exp=shift,
        weight_exp=exponent, reset="zero" if node.reset == "value" else "subtract", bits=bits,
        current=node.current,
    )  # fmt: skip


def _require_threshold(node: FloatCuba, integer: SpikeCuba, real: _Real) -> None:
    """Raises QuantisationError if a threshold has been rounded away."""
    if isinstance(integer, s.SpikeCubaLI) or _lies_on_steps(node, real, integer.weight_exp):
        return
    lost = (integer.threshold_q == 0) & (real.threshold > 0.0)
    if lost.any():
        found = f"{real.threshold[lost].min() * 2.0**integer.weight_exp:.4g}"
        needed = "at least half a step of the input"
        raise QuantisationError(f"threshold of '{node.name}'", needed, found, "Use smaller weights")


def _require_bias(node: FloatCuba, real: _Real, given: CubaInput) -> None:
    """Raises QuantisationError if a current that never leaks would sum up a bias's rounding."""
    drift = np.abs(np.where(node.u_keep == 1.0, real.left, 0.0)).max() * given.shape[0]
    if drift > MOST_DRIFT:
        needed = f"whole steps of the input, or {MOST_DRIFT} of one off after {given.shape[0]} time"
        rewrite = "Let the current leak, move the bias behind it, or use more weight bits"
        found = f"{drift:.4g} steps off"
        raise QuantisationError(f"bias into '{node.name}'", f"{needed} steps", found, rewrite)


def _decay(keep: Array) -> Array:
    """round(4096 * (1 - keep)), int32."""
    decay: Array = np.floor((1.0 - keep) * DECAY_ONE + 0.5).astype(np.int32)
    return decay


def _mantissa(bias: Array) -> tuple[Array, int]:
    """13-bit mantissas (int32) and the one exponent they share."""
    # The smallest shared exponent loses least of the small biases.
    for shift in range(MAX_BIAS_EXP + 1):
        mantissa = np.floor(bias / (1 << shift) + 0.5)
        if np.abs(mantissa).max() < BIAS_LIMIT:
            break
    return mantissa.astype(np.int32), shift


def _all_or_nothing(keep: Array) -> bool:
    return bool(((keep == 0.0) | (keep == 1.0)).all())


def _per_channel(worth: Array) -> Float64:
    """(C or 1, H or 1, W or 1), the same all over a channel's grid, to (C or 1,)."""
    channels: Float64 = worth.reshape(len(worth), -1)[:, 0].copy()
    return channels


def _rounding(
    node: FloatCuba,
    integer: SpikeCuba,
    real: _Real,
    given: CubaInput,
    recurrent_error: float,
) -> NeuronRounding:
    scale = 2.0**integer.weight_exp
    steps, error, share = None, 0.0, None
    unit, fed = given.source.scale[:, None, None], given.source.bias[:, None, None]
    lost = np.abs(fed - _entered(real, integer.weight_exp) * unit)
    lost = np.where(enters_at_once(node), 0.0, lost)
    if isinstance(integer, s.SpikeCubaLIF) and isinstance(node, f.FloatCubaLIF):
        steps = int(integer.threshold_q.min()), int(integer.threshold_q.max())
        if not (forgets(node) or _lies_on_steps(node, real, integer.weight_exp)):
            error = relative_error(integer.threshold_q / scale, real.threshold)
        share = share_of_threshold(node, lost * node.u_gain * node.v_gain, given.shape[0])
    bias = integer.bias_mant_q.astype(np.int64) << integer.bias_exp
    return NeuronRounding(
        node=node.name,
        weight_exp=integer.weight_exp,
        threshold_steps=steps,
        threshold_error=error,
        u_decay_error=relative_error(integer.u_decay_q / DECAY_ONE, 1.0 - node.u_keep),
        v_decay_error=relative_error(integer.v_decay_q / DECAY_ONE, 1.0 - node.v_keep),
        bias_error=float(np.abs(bias / scale - real.bias).max()) / (1 << STATE_SHIFT),
        current_bias_error=float(lost.max()),
        current_bias_share=share,
        recurrent_error=recurrent_error,
        rounded=given.rounded or recurrent_error > 0.0,
    )
