"""The CUBA-LIF node equals brian2-loihi, an emulator of the chip's neuron that others wrote.

Where its numbers stand beside ours, derived from its sources (version 0.5.2):
    One step runs its slots in the order start (a generator spikes), synapses (I += w_act), groups,
    thresholds, resets, end. Its monitor records I in slot synapses, after spikes arrived, and v in
    slot end, after the reset. In slot groups v gains the I that was recorded, before I decays.
    So record t of I is our u[t], and record t of v is our v[t] after its reset: no offset between
    the two. A monitor of Brian2 itself, between groups and thresholds, gives v before the reset.
    A spike of its own group is emitted after slot synapses and arrives one step later, as ours do
    through `recurrent_q`.
    It subtracts sign(x) * ceil(|x| * decay / 4096). |x| - ceil(|x| * decay / 4096) is
    floor(|x| * (4096 - decay) / 4096), so that is our trunc0.
    w_act = 64 * floor(w' * 2**w_exp), w' being w cut toward zero to its precision: every synapse is
    floored by itself. Our weights are w_act / 64 / 2**weight_exp, where that is whole.
"""

import warnings
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from simulation.reference.engine import run_reference
from simulation.run import Run, current_name
from spiketrack.graph import spike_nodes as s
from spiketrack.graph import structural_nodes as m
from spiketrack.graph.graph import Graph

N_SETS, N_STEPS, N_NEURONS, N_SOURCES = 50, 400, 24, 16
WIDE = 40
"""The emulator's registers have no end; ours get room enough not to overflow."""
MIXED, EXCITATORY, INHIBITORY = 1, 2, 3
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Setting:
    """One random choice of everything the emulator lets one choose."""

    u_decay: int
    v_decay: int
    threshold: int
    refractory: int
    weight_exp: int
    sign_mode: int
    weight_bits: int
    delay: int
    weight: Ints
    recurrent: Ints
    spikes: Ints

    @property
    def precision(self) -> int:
        """Weights are multiples of this."""
        return int(2 ** (8 - self.weight_bits + (self.sign_mode == MIXED)))

    def effective(self, weight: Ints) -> Ints:
        """What a spike adds to a neuron's current, in units of 64."""
        cut = np.trunc(weight / self.precision) * self.precision
        floored: Ints = np.floor(cut * 2.0**self.weight_exp).astype(np.int64)
        return floored


def setting(seed: int) -> Setting:
    """Every exponent, both ends of every range; odd seeds have recurrent synapses too."""
    rng = np.random.default_rng([7, seed])
    weight_exp = seed % 16 - 8
    sign_mode = int(rng.choice([MIXED, MIXED, EXCITATORY, INHIBITORY]))
    # A wider weight would not fit eight bits: ours take out at most 2**7 in common.
    top = 254 if sign_mode == MIXED and weight_exp < 7 else 127
    low, high = {MIXED: (-top, top), EXCITATORY: (0, top), INHIBITORY: (-top, 0)}[sign_mode]
    threshold = int(rng.uniform(0, 4) * 127 * 2.0**weight_exp) if rng.random() < 0.8 else 131071
    return Setting(
        u_decay=int(rng.choice([0, 4096, *rng.integers(1, 4096, 4)])),
        v_decay=int(rng.choice([0, 4096, *rng.integers(1, 4096, 4)])),
        threshold=min(threshold, 131071),
        refractory=int(rng.choice([1, 1, 2, 3, 64, rng.integers(1, 65)])),
        weight_exp=weight_exp,
        sign_mode=sign_mode,
        weight_bits=int(rng.choice([8, 8, 8, 6, 4])),
        delay=int(rng.choice([0, 0, 1, 5, 62])),
        weight=rng.integers(low, high + 1, (N_SOURCES, N_NEURONS)),
        recurrent=rng.integers(low, high + 1, (N_NEURONS, N_NEURONS)) * (seed % 2),
        spikes=(rng.random((N_STEPS, N_SOURCES)) < rng.choice([0.02, 0.1, 0.4])).astype(np.int64),
    )


@pytest.fixture(scope="module")
def loihi() -> Any:
    pytest.importorskip("brian2")
    with warnings.catch_warnings():
        # Its module has strings like '\*', which Python deprecates.
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.simplefilter("ignore", SyntaxWarning)
        return pytest.importorskip("brian2_loihi")


@dataclass(frozen=True)
class Emulated:
    """Records (T, N) of the emulator."""

    current: Ints
    membrane: Ints
    after_reset: Ints
    spikes: Ints


