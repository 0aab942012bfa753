"""The float engine: the neuron by hand, forced values, observers and refusals."""

from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from simulation.floats.engine import _FloatRun, run_float
from spiketrack.errors import GraphError
from spiketrack.graph import float_nodes as f
from spiketrack.graph import structural_nodes as m
from spiketrack.graph.float_nodes import FloatNode
from spiketrack.graph.graph import Graph
from spiketrack.network.neuron import NILIF


def entry(*shape: int, name: str = "x", signal: Any = "image") -> f.FloatInput:
    t, c, h, w = shape
    return f.FloatInput(name=name, shape=(t, c, h, w), signal=signal)


def out(source: str, name: str = "out") -> f.FloatOutput:
    return f.FloatOutput(name=name, inputs=(source,))


def neuron(decay: list[float]) -> f.FloatNILIF:
    return f.FloatNILIF(name="n", inputs=("x",), max_spike=4, decay=np.array(decay))


def graph(*nodes: FloatNode) -> Graph[FloatNode]:
    return Graph("g", nodes)


def test_a_neuron_by_hand() -> None:
    g = graph(entry(3, 1, 1, 1), neuron([0.5, 0.25]), out("n"))
    run = run_float(g, {"x": np.array([2.5, 1.0, -0.5]).reshape(3, 1, 1, 1, 1)})
    # U0 = 2.5 -> 2 (even); U1 = (2.5 - 2/4) / 2 + 1 = 2 -> 2; U2 = (2 - 2/4) / 4 - 0.5 = -0.125
    assert run.states["n"].ravel().tolist() == [2.5, 2.0, -0.125]
    assert run.values["n"].ravel().tolist() == [2, 2, 0]
    assert run.values["n"].dtype == np.uint8 and run.backend == "float"


def test_a_neuron_equals_the_networks_bit_for_bit() -> None:
    layer = NILIF()
    torch.manual_seed(0)
    layer.decay.data = torch.randn(3)
    x = 3 * torch.randn(4, 2, 3, 8, 8)
    decay = layer.decay.detach().sigmoid().double().tolist()
    run = run_float(graph(entry(4, 3, 8, 8), neuron(decay), out("n")), {"x": x})
    assert (run.values["n"] == layer.integer_spikes(layer(x)).numpy()).all()


def test_forced_values_replace_what_a_node_computes() -> None:
    g = graph(entry(1, 1, 1, 1), neuron([]), f.FloatScale(name="s", inputs=("n",), factor=0.25),
              out("s"))  # fmt: skip
    x = {"x": np.full((1, 1, 1, 1, 1), 1.0)}
    assert run_float(g, x).outputs["out"].item() == 0.25
    forced = {"n": np.full((1, 1, 1, 1, 1), 3)}
    assert run_float(g, x, forced=forced).outputs["out"].item() == 0.75


class Watch:
    watched = frozenset({"x", "n", "m"})

    def __init__(self) -> None:
        self.seen: dict[str, NDArray[Any]] = {}

    def add(self, name: str, array: NDArray[Any]) -> None:
        self.seen[name] = array


def test_an_observer_is_shown_values_channels_last_and_memories_as_they_are() -> None:
    k = entry(1, 2, 3, 5, name="k", signal="spikes")
    write = f.FloatMemoryWrite(name="m", inputs=("n", "k"), heads=2)
    g = graph(entry(1, 2, 3, 5), k, neuron([]), write, out("m"))
    x, spikes = np.random.default_rng(0).uniform(-2, 6, (2, 1, 3, 2, 3, 5))
    watch = Watch()
    run = run_float(g, {"x": x, "k": np.rint(spikes)}, keep=False, observer=watch)
    assert not run.values and not run.states
    assert watch.seen["x"].shape == watch.seen["n"].shape == (1, 3, 3, 5, 2)
    assert watch.seen["n"].dtype == np.uint8 and watch.seen["m"].shape == (1, 3, 2, 1, 1)
    kept = run_float(g, {"x": x, "k": np.rint(spikes)})
    assert (kept.values["n"].transpose(0, 1, 3, 4, 2) == watch.seen["n"]).all()
    assert (kept.outputs["out"] == watch.seen["m"]).all()


def test_an_observer_sees_a_repeated_memory_in_the_order_of_a_memory_s_axes() -> None:
    memory = entry(1, 2, 3, 5, name="k", signal="memory")
    g = graph(memory, m.Repeat(name="m", inputs=("k",), n_steps=4), out("m"))
    watch = Watch()
    value = np.arange(30).reshape(1, 1, 2, 3, 5)
    run_float(g, {"k": value}, observer=watch)
    assert np.array_equal(watch.seen["m"], np.repeat(value, 4, axis=0))


def test_a_missing_input_is_named() -> None:
    g = graph(entry(1, 1, 2, 2), neuron([]), out("n"))
    with pytest.raises(GraphError, match="input 'x' of graph 'g': needed an array, found nothing"):
        run_float(g, {})


@pytest.mark.parametrize("shape", [(1, 1, 1, 2, 3), (1, 1, 2, 2), (2, 1, 1, 2, 2)])
def test_an_input_of_another_shape_is_refused(shape: tuple[int, ...]) -> None:
    g = graph(entry(1, 1, 2, 2), neuron([]), out("n"))
    message = r"input 'x': needed shape \(1, 1, 2, 2\) with a batch axis, found"
    with pytest.raises(GraphError, match=message):
        run_float(g, {"x": np.zeros(shape)})


def test_a_neuron_has_no_value_without_its_state() -> None:
    with pytest.raises(TypeError, match="FloatNILIF has no stateless value"):
        _FloatRun(torch.float32).evaluate(neuron([]), [torch.zeros(1, 1, 1, 1, 1)])
