"""A bias behind synapses becomes their own; the recurrent layer of a NIR file loses less by it."""

import gzip
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from calibration.quantise import quantise_network
from conversion.from_nir import read_nir
from conversion.nir_options import NirOptions
from conversion.passes import fold_bias
from simulation.floats.engine import run_float
from simulation.reference.engine import run_reference
from spiketrack.graph import float_nodes as f
from spiketrack.graph.float_nodes import FloatNode
from spiketrack.graph.graph import Graph
from spiketrack.graph.retime import retime
from tests.calibration.small_neurons import dense, entry, graph, lif, out

PAPER = Path(__file__).resolve().parents[1] / "golden" / "nir_paper"


def bias(name: str, source: str, table: Any) -> f.FloatBias:
    return f.FloatBias(name=name, inputs=(source,), table=np.array(table, np.float64))


def column(*values: float) -> Any:
    return np.array(values).reshape(1, -1, 1, 1)


def test_biases_one_after_the_other_are_added_to_the_synapses() -> None:
    folded = fold_bias(
        graph(
            entry(), dense("c", "x", [[1.0, 2.0]], 0.5), bias("b", "c", column(2.0)),
            bias("d", "b", column(-1.25)), lif("n", "d"), out("n"),
        )
    )  # fmt: skip
    assert [node.name for node in folded] == ["x", "c", "n", "out"]
    conv, neuron = folded["c"], folded["n"]
    assert isinstance(conv, f.FloatConv) and conv.bias.tolist() == [1.25]
    assert neuron.inputs == ("c",)


def test_a_bias_stays_where_others_read_the_synapses_or_it_differs_by_position_or_step() -> None:
    synapses = entry(grid=(1, 2)), dense("c", "x", [[1.0, 2.0]])
    by_place = graph(*synapses, bias("b", "c", [[[[1.0, 2.0]]]]), lif("n", "b"), out("n"))
    assert len(fold_bias(by_place)) == len(by_place)
    shared = graph(
        *synapses, bias("b", "c", [[[[1.0, 1.0]]]]), lif("n", "b"), out("n"), out("c", "seen")
    )
    assert len(fold_bias(shared)) == len(shared)
    alone = graph(*synapses, bias("b", "c", [[[[1.0, 1.0]]]]), lif("n", "b"), out("n"))
    assert len(fold_bias(alone)) == len(alone) - 1


def braille(folder: Path) -> Graph[FloatNode]:
    """The recurrent network of the NIR paper: 12-38-7, thresholds of 1, weights of up to 15."""
    path = folder / "x.nir"
    path.write_bytes(gzip.decompress((PAPER / "braille_zero.nir.gz").read_bytes()))
    return read_nir(path, options=NirOptions(dt=1e-4))


def plain_int8(source: Graph[FloatNode]) -> Graph[FloatNode]:
    """Weights of every neuron in 127 steps of its largest, all else as it is."""
    made: dict[str, FloatNode] = {}
    for conv, neuron in (("fc1", "lif1.lif"), ("fc2", "lif2")):
        layer, cell = source[conv], source[neuron]
        assert isinstance(layer, f.FloatConv) and isinstance(cell, f.FloatCubaLIF)
        n = layer.weight.shape[1]
        rows = layer.weight.reshape(len(layer.weight), -1)
        rows = np.concatenate([rows, cell.recurrent], axis=1) if cell.recurrent.size else rows
        step = np.abs(rows).max(axis=1, keepdims=True) / 127
        rows = np.rint(rows / step) * step
        made[conv] = replace(layer, weight=rows[:, :n].reshape(layer.weight.shape).copy())
        if cell.recurrent.size:
            made[neuron] = replace(cell, recurrent=rows[:, n:].copy())
    return Graph(source.name, tuple(made.get(node.name, node) for node in source))


def test_a_recurrent_layer_with_a_bias_loses_no_more_than_plain_int8_weights(
    tmp_path: Path,
) -> None:
    source = braille(tmp_path)
    x = (np.random.default_rng(1).random((256, 8, 12, 1, 1)) < 0.05).astype(np.int64)

    def spikes(of: Graph[FloatNode]) -> dict[str, Any]:
        return run_float(
            retime(of, 256), {"input": x.astype(np.float64)}, dtype=torch.float64
        ).values

    real, plain = spikes(source), spikes(plain_int8(source))
    ours = run_reference(quantise_network(source).retimed(256).graph, {"input": x}).values
    for name, allowed in (("lif1.lif", 1.1), ("lif2", 1.1)):
        differing = int((ours[name] != real[name]).sum())
        assert 0 < differing <= allowed * int((plain[name] != real[name]).sum()), name
