"""No run of a neuron leaves the range that was promised for it."""

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from simulation.bounds.ranges import value_ranges
from simulation.reference.engine import run_reference
from simulation.run import current_name
from spiketrack.graph import spike_nodes as s
from spiketrack.graph import structural_nodes as m
from spiketrack.graph.graph import Graph

STEPS, CHANNELS = 6, 2


def per_neuron(rng: np.random.Generator, low: int, high: int) -> Any:
    channels = int(rng.integers(1, 3))
    return rng.integers(low, high + 1, (channels, 1, 1)).astype(np.int32)


def random_neuron(rng: np.random.Generator, kind: int) -> s.SpikeNode:
    decays = {"u_decay_q": per_neuron(rng, 0, 4096), "v_decay_q": per_neuron(rng, 0, 4096)}
    bias = {"bias_mant_q": per_neuron(rng, -50, 50), "bias_exp": int(rng.integers(0, 3))}
    if kind == 0:
        recurrent = rng.integers(-20, 21, (CHANNELS, CHANNELS)).astype(np.int8)
        return s.SpikeCubaLIF(
            name="n", inputs=("x",), threshold_q=per_neuron(rng, 0, 90), **decays, **bias,
            recurrent_q=recurrent, refractory=int(rng.integers(1, 4)),
            reset="zero" if rng.random() < 0.5 else "subtract",
            weight_exp=int(rng.integers(-2, 3)),
        )  # fmt: skip
    if kind == 1:
        return s.SpikeCubaLI(name="n", inputs=("x",), **decays, **bias)
    if kind == 2:
        return s.SpikeSigma(name="n", inputs=("x",))
    if kind == 3:
        threshold, exps = per_neuron(rng, 0, 60), rng.integers(0, 3, 2)
        return s.SpikeDelta(
            name="n", inputs=("x",), threshold_q=threshold, input_exp=int(exps[0]),
            state_exp=int(exps[1]),
        )  # fmt: skip
    if kind == 4:
        shift = int(rng.integers(0, 3))
        return s.SpikeRelu(name="n", inputs=("x",), bias_q=per_neuron(rng, -50, 50), shift=shift)
    return m.Delay(name="n", inputs=("x",), steps_q=per_neuron(rng, 0, 4))


@given(st.integers(0, 5), st.integers(0, 2**32 - 1))
def test_values_and_registers_stay_inside_their_ranges(kind: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    low, high = sorted(int(end) for end in rng.integers(-40, 60, 2))
    source = s.SpikeInput(
        name="x", shape=(STEPS, CHANNELS, 1, 1), signal="spikes", low=low, high=high, scale=1.0,
        offset_q=np.zeros(1, np.int32),
    )  # fmt: skip
    out = s.SpikeOutput(name="y", inputs=("n",), scale=np.ones(1), bias=np.zeros(1))
    graph = Graph("g", (source, random_neuron(rng, kind), out))
    x = rng.integers(low, high + 1, (STEPS, 3, CHANNELS, 1, 1))
    run, ranges = run_reference(graph, {"x": x}), value_ranges(graph)
    seen = {"n": (run.values["n"], ranges.values["n"])}
    for name in ("n", current_name("n")):
        if name in run.states:
            seen[f"state {name}"] = (run.states[name], ranges.states[name])
    for name, (values, promised) in seen.items():
        found = values.swapaxes(0, 2).reshape(CHANNELS, -1)
        assert (found.min(axis=1) >= promised.low).all(), name
        assert (found.max(axis=1) <= promised.high).all(), name


def test_a_membrane_that_leaks_half_reaches_at_most_twice_its_input() -> None:
    node = s.SpikeCubaLIF(
        name="n", inputs=("x",), u_decay_q=np.full((1, 1, 1), 4096, np.int32),
        v_decay_q=np.full((1, 1, 1), 2048, np.int32),
        threshold_q=np.full((1, 1, 1), 99999, np.int32),
        bias_mant_q=np.zeros((1, 1, 1), np.int32), recurrent_q=np.zeros((0, 0), np.int8),
    )  # fmt: skip
    source = s.SpikeInput(
        name="x", shape=(500, 1, 1, 1), signal="spikes", low=0, high=4, scale=1.0,
        offset_q=np.zeros(1, np.int32),
    )  # fmt: skip
    out = s.SpikeOutput(name="y", inputs=("n",), scale=np.ones(1), bias=np.zeros(1))
    state = value_ranges(Graph("g", (source, node, out))).states["n"]
    # 256 + 128 + 64 + ... + 1, every half floored: 511.
    assert (int(state.low[0]), int(state.high[0])) == (0, 511)
