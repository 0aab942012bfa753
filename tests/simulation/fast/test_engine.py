"""The fast engine equals the reference bit for bit, on every node, fused or not."""

from collections.abc import Collection

import numpy as np
import pytest
from hypothesis import given, settings
from numpy.typing import NDArray

from simulation.fast.conv import int8_is_exact
from simulation.fast.engine import FastEngine
from simulation.reference.engine import run_reference
from simulation.run import Run
from spiketrack.errors import GraphError, OverflowBoundError
from spiketrack.graph import spike_nodes as s
from spiketrack.graph.graph import Graph
from tests.strategies import Case, random_spike_graph, spike_graphs

N_GRAPHS, N_CHUNKS = 200, 8


def case(seed: int) -> Case:
    """Random graph number `seed`, batch 1 and 2 in turn."""
    return random_spike_graph(np.random.default_rng(seed), batch=1 + seed % 2)


def require_same(found: Run, expected: Run, names: Collection[str]) -> None:
    for name in names:
        assert found.values[name].dtype == np.int64
        assert np.array_equal(found.values[name], expected.values[name]), name


@pytest.mark.slow
@pytest.mark.parametrize("chunk", range(N_CHUNKS))
def test_every_value_and_membrane_of_random_graphs_equals_the_reference(chunk: int) -> None:
    for seed in range(chunk, N_GRAPHS, N_CHUNKS):
        graph, inputs = case(seed)
        expected = run_reference(graph, inputs)
        found = FastEngine(graph).run(inputs, keep_all=True)
        assert list(found.values) == [node.name for node in graph]
        require_same(found, expected, expected.values)
        assert found.states.keys() == expected.states.keys()
        for name, state in expected.states.items():
            assert np.array_equal(found.states[name], state), (seed, name)


@pytest.mark.slow
@pytest.mark.parametrize("options", [{}, {"fuse": False}, {"int8": False}])
def test_fused_and_single_steps_give_the_same_outputs_and_spikes(options: dict[str, bool]) -> None:
    for seed in range(300, 340):
        graph, inputs = case(seed)
        expected = run_reference(graph, inputs)
        engine = FastEngine(graph, **options)
        outputs = engine.run(inputs).outputs
        assert outputs.keys() == expected.outputs.keys()
        assert all(np.array_equal(outputs[name], expected.outputs[name]) for name in outputs)
        neurons = [node.name for node in graph if isinstance(node, s.SpikeNILIF)]
        found = engine.run(inputs, keep=neurons)
        assert found.values.keys() == set(neurons)
        require_same(found, expected, neurons)


@pytest.mark.slow
@settings(max_examples=40)
@given(spike_graphs())
def test_any_graph_equals_the_reference(drawn: Case) -> None:
    graph, inputs = drawn
    expected, found = run_reference(graph, inputs), FastEngine(graph).run(inputs)
    assert found.backend == "fast"
    for name, output in expected.outputs.items():
        assert np.array_equal(found.outputs[name], output)


def test_a_plan_fuses_and_runs_again_on_other_batches() -> None:
    graph, one = case(2)
    engine = FastEngine(graph)
    plan = engine.plan(frozenset())
    for batch in (1, 3, 2, 3):
        # (T, B, C, H, W): every sample another one, within the range of the first.
        inputs = {
            name: np.concatenate([np.roll(value[:, :1], k, axis=-1) for k in range(batch)], axis=1)
            for name, value in one.items()
        }
        expected, found = run_reference(graph, inputs).outputs, engine.run(inputs).outputs
        assert {value.shape[1] for value in found.values()} == {batch}
        assert all(np.array_equal(found[name], expected[name]) for name in expected)
    assert engine.plan(frozenset()) is plan


def residual_graph() -> Graph[s.SpikeNode]:
    """Image -> conv -> neuron -> conv -> rescale -> add(rescaled image conv) -> neuron -> out."""
    rng = np.random.default_rng(5)
    weight = rng.integers(-127, 128, (8, 3, 3, 3)).astype(np.int8)
    inner = rng.integers(-127, 128, (8, 8, 3, 3)).astype(np.int8)
    levels = np.array([[-900, 200, 1300, 2400]], np.int64)
    one, zero = np.ones(1), np.zeros(1)

    def conv(name: str, source: str, kernel: NDArray[np.int8]) -> s.SpikeConv:
        return s.SpikeConv(
            name=name, inputs=(source,), weight_q=kernel, weight_scale=np.ones(8), padding=(1, 1)
        )

    def rescale(name: str, source: str) -> s.SpikeRescale:
        return s.SpikeRescale(
            name=name,
            inputs=(source,),
            multiplier_q=np.array([40000], np.int32),
            shift_q=np.array([18], np.int8),
            bias_q=np.array([7], np.int64),
            bits=24,
            scale=1.0,
        )

    def neuron(name: str, source: str) -> s.SpikeNILIF:
        return s.SpikeNILIF(
            name=name,
            inputs=(source,),
            max_spike=4,
            thresholds_q=levels,
            decay_q=np.zeros(0, np.int32),
            reset_q=0,
            bits=24,
        )

    offset = np.array([124, 116, 104], np.int32)
    nodes: list[s.SpikeNode] = [
        s.SpikeInput(
            name="image",
            shape=(1, 3, 8, 8),
            signal="image",
            low=-124,
            high=151,
            scale=1.0,
            offset_q=offset,
        ),
        conv("c1", "image", weight),
        rescale("stream", "c1"),
        neuron("n1", "stream"),
        conv("c2", "n1", inner),
        neuron("n2", "c2"),
        conv("c3", "n2", inner),
        rescale("r", "c3"),
        s.SpikeAdd(name="sum", inputs=("stream", "r"), bits=24, scale=1.0),
        neuron("n3", "sum"),
        s.SpikeOutput(name="spikes", inputs=("n3",), scale=one, bias=zero),
        s.SpikeOutput(name="left", inputs=("sum",), scale=one, bias=zero),
    ]
    return Graph("residual", tuple(nodes))


