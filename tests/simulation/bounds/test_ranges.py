"""Interval arithmetic is sound: nothing a run computes lies outside its range."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulation.bounds.headroom import HeadroomError
from simulation.bounds.neuron_ranges import membrane_range
from simulation.bounds.range import Range
from simulation.bounds.ranges import Ranges, _node_range, value_ranges
from simulation.reference.engine import fire, run_reference
from simulation.run import Run
from spiketrack.graph import spike_nodes as s
from spiketrack.graph.graph import Graph
from tests.strategies import Case, random_spike_graph, spike_graphs

ONE = np.ones(1)


def check_sound(graph: Graph[s.SpikeNode], run: Run, ranges: Ranges) -> None:
    for name, value in run.values.items():
        interval = ranges.values[name]
        axes = tuple(axis for axis in range(value.ndim) if axis != 2)
        assert (interval.low <= value.min(axis=axes)).all(), name
        assert (value.max(axis=axes) <= interval.high).all(), name
    for name, state in run.states.items():
        interval = ranges.states[name]
        assert (interval.low <= state.min(axis=(0, 1, 3, 4))).all(), name
        assert (state.max(axis=(0, 1, 3, 4)) <= interval.high).all(), name


@settings(max_examples=60)
@given(spike_graphs())
def test_every_value_and_membrane_of_a_random_graph_lies_in_its_range(case: Case) -> None:
    graph, inputs = case
    check_sound(graph, run_reference(graph, inputs), value_ranges(graph))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(150))
def test_extreme_inputs_stay_inside_the_ranges_too(seed: int) -> None:
    rng = np.random.default_rng(seed)
    graph, inputs = random_spike_graph(rng, batch=3, n_steps=20)
    ranges = value_ranges(graph)
    extremes = {
        name: np.where(rng.random(x.shape) < 0.5, x.min(), x.max()) for name, x in inputs.items()
    }
    check_sound(graph, run_reference(graph, extremes), ranges)


def neuron(steps: int, thresholds: list[int], decay: int, reset: int) -> s.SpikeNILIF:
    return s.SpikeNILIF(
        name="n", inputs=("x",), max_spike=len(thresholds),
        thresholds_q=np.array([thresholds], np.int64),
        decay_q=np.full(steps - 1, decay, np.int32), reset_q=reset, bits=40,
    )  # fmt: skip


@settings(max_examples=50)
@given(
    st.integers(0, 2**32 - 1), st.integers(1, 4), st.integers(0, 4096), st.integers(0, 40),
    st.integers(-30, 0), st.integers(0, 30),
)  # fmt: skip
def test_membranes_stay_in_their_range_over_all_steps(
    seed: int, steps: int, decay: int, reset: int, low: int, high: int
) -> None:
    rng = np.random.default_rng(seed)
    node = neuron(steps, sorted(rng.integers(-40, 60, 3).tolist()), decay, reset)
    x = rng.integers(low, high + 1, (steps, 1, 1, 40, 40))
    _, membrane = fire(node, x)
    found = membrane_range(node, Range(np.array([low]), np.array([high])), steps)
    assert found.low.item() <= membrane.min() and membrane.max() <= found.high.item()


def test_a_membrane_range_worked_out_by_hand() -> None:
    # U0 in -8..8; a spike of 1 at U >= 4 takes 16: rest in -12..8, halved -6..4, plus -8..8.
    node = neuron(2, [4], 2048, 16)
    found = membrane_range(node, Range(np.array([-8]), np.array([8])), 2)
    assert (found.low.tolist(), found.high.tolist()) == ([-14], [12])
    silent = membrane_range(neuron(2, [9], 2048, 16), Range(np.array([-8]), np.array([8])), 2)
    assert (silent.low.tolist(), silent.high.tolist()) == ([-12], [12])


def entry(low: int, high: int, channels: int = 1, name: str = "x", **more: Any) -> s.SpikeInput:
    given_: dict[str, Any] = {"shape": (1, channels, 3, 3), "signal": "spikes", "scale": 1.0}
    rest = {"offset_q": np.zeros(1, np.int32)}
    return s.SpikeInput(name=name, low=low, high=high, **{**given_, **rest, **more})


def spike_graph(*nodes: s.SpikeNode) -> Graph[s.SpikeNode]:
    return Graph("g", nodes)


def leave(source: str) -> s.SpikeOutput:
    return s.SpikeOutput(name="out", inputs=(source,), scale=ONE, bias=np.zeros(1))


def test_a_convolutions_range_is_attained_by_the_worst_input() -> None:
    weight = np.array([[[[3, -5]], [[-7, 2]]]], np.int8)  # (1, 2, 1, 2)
    conv = s.SpikeConv(name="c", inputs=("x",), weight_q=weight, weight_scale=ONE)
    graph = spike_graph(entry(-2, 4, 2), conv, leave("c"))
    found = value_ranges(graph).values["c"]
    highest = np.array([4, -2, 4])[None, None, None, None] * np.array([1, 0])[:, None, None]
    highest = (
        highest + np.array([-2, 4, -2])[None, None, None, None] * np.array([0, 1])[:, None, None]
    )
    worst = np.broadcast_to(highest, (1, 1, 2, 3, 3))
    acc = run_reference(graph, {"x": worst}).values["c"]
    assert acc.max() == found.high.item() == 3 * 4 + 5 * 2 + 7 * 2 + 2 * 4
    acc = run_reference(graph, {"x": 2 - worst}).values["c"]
    assert acc.min() == found.low.item() == -(3 * 2 + 5 * 4 + 7 * 4 + 2 * 2)


def test_products_of_signed_values_are_bounded_on_both_sides() -> None:
    k, v = entry(-1, 3, name="k", shape=(1, 2, 2, 2)), entry(-2, 1, name="v", shape=(1, 2, 2, 2))
    write = s.SpikeMemoryWrite(name="m", inputs=("k", "v"), heads=1)
    read = s.SpikeMemoryRead(name="q", inputs=("k", "m"), heads=1)
    ranges = value_ranges(spike_graph(k, v, write, read, leave("q"))).values
    assert (ranges["m"].low.item(), ranges["m"].high.item()) == (4 * 3 * -2, 4 * 3 * 1)
    assert (ranges["q"].low.item(), ranges["q"].high.item()) == (2 * 3 * -24, 2 * 3 * 12)


def rescale(multiplier: int, shift: int) -> s.SpikeRescale:
    return s.SpikeRescale(
        name="r", inputs=("x",), multiplier_q=np.array([multiplier], np.int32),
        shift_q=np.array([shift], np.int8), bias_q=np.zeros(1, np.int64), bits=24, scale=1.0,
    )  # fmt: skip


def wide_write() -> tuple[s.SpikeNode, ...]:
    k, v = (entry(0, 1 << 31, name=name) for name in "kv")
    write = s.SpikeMemoryWrite(name="m", inputs=("k", "v"), heads=1)
    return k, v, write, leave("m")


WRAPPING: list[tuple[tuple[s.SpikeNode, ...], str]] = [
    ((entry(0, 4), rescale(4, -62), leave("r")), "r"),  # 4 * 4 * 2**62 = 0 modulo 2**64
    ((entry(0, 1 << 50), rescale(1 << 15, 3), leave("r")), "r"),
    ((entry(0, 1 << 70), leave("x")), "x"),
    ((entry(0, 1 << 61), s.SpikeAdd(name="a", inputs=("x",) * 4, bits=24, scale=1.0),
      leave("a")), "a"),
    ((entry(0, 1 << 60), s.SpikeUpsample(name="u", inputs=("x",), factor=2, bits=24, scale=1.0),
      leave("u")), "u"),
    ((entry(0, 1 << 60), s.SpikeConv(name="c", inputs=("x",), weight_scale=ONE,
      weight_q=np.full((1, 1, 1, 1), 100, np.int8)), leave("c")), "c"),
    ((entry(0, 1 << 50, shape=(2, 1, 3, 3)), neuron(2, [1], 4096, 0), leave("n")), "n"),
    (wide_write(), "m"),
]  # fmt: skip


@pytest.mark.parametrize(("nodes", "name"), WRAPPING, ids=range(len(WRAPPING)))
def test_a_worst_case_that_no_engine_could_hold_is_refused(
    nodes: tuple[s.SpikeNode, ...], name: str
) -> None:
    bits = 53 if name in ("c", "m") else 62  # products are summed in float64
    message = rf"node '{name}': needed a worst case within {bits} bits, found .* bits\. Use smaller"
    with pytest.raises(HeadroomError, match=message):
        value_ranges(Graph("g", nodes))


def test_a_neurons_range_is_not_a_function_of_its_input_alone() -> None:
    one = Range(np.array([0]), np.array([1]))
    with pytest.raises(TypeError, match="a neuron's range follows from its registers"):
        _node_range(neuron(1, [1], 0, 0), [one], [(1, 1, 1, 1)])
