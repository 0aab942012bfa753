"""NIR: a tiny executor that knows only NIR's semantics computes the spikes of the float graph."""

from pathlib import Path

import nir
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from conversion.to_nir import write_nir
from simulation.floats.engine import run_float
from spiketrack.graph.checks import Array
from tests.conversion.nir_graphs import stateful, stateless

Values = dict[str, Array]


def execute(graph: nir.NIRGraph, inputs: Values) -> Values:
    """One step: the value of every node, (C, H, W) float32; several in-edges are summed."""
    values: Values = {name: x.astype(np.float32) for name, x in inputs.items()}
    sources = {name: [a for a, b in graph.edges if b == name] for name in graph.nodes}
    while len(values) < len(graph.nodes):
        for name, node in graph.nodes.items():
            if name not in values and sources[name] and set(sources[name]) <= set(values):
                total = np.sum([values[source] for source in sources[name]], axis=0)
                values[name] = apply(node, total.astype(np.float32))
    return values


def apply(node: nir.NIRNode, x: Array) -> Array:
    """What the NIR paper says a primitive computes."""
    if isinstance(node, nir.Output):
        return x
    if isinstance(node, nir.Scale):
        return np.asarray(x * node.scale, np.float32)
    if isinstance(node, nir.Threshold):
        return np.asarray(x > node.threshold, np.float32)
    image = torch.from_numpy(x)[None]
    if isinstance(node, nir.AvgPool2d):
        return np.asarray(functional.avg_pool2d(image, int(node.kernel_size[0]))[0])
    if not isinstance(node, nir.Conv2d):
        raise TypeError(type(node).__name__)
    weight, bias = (torch.from_numpy(np.float32(a)) for a in (node.weight, node.bias))
    stride, padding, dilation = (
        (int(pair[0]), int(pair[1])) for pair in (node.stride, node.padding, node.dilation)
    )
    groups = int(node.groups)
    y: Tensor = functional.conv2d(image, weight, bias, stride, padding, dilation, groups)
    return np.asarray(y[0])


def half_steps(shape: tuple[int, ...]) -> Array:
    """Multiples of 1/2, so that thresholds are hit exactly."""
    return np.random.default_rng(0).integers(-6, 10, shape) / 2


def test_stock_semantics_give_the_spikes_of_the_float_graph(tmp_path: Path) -> None:
    graph = stateless()
    write_nir(graph, tmp_path / "g.nir")
    read = nir.read(tmp_path / "g.nir")
    image = half_steps((2, 8, 8))
    table = read.nodes["pos#table"].metadata["table"]
    values = execute(read, {"image": image, "pos#table": table[0]})
    run = run_float(graph, {"image": image[None, None].astype(np.float32)})
    for name in ("spikes.0", "spikes.1", "map"):
        assert np.array_equal(values[name], run.outputs[name][0, 0]), name
    assert set(np.unique(values["spikes.0"])) == {0, 1, 2, 3, 4}


def test_a_neuron_with_state_runs_when_the_carry_is_fed_as_the_notes_say(tmp_path: Path) -> None:
    graph = stateful()
    write_nir(graph, tmp_path / "g.nir")
    read = nir.read(tmp_path / "g.nir")
    drive = half_steps((3, 2, 4, 4))
    decay = read.nodes["spike#1"].metadata["decay"]
    carry, spikes = np.zeros((2, 4, 4)), []
    for t in range(3):
        values = execute(read, {"drive": drive[t], "spike#carry": carry})
        spikes.append(values["out"])
        carry = (values["spike#membrane"] - values["out"] / 4) * decay[t]
    run = run_float(graph, {"drive": drive[:, None].astype(np.float32)})
    assert np.array_equal(np.stack(spikes), run.outputs["out"][:, 0])