def image(batch: int = 1) -> NDArray[np.int64]:
    return np.random.default_rng(6).integers(0, 256, (1, batch, 3, 8, 8))


@pytest.mark.skipif(not int8_is_exact(4), reason="no exact int8 convolution on this machine")
def test_a_residual_block_becomes_four_fused_steps() -> None:
    graph = residual_graph()
    steps = [step.nodes for step in FastEngine(graph).plan(frozenset())]
    assert steps[:5] == [("c1",), ("stream", "n1"), ("c2", "n2"), ("c3",), ("r", "sum", "n3")]
    assert [step.nodes for step in FastEngine(graph, fuse=False).plan(frozenset())][:2] == [
        ("c1",),
        ("stream",),
    ]


def test_a_residual_block_equals_the_reference() -> None:
    graph = residual_graph()
    expected = run_reference(graph, {"image": image(2)})
    assert 0 < expected.values["n3"].mean() < 4
    for options in ({}, {"fuse": False}, {"int8": False}):
        engine = FastEngine(graph, **options)
        require_same(engine.run({"image": image(2)}, keep_all=True), expected, expected.values)
        outputs = engine.run({"image": image(2)}).outputs
        assert np.array_equal(outputs["left"], expected.outputs["left"])
        assert np.array_equal(outputs["spikes"], expected.outputs["spikes"])


class Recorder:
    def __init__(self, *names: str) -> None:
        self.watched = frozenset(names)
        self.seen: dict[str, NDArray[np.generic]] = {}

    def add(self, name: str, array: NDArray[np.generic]) -> None:
        self.seen[name] = array


def test_an_observer_sees_channels_last_spikes_and_integers() -> None:
    graph, recorder = residual_graph(), Recorder("image", "n1", "n2", "c3")
    expected = run_reference(graph, {"image": image()})
    result = FastEngine(graph).run({"image": image()}, observer=recorder)
    assert result.values == {}
    assert recorder.seen.keys() == recorder.watched
    assert recorder.seen["n2"].dtype == np.uint8
    for name, array in recorder.seen.items():
        assert array.dtype.kind in "iu"
        assert np.array_equal(array.transpose(0, 1, 4, 2, 3), expected.values[name])


def test_an_observer_sees_a_memory_in_its_own_order() -> None:
    memory = s.SpikeInput(
        name="m",
        shape=(1, 2, 3, 4),
        signal="memory",
        low=0,
        high=9,
        scale=1.0,
        offset_q=np.zeros(2, np.int32),
    )
    out = s.SpikeOutput(name="y", inputs=("m",), scale=np.ones(1), bias=np.zeros(1))
    value = np.random.default_rng(0).integers(0, 10, (1, 2, 2, 3, 4))
    recorder = Recorder("m")
    result = FastEngine(Graph("g", (memory, out))).run({"m": value}, observer=recorder)
    assert np.array_equal(recorder.seen["m"], value)
    assert np.array_equal(result.outputs["y"], value)


def narrow(bits: int) -> Graph[s.SpikeNode]:
    x = s.SpikeInput(
        name="x",
        shape=(1, 1, 1, 2),
        signal="spikes",
        low=0,
        high=200,
        scale=1.0,
        offset_q=np.zeros(1, np.int32),
    )
    add = s.SpikeAdd(name="a", inputs=("x", "x"), bits=bits, scale=1.0)
    out = s.SpikeOutput(name="y", inputs=("a",), scale=np.ones(1), bias=np.zeros(1))
    return Graph("narrow", (x, add, out))


def test_a_width_that_is_not_proved_is_checked_while_running() -> None:
    engine = FastEngine(narrow(bits=9))
    small, large = np.full((1, 1, 1, 1, 2), 100), np.full((1, 1, 1, 1, 2), 200)
    assert engine.run({"x": small}).outputs["y"].max() == 200
    with pytest.raises(OverflowBoundError, match=r"stream 'a'.*within 9 bits signed.*400"):
        engine.run({"x": large})


def test_wrong_inputs_raise_as_in_the_reference() -> None:
    engine = FastEngine(narrow(bits=10))
    with pytest.raises(OverflowBoundError, match=r"input 'x'.*values in 0\.\.200.*201"):
        engine.run({"x": np.full((1, 1, 1, 1, 2), 201)})
    with pytest.raises(GraphError, match="input 'x'.*an array"):
        engine.run({})
    with pytest.raises(GraphError, match="input 'x'.*float64"):
        engine.run({"x": np.zeros((1, 1, 1, 1, 2))})


def test_keeping_an_unknown_value_raises() -> None:
    with pytest.raises(GraphError, match="graph 'narrow'.*a node named 'z'"):
        FastEngine(narrow(bits=10)).run({"x": np.zeros((1, 1, 1, 1, 2), int)}, keep=["z"])