def emulated(loihi: Any, one: Setting) -> Emulated:
    """Runs the emulator."""
    import brian2

    before = brian2.prefs.codegen.target
    brian2.prefs.codegen.target = "numpy"
    try:
        step, source = np.nonzero(one.spikes)
        generator = loihi.LoihiSpikeGeneratorGroup(N_SOURCES, source, step)
        group = loihi.LoihiNeuronGroup(
            N_NEURONS,
            refractory=one.refractory,
            threshold_v_mant=one.threshold,
            decay_v=one.v_decay,
            decay_I=one.u_decay,
        )
        wires = [(generator, one.weight, one.delay), (group, one.recurrent, 0)]
        synapses = []
        for start, weight, delay in wires:
            wire = loihi.LoihiSynapses(
                start,
                group,
                delay=delay,
                w_exp=one.weight_exp,
                sign_mode=one.sign_mode,
                num_weight_bits=one.weight_bits,
            )
            wire.connect()
            wire.w = weight.ravel()
            synapses.append(wire)
        current, after_reset = (loihi.LoihiStateMonitor(group, name) for name in ("I", "v"))
        membrane = brian2.StateMonitor(group, "v", record=True, when="thresholds", order=-1)
        spikes = loihi.LoihiSpikeMonitor(group)
        monitors = (current, membrane, after_reset, spikes)
        loihi.LoihiNetwork(generator, group, *synapses, *monitors).run(N_STEPS)
        for wire, weight in zip(synapses, (one.weight, one.recurrent), strict=True):
            assert np.array_equal(np.asarray(wire.w_act), 64 * one.effective(weight).ravel())
    finally:
        brian2.prefs.codegen.target = before
    fired = np.zeros((N_STEPS, N_NEURONS), np.int64)
    fired[np.rint(np.asarray(spikes.t_) * 1000).astype(int), np.asarray(spikes.i)] = 1
    u, v, after = (
        np.asarray(record).T.astype(np.int64) for record in (current.I, membrane.v, after_reset.v)
    )
    return Emulated(u, v, after, fired)


def as_int8(one: Setting) -> tuple[NDArray[np.int8], NDArray[np.int8], int]:
    """Both weight matrices on eight bits, and the exponent that all their entries share."""
    weights = [one.effective(one.weight), one.effective(one.recurrent)]
    for shared in range(7, -1, -1):
        if not any((weight % 2**shared).any() for weight in weights):
            break
    small = [(weight >> shared).T for weight in weights]
    assert all(np.array_equal(weight, weight.astype(np.int8)) for weight in small)
    return small[0].astype(np.int8), small[1].astype(np.int8), shared


def simulated(one: Setting) -> Run:
    """The same network as a graph: input, synaptic delay, weights, neurons."""
    weight, recurrent, weight_exp = as_int8(one)

    def number(value: int) -> NDArray[np.int32]:
        return np.full((1, 1, 1), value, np.int32)

    nodes: tuple[s.SpikeNode, ...] = (
        s.SpikeInput(
            name="x", shape=(N_STEPS, N_SOURCES, 1, 1), signal="spikes", low=0, high=1, scale=1.0,
            offset_q=np.zeros(1, np.int32),
        ),
        m.Delay(name="late", inputs=("x",), steps_q=number(one.delay)),
        s.SpikeConv(
            name="w", inputs=("late",), weight_q=weight[:, :, None, None],
            weight_scale=np.ones(N_NEURONS),
        ),
        s.SpikeCubaLIF(
            name="n", inputs=("w",), u_decay_q=number(one.u_decay), v_decay_q=number(one.v_decay),
            threshold_q=number(one.threshold), bias_mant_q=number(0), recurrent_q=recurrent,
            weight_exp=weight_exp, refractory=one.refractory, bits=WIDE,
        ),
        s.SpikeOutput(name="out", inputs=("n",), scale=np.ones(1), bias=np.zeros(1)),
    )  # fmt: skip
    return run_reference(Graph("loihi", nodes), {"x": one.spikes[:, None, :, None, None]})


@pytest.mark.slow
def test_current_membrane_and_spikes_equal_the_emulator_of_the_chip(loihi: Any) -> None:
    moving = lively = 0
    for seed in range(N_SETS):
        one = setting(seed)
        found = emulated(loihi, one)
        run = simulated(one)
        u, v = (run.states[name][:, 0, :, 0, 0] for name in (current_name("n"), "n"))
        fired = run.values["n"][:, 0, :, 0, 0]
        assert np.array_equal(u, found.current), seed
        assert np.array_equal(v, found.membrane), seed
        assert np.array_equal(fired, found.spikes), seed
        assert np.array_equal(np.where(fired, 0, v), found.after_reset), seed
        moving += bool(u.any() and v.any())
        lively += int(fired.sum()) > 20
    # Silence would prove little. An excitatory weight times 2**-8 is floored to nothing.
    assert moving >= N_SETS - 4 and lively > N_SETS // 2, (moving, lively)


@pytest.mark.slow
def test_the_comparison_sees_a_decay_that_is_off_by_one(loihi: Any) -> None:
    settings = map(setting, range(8, N_SETS))
    one = next(case for case in settings if case.weight_exp > 0 and 0 < case.u_decay < 4000)
    other = simulated(replace(one, u_decay=one.u_decay + 1))
    expected = emulated(loihi, one).current
    assert not np.array_equal(other.states[current_name("n")][:, 0, :, 0, 0], expected)
