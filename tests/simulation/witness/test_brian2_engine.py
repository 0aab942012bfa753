"""Brian2 computes every neuron as the reference does, and says so where it cannot."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from simulation.divergence import first_divergence
from simulation.random_graphs import random_graph
from simulation.reference.engine import evaluate_with_states, run_reference
from simulation.run import Run, current_name
from simulation.witness.brian2_engine import run_brian2, run_brian2_many
from simulation.witness.nodes import bilinear_matrix, evaluate, pool_matrix, rescale, synapses_of
from spiketrack.errors import (
    BackendUnavailable,
    GraphError,
    ObstacleError,
    OverflowBoundError,
    SpiketrackError,
)
from spiketrack.graph import spike_nodes as s
from spiketrack.graph.graph import Graph
from tests.tiny_models import Tiny

brian2 = pytest.importorskip("brian2")
ONE, ROOT = np.ones(1), Path(__file__).resolve().parents[3]


def numbers(*values: int) -> NDArray[np.int32]:
    return np.array(values, np.int32).reshape(-1, 1, 1)


def graph_of(node: s.SpikeNode, n_steps: int, low: int, high: int) -> Graph[s.SpikeNode]:
    """One channel x -> node -> out."""
    offset = np.zeros(1, np.int32)
    x = s.SpikeInput(
        name="x", shape=(n_steps, 1, 1, 1), signal="spikes", low=low, high=high, scale=1.0,
        offset_q=offset,
    )  # fmt: skip
    out = s.SpikeOutput(name="out", inputs=(node.name,), scale=ONE, bias=np.zeros(1))
    return Graph("one", (x, node, out))


def column(*values: int) -> NDArray[np.int64]:
    return np.array(values, np.int64).reshape(-1, 1, 1, 1, 1)


CUBA = s.SpikeCubaLIF(
    name="n", inputs=("x",), u_decay_q=numbers(2048), v_decay_q=numbers(0),
    threshold_q=numbers(9), bias_mant_q=numbers(0), recurrent_q=np.zeros((0, 0), np.int8),
)  # fmt: skip


def run_one(node: s.SpikeNode, *values: int) -> Run:
    graph = graph_of(node, len(values), min(values), max(values))
    return run_brian2(graph, {"x": column(*values)})


def test_half_of_the_current_stays_and_the_membrane_adds_it_up() -> None:
    run = run_one(CUBA, 4, 0, 0, 0)
    # u = 256, 128, 64, 32; v = 256, 384, 448, 480; the threshold is 9 * 64 = 576.
    assert run.states[current_name("n")].ravel().tolist() == [256, 128, 64, 32]
    assert run.states["n"].ravel().tolist() == [256, 384, 448, 480]
    assert not run.outputs["out"].any()


def test_a_spike_needs_more_than_the_threshold_and_a_refractory_neuron_stays_at_0() -> None:
    node = replace(CUBA, u_decay_q=numbers(4096), refractory=3)
    run = run_one(node, 9, 1, 9, 9, 9, 1)
    # 576 is not above 576; 640 is; then two steps at 0; then 576 and 640 again.
    assert run.states["n"].ravel().tolist() == [576, 640, 0, 0, 576, 640]
    assert run.outputs["out"].ravel().tolist() == [0, 1, 0, 0, 0, 1]


def test_a_soft_reset_keeps_what_was_above_the_threshold() -> None:
    run = run_one(replace(CUBA, u_decay_q=numbers(4096), reset="subtract"), 10, 0, 0)
    assert run.states["n"].ravel().tolist() == [640, 64, 64]


def test_a_periodic_reset_ends_a_refractory_time() -> None:
    node = replace(CUBA, u_decay_q=numbers(4096), refractory=9, reset_period=3, reset_phase=2)
    run = run_one(node, 10, 10, 10, 10)
    assert run.outputs["out"].ravel().tolist() == [1, 0, 1, 0]


def test_recurrent_spikes_arrive_one_step_later() -> None:
    node = replace(CUBA, u_decay_q=numbers(4096), recurrent_q=np.array([[-4]], np.int8))
    run = run_one(node, 10, 5, 5)
    assert run.states[current_name("n")].ravel().tolist() == [640, 64, 320]


def test_a_register_of_40_bits_is_exact() -> None:
    node = s.SpikeNILIF(
        name="n", inputs=("x",), max_spike=1, thresholds_q=np.array([[2**39]]),
        decay_q=np.array([4095], np.int32), reset_q=0, bits=40,
    )  # fmt: skip
    value = 2**38 + 12345
    run = run_one(node, value, 0)
    assert run.states["n"].ravel().tolist() == [value, (value * 4095 + 2048) // 4096]


@pytest.mark.slow
def test_every_value_and_register_of_random_graphs_equals_the_reference() -> None:
    cases = [random_graph(3, index) for index in range(40)]
    kinds = {type(node).__name__ for graph, _ in cases for node in graph}
    assert len(kinds) >= 20
    for (graph, inputs), found in zip(cases, run_brian2_many(cases), strict=True):
        assert isinstance(found, Run)
        expected = run_reference(graph, inputs)
        assert found.values.keys() == expected.values.keys()
        assert found.states.keys() == expected.states.keys()
        for kept, expected_kept in (
            (found.values, expected.values),
            (found.states, expected.states),
        ):
            for name, array in expected_kept.items():
                assert np.array_equal(kept[name], array), name


def test_without_keep_only_outputs_come_back() -> None:
    graph = graph_of(CUBA, 1, 0, 10)
    run = run_brian2(graph, {"x": column(10)}, keep=False)
    assert (run.backend, run.values, run.states) == ("brian2", {}, {})
    assert run.outputs["out"].ravel().tolist() == [1]


def test_the_target_of_code_generation_is_put_back() -> None:
    before = brian2.prefs.codegen.target
    run_one(CUBA, 1)
    assert brian2.prefs.codegen.target == before


NARROW: list[s.SpikeNode] = [
    replace(CUBA, bits=10),
    replace(CUBA, bits=10, v_decay_q=numbers(0), u_decay_q=numbers(4096)),
    s.SpikeCubaLI(
        name="n", inputs=("x",), u_decay_q=numbers(0), v_decay_q=numbers(0),
        bias_mant_q=numbers(0), bits=10,
    ),
    s.SpikeSigma(name="n", inputs=("x",), bits=4),
    s.SpikeDelta(name="n", inputs=("x",), threshold_q=numbers(0), bits=3),
    s.SpikeRelu(name="n", inputs=("x",), bias_q=numbers(0), bits=3),
    s.SpikeNILIF(
        name="n", inputs=("x",), max_spike=1, thresholds_q=np.array([[9]]),
        decay_q=np.full(2, 4096, np.int32), reset_q=0, bits=4,
    ),
]  # fmt: skip


@pytest.mark.parametrize("node", NARROW)
def test_an_overflow_is_told_as_by_the_reference(node: s.SpikeNode) -> None:
    with pytest.raises(OverflowBoundError, match="'n': needed a value within") as reference:
        evaluate_with_states(node, [column(5, 5, 5)])
    with pytest.raises(OverflowBoundError, match="'n': needed a value within") as found:
        run_one(node, 5, 5, 5)
    assert str(found.value) == str(reference.value)


def test_registers_too_wide_for_brian2_are_named_all_of_them() -> None:
    wide = replace(CUBA, bits=41)
    nodes = (*graph_of(wide, 1, 0, 1), replace(wide, name="m"))
    out = s.SpikeOutput(name="out2", inputs=("m",), scale=ONE, bias=np.zeros(1))
    with pytest.raises(ObstacleError, match="'n'.*41 bits.*'m'.*41 bits"):
        run_brian2(Graph("wide", (*nodes, out)), {"x": column(1)})


def test_an_input_that_float64_may_not_hold_is_refused() -> None:
    with pytest.raises(OverflowBoundError, match=r"input of 'n' in Brian2: needed .* 2\*\*46"):
        run_one(CUBA, 2**46)


def test_an_error_of_one_graph_leaves_the_others_alone() -> None:
    graph = graph_of(CUBA, 1, 0, 10)
    bad, good = run_brian2_many([(graph, {}), (graph, {"x": column(10)})])
    assert isinstance(bad, GraphError) and isinstance(good, Run)
    with pytest.raises(GraphError, match="input 'x'"):
        run_brian2(graph, {})
    assert isinstance(bad, SpiketrackError)


def test_without_brian2_the_backend_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "brian2", None)
    with pytest.raises(BackendUnavailable, match=r"the package brian2.*spiketrack\[brian2\]"):
        run_one(CUBA, 1)


def test_a_kernel_becomes_its_synapses() -> None:
    node = s.SpikeConv(
        name="c", inputs=("x",), weight_q=np.array([[[[3, 0, -1]]]], np.int8), weight_scale=ONE,
        padding=(0, 1),
    )  # fmt: skip
    found = synapses_of(node, (1, 2), 0, 1)
    # Output 0 sees input 1 through the last tap, output 1 sees input 0 through the first.
    assert [tuple(edge) for edge in zip(*found, strict=True)] == [(0, 1, 3), (1, 0, -1)]


def test_matrices_of_pool_and_upsampling_are_those_of_the_textbook() -> None:
    assert pool_matrix(4, 2).tolist() == [[1, 1, 0, 0], [0, 0, 1, 1]]
    assert bilinear_matrix(2, 2).tolist() == [[4, 0], [3, 1], [1, 3], [0, 4]]


def test_rescale_rounds_half_up_on_both_sides_of_zero() -> None:
    node = s.SpikeRescale(
        name="r", inputs=("x",), multiplier_q=np.array([1], np.int32),
        shift_q=np.array([1], np.int8), bias_q=np.array([10]), bits=8, scale=1.0,
    )  # fmt: skip
    assert rescale(node, column(-3, -1, 1, 3)).ravel().tolist() == [9, 10, 11, 12]


def test_a_neuron_is_no_stateless_node() -> None:
    with pytest.raises(TypeError, match="SpikeCubaLIF is not a stateless node"):
        evaluate(CUBA, [column(1)])


@pytest.mark.slow
def test_a_whole_tracking_network_equals_the_reference_in_every_value(t1: Tiny) -> None:
    graph = t1.model.graphs["search"]
    rng = np.random.default_rng(0)
    tops = {"image": 256, "memory": 60}
    inputs = {
        node.name: rng.integers(0, tops[node.signal], (node.shape[0], 1, *node.shape[1:]))
        for node in graph.inputs
        if isinstance(node, s.SpikeInput)
    }
    expected, found = run_reference(graph, inputs), run_brian2(graph, inputs)
    assert first_divergence(expected, found, graph) is None
    assert found.values.keys() == expected.values.keys()
    assert found.states.keys() == expected.states.keys()
    assert all(value.any() for value in expected.values.values())


def test_ctrl_c_means_what_it_meant_before_brian2_came() -> None:
    script = (
        "import signal\n"
        "from simulation.witness.brian2_engine import run_brian2_many\n"
        "run_brian2_many([])\n"
        "raise SystemExit(signal.getsignal(signal.SIGINT) is not signal.default_int_handler)\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=1800, cwd=ROOT)
