"""Describes the neurons to Brian2: the variables and the code of one step of each family.

A family is a set of nodes with one update rule. Layers of one family may share a NeuronGroup, as
everything in which they differ is a variable of a neuron.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from typing_extensions import assert_never

from spiketrack.fixed_point import Int64, check_width
from spiketrack.graph import spike_nodes as s
from spiketrack.graph.checks import Array
from spiketrack.graph.kinds import SpikeCuba, SpikeNeuron

Recorded = dict[str, Int64]
Numbers = NDArray[np.float64]
MAX_BITS = 40
"""A register times a decay mantissa of 12 bits stays below 2**53."""
MAX_DRIVE_BITS = 46
"""What enters, aligned 6 bits to the left, stays below 2**53."""
NEVER = 1e18
RESET = "v = leaves_rest * (v - theta)"

# Why `//` and no floor(): Brian2's floor ends in 32 bits.
_CUBA_BEFORE = """
wiped = int(t_in_timesteps % period == phase)
u = u * (1 - wiped)
v = v * (1 - wiped)
lastspike = lastspike - wiped * 1e6*second
"""
_CUBA_STEP = """
a = drive(t, i) + fed
fed = 0
before = u
u = sign(u) * (abs(u) * (4096 - u_decay) // 4096) + 64 * (a * gain // 1)
driving = u * (1 - is_old) + before * is_old
v = int(not_refractory) * (sign(v) * (abs(v) * (4096 - v_decay) // 4096) + driving + bias)
"""
_NILIF_STEP = """
v = ((v - s * back) * decay(t, i) + 2048) // 4096 + drive(t, i)
s = {fired}
"""
_SIGMA_STEP = "s = s + drive(t, i)"
_DELTA_STEP = """
a = drive(t, i) * gain
d = a - known
sent = d * int(abs(d) >= theta)
known = known + sent
s = sent // unit
"""
_RELU_STEP = "s = clip(drive(t, i) + bias, 0, 1e18) // unit"


@dataclass(frozen=True, kw_only=True)
class Family:
    """A family of neurons follows one update rule.

    Attributes:
        constants: names of a neuron's parameters.
        variables: names of what changes.
        code: one step, in Brian2's language.
        before: what happens at the start of a step, or nothing.
        recorded: variables to record.
        time: the parameter that is a time in steps, if there is one.
        spiking: it has a threshold, a reset and spikes of Brian2's own.
    """

    constants: tuple[str, ...]
    variables: tuple[str, ...]
    code: str
    recorded: tuple[str, ...] = ("s",)
    before: str = ""
    time: str = ""
    spiking: bool = False

    def parameters(self, levels: int) -> tuple[str, ...]:
        """Names the parameters of neurons with that many thresholds."""
        return self.constants + tuple(f"theta_{k}" for k in range(1, levels + 1))

    def equations(self, levels: int) -> str:
        """Brian2's declaration of all variables."""
        names = (*self.parameters(levels), *self.variables)
        return "\n".join(f"{n} : {'second' if n == self.time else '1'}" for n in names)

    def step(self, levels: int) -> str:
        """Brian2's code of one step."""
        fired = " + ".join(f"int(v >= theta_{k})" for k in range(1, levels + 1))
        return self.code.format(fired=fired)


FAMILIES = {
    "cuba": Family(
        constants=(
            "u_decay", "v_decay", "theta", "bias", "gain", "leaves_rest", "rest", "period", "phase",
            "is_old",
        ),
        variables=("a", "u", "before", "driving", "v", "fed"),
        code=_CUBA_STEP,
        recorded=("a", "u", "v"),
        before=_CUBA_BEFORE,
        time="rest",
        spiking=True,
    ),
    "nilif": Family(
        constants=("back",), variables=("v", "s"), code=_NILIF_STEP, recorded=("v", "s")
    ),
    "sigma": Family(constants=(), variables=("s",), code=_SIGMA_STEP),
    "delta": Family(
        constants=("theta", "gain", "unit"),
        variables=("a", "d", "sent", "known", "s"),
        code=_DELTA_STEP,
        recorded=("a", "d", "s"),
    ),
    "relu": Family(constants=("bias", "unit"), variables=("s",), code=_RELU_STEP),
}  # fmt: skip


@dataclass(frozen=True)
class Layer:
    """A layer of neurons that waits to be run.

    Attributes:
        family: name of its update rule.
        x: what enters, (T, B, C, H, W).
        parameters: per parameter, an array that fits (C, H, W).
        decay: (T,) decay mantissas of an NI-LIF layer.
        recurrent: (C, C) weights onto itself, or (0, 0).
        levels: thresholds per neuron, named theta_1.. among the parameters.
    """

    family: str
    x: Int64
    parameters: dict[str, Numbers]
    decay: Int64 | None = None
    recurrent: Array = field(default_factory=lambda: np.zeros((0, 0), np.int8))
    levels: int = 0

    def spread(self, name: str) -> Numbers:
        """A parameter of every neuron of every image, (B*C*H*W,); missing thresholds never fire."""
        value = self.parameters.get(name, np.array(NEVER))
        return np.broadcast_to(value, self.x.shape[1:]).ravel()

    def per_step(self) -> dict[str, Int64]:
        """The numbers that change from step to step, (T, B*C*H*W) each."""
        rows = {"drive": self.x.reshape(len(self.x), -1)}
        if self.decay is not None:
            rows["decay"] = np.repeat(self.decay[:, None], rows["drive"].shape[1], axis=1)
        return rows

    def recurrence(self, start: int) -> tuple[Int64, Int64, Int64]:
        """Sources, targets and weights of recurrent synapses; its neurons count from `start`."""
        target, source = np.nonzero(self.recurrent)
        weight = self.recurrent[target, source].astype(np.int64)
        n_images, n_channels = (self.x.shape[1], len(self.recurrent))
        first = start + np.arange(n_images)[:, None] * n_channels
        spread = (first + source).ravel(), (first + target).ravel()
        return *spread, np.tile(weight, n_images)

    def shaped(self, recorded: dict[str, Numbers]) -> Recorded:
        """Recorded rows (T', B*C*H*W) as int64 (T, B, C, H, W)."""
        return {
            name: rows[: len(self.x)].astype(np.int64).reshape(self.x.shape)
            for name, rows in recorded.items()
        }


def layer_of(node: SpikeNeuron, x: Int64) -> Layer:
    """A node and its input as a layer to run."""
    match node:
        case s.SpikeCubaLIF() | s.SpikeCubaLI():
            return _cuba_layer(node, x)
        case s.SpikeNILIF():
            return _nilif_layer(node, x)
        case s.SpikeSigma():
            return Layer("sigma", x, {})
        case s.SpikeDelta():
            return Layer("delta", x, _numbers(
                theta=node.threshold_q, gain=2.0**node.input_exp, unit=2.0**node.state_exp
            ))  # fmt: skip
        case s.SpikeRelu():
            return Layer("relu", x, _numbers(bias=node.bias_q, unit=2.0**node.shift))
        case _:
            assert_never(node)


def _nilif_layer(node: s.SpikeNILIF, x: Int64) -> Layer:
    """Step t multiplies the rest of step t - 1 by decay_q[t - 1]; before step 0 there is none."""
    thresholds = enumerate(node.thresholds_q.T, start=1)
    parameters = _numbers(
        back=node.reset_q, **{f"theta_{k}": theta[:, None, None] for k, theta in thresholds}
    )
    decay = np.zeros(len(x), np.int64)
    if node.decay_q.size:
        decay[1:] = node.decay_q[: len(x) - 1]
    return Layer("nilif", x, parameters, decay=decay, levels=node.max_spike)


def _cuba_layer(node: SpikeCuba, x: Int64) -> Layer:
    """A readout is the spiking neuron whose threshold no membrane reaches."""
    parameters = _numbers(
        u_decay=node.u_decay_q,
        v_decay=node.v_decay_q,
        bias=node.bias_mant_q * 2.0**node.bias_exp,
        gain=2.0**node.weight_exp,
        is_old=node.current == "old",
    )
    if isinstance(node, s.SpikeCubaLI):
        rule = _numbers(theta=NEVER, leaves_rest=0, rest=1, period=NEVER, phase=-1)
        return Layer("cuba", x, parameters | rule)
    periodic = node.reset_period > 0
    rule = _numbers(
        theta=64.0 * node.threshold_q,
        leaves_rest=node.reset == "subtract",
        rest=node.refractory,
        period=node.reset_period if periodic else NEVER,
        phase=node.reset_phase if periodic else -1,
    )
    return Layer("cuba", x, parameters | rule, recurrent=node.recurrent_q)


def _numbers(**values: Array | float) -> dict[str, Numbers]:
    return {name: np.asarray(value, np.float64) for name, value in values.items()}


def check_widths(node: SpikeNeuron, recorded: Recorded) -> None:
    """Raises OverflowBoundError for the register that left its width first.

    Why afterwards: Brian2 goes on with wrong numbers, but none of them is kept.
    """
    registers = _registers(node)
    for t in range(len(recorded["s"])):
        for name, bits, what in registers:
            check_width(recorded[name][t], bits, f"{what} of '{node.name}'")


def _registers(node: SpikeNeuron) -> tuple[tuple[str, int, str], ...]:
    """Variable, width and name of what has a declared width, in the order of the equations."""
    match node:
        case s.SpikeCubaLIF():
            accumulator = ("a", s.ACCUMULATOR_BITS, "accumulator")
            return accumulator, ("u", node.bits, "current"), ("v", node.bits, "membrane")
        case s.SpikeCubaLI():
            return ("u", node.bits, "current"), ("v", node.bits, "membrane")
        case s.SpikeNILIF():
            return (("v", node.bits, "membrane"),)
        case s.SpikeSigma():
            return (("s", node.bits, "sum"),)
        case s.SpikeDelta():
            return ("a", node.bits, "activation"), ("d", node.bits, "difference")
        case s.SpikeRelu():
            return (("s", node.bits, "spikes"),)
        case _:
            assert_never(node)
