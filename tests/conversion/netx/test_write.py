"""Graph -> `.net` -> graph: exact, or refused with every reason."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from conversion.netx import NetxOptions, read_netx, write_netx
from simulation.reference.engine import run_reference
from spiketrack.errors import ObstacleError, StoreError
from spiketrack.graph import spike_nodes as s
from spiketrack.graph import structural_nodes as m
from spiketrack.graph.graph import Graph
from tests.conversion.netx.net_files import cuba, layer, net_file, sdnn
from tests.conversion.netx.netx_graphs import chain, contents, conv, lif, one, output, spikes, wire


def _again(graph: Graph[s.SpikeNode], path: Path, **options: Any) -> Graph[s.SpikeNode]:
    chosen = NetxOptions(**options)
    write_netx(graph, path, options=chosen)
    return read_netx(path, options=chosen)


@pytest.mark.parametrize("seed", range(5))
def test_a_chain_comes_back_as_the_same_graph(seed: int, tmp_path: Path) -> None:
    graph = chain(seed)
    assert contents(_again(graph, tmp_path / "x.net")) == contents(graph)


def test_a_reset_comes_back_if_the_reader_is_told_what_the_writer_was(tmp_path: Path) -> None:
    hidden = layer("dense", weight=np.eye(2) * 4, shape=[2, 1, 1], neuron=cuba())
    path = net_file(tmp_path, layer("input", shape=[2]), hidden, hidden)
    graph = read_netx(path, options=NetxOptions(reset_interval=7, reset_offset=3))
    again = _again(graph, tmp_path / "x.net", reset_interval=7, reset_offset=3)
    assert contents(again) == contents(graph)
    with pytest.raises(ObstacleError, match="reset_interval and reset_offset"):
        write_netx(graph, tmp_path / "y.net")


FILES: dict[str, tuple[dict[str, object], ...]] = {
    "sigma-delta": (
        layer("input", shape=[2, 4, 4], weight=16.0, neuron=sdnn(threshold=0)),
        layer("conv", weight=np.ones((3, 2, 3, 3)), bias=[2.0, 0, -4], shape=[3, 2, 2],
              neuron=sdnn(threshold=5)),
        layer("flatten", shape=[12, 1, 1]),
        layer("dense", weight=np.full((1, 12), 200.0), shape=[1], neuron=sdnn(output=True)),
    ),
    "a biased input and a mean": (
        layer("input", shape=[4], weight=40.0, bias=-36.0, neuron=cuba()),
        layer("dense", weight=np.full((6, 4), -2.0), shape=[6, 1, 1], neuron=cuba()),
        layer("average", shape=[3, 1, 1]),
    ),
    "a readout and delays per input": (
        layer("input", shape=[3, 1, 1]),
        layer("dense", weight=np.full((2, 3), 3.0), shape=[2], delay=[0.0, 1, 62], neuron=cuba()),
        layer("dense", weight=np.full((2, 2), 4.0), shape=[2], bias=[1.0, 2],
              neuron=cuba(threshold=(1 << 18) - 1)),
    ),
    "a bias per neuron": (
        layer("input", shape=[1, 3, 2]),
        layer("conv", weight=np.ones((2, 1, 1, 1)), shape=[2, 3, 2], neuron=cuba(),
              bias=np.arange(12).reshape(2, 3, 2)),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", FILES)
def test_a_graph_that_came_from_a_file_comes_back_as_it_is(case: str, tmp_path: Path) -> None:
    graph = read_netx(net_file(tmp_path, *FILES[case]))
    assert contents(_again(graph, tmp_path / "again.net")) == contents(graph)


def test_names_and_exponents_change_but_no_spike(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    nodes: list[s.SpikeNode] = [
        spikes((20, 3, 1, 1), "events"),
        wire("w", "events"),
        conv("c", "w", 4 * rng.integers(-9, 12, (5, 3, 1, 1))),
        lif("n", "c", weight_exp=-1, bias_mant_q=one(3), bias_exp=7, threshold_q=one(15)),
        output("n"),
    ]
    graph = Graph("mine", tuple(nodes))
    again = _again(graph, tmp_path / "x.net", n_steps=20)
    raw = rng.integers(0, 2, (20, 2, 3, 1, 1))
    ours, theirs = (run_reference(g, {g.inputs[0].name: raw}) for g in (graph, again))
    assert (ours.outputs["output"] == theirs.outputs["output"]).all()
    assert ours.outputs["output"].sum() > 20


def _changed(name: str, **fields: Any) -> Graph[s.SpikeNode]:
    graph = chain(0)
    nodes = [replace(n, **fields) if n.name == name else n for n in graph]
    return Graph("netx", tuple(nodes))


def _rows(values: Any, dtype: Any = np.int32) -> Any:
    return np.asarray(values, dtype).reshape(-1, 1, 1)


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("1.lif", {"reset": "subtract"}, "subtractive"),
    ("1.lif", {"refractory": 3}, "refractory"),
    ("1.lif", {"bits": 20}, "20 bits"),
    ("1.lif", {"threshold_q": _rows([1, 2, 3, 4])}, "thresholds that differ"),
    ("1.lif", {"v_decay_q": _rows([1, 2, 3, 4])}, "v_decay_q that differ"),
    ("1.lif", {"bias_mant_q": one(1), "bias_exp": 5}, "no multiple of 64"),
    ("1.lif", {"weight_exp": 3}, "odd or large"),
    ("1.wire", {"steps_q": one(2)}, "a wire of 2 steps"),
    ("1.wire", {"steps_q": one(0)}, "a synapse without delay"),
    ("3.delay", {"steps_q": one(63)}, "beyond 62"),
    ("3.lif", {"bias_mant_q": one(1)}, "puts before it"),
    ("4.wire", {"steps_q": _rows(range(1, 13))}, "of a recurrent layer"),
    ("3.wire", {"steps_q": _rows(range(1, 37))}, "delays per input"),
    ("0.input", {"high": 3}, "the format takes 0..1"),
    ("0.input", {"offset_q": np.array([1, 2], np.int32)}, "offsets that differ"),
    ("3.dense", {"weight_q": np.zeros((12, 36, 1, 1), np.int8)}, "all 0"),
]


@pytest.mark.parametrize(("name", "fields", "message"), REFUSED)
def test_what_the_format_cannot_say_is_refused(
    name: str, fields: dict[str, Any], message: str, tmp_path: Path
) -> None:
    with pytest.raises(ObstacleError, match=message):
        write_netx(_changed(name, **fields), tmp_path / "x.net")
    assert not list(tmp_path.iterdir())


def test_all_obstacles_of_a_branching_graph_are_listed_at_once(tmp_path: Path) -> None:
    nilif = s.SpikeNILIF(
        name="ni", inputs=("c",), max_spike=1, thresholds_q=np.array([[3]]),
        decay_q=np.zeros(0, np.int32), reset_q=0, bits=24,
    )  # fmt: skip
    nodes: list[s.SpikeNode] = [
        spikes((1, 2, 1, 1)),
        wire("w", "0.input"),
        conv("c", "w", np.ones((2, 2, 1, 1))),
        nilif,
        lif("l", "c", reset="subtract"),
        s.SpikeAdd(name="sum", inputs=("ni", "l"), bits=24, scale=1.0),
        output("sum"),
    ]
    with pytest.raises(ObstacleError, match="thermometer LIFs") as caught:
        write_netx(Graph("g", tuple(nodes)), tmp_path / "x.net")
    assert [o.node for o in caught.value.obstacles] == ["c", "ni", "sum", "l"]


@pytest.mark.parametrize(
    ("nodes", "message"),
    [
        ([conv("c", "0.input", np.ones((2, 2, 1, 1))), lif("l", "c")], "put a Delay of 1 before"),
        ([lif("l", "0.input")], "an input that stays in u"),
        ([wire("w", "0.input"), conv("l", "w", np.ones((2, 2, 1, 1)))], "without a neuron"),
        ([lif("k", "0.input", u_decay_q=one(4096)), wire("l", "k")], "delay the data"),
        (
            [m.Flatten(name="f", inputs=("0.input",)), wire("w", "f"),
             conv("c", "w", np.ones((2, 2, 3, 3)), padding=(1, 1)), lif("l", "c")],
            "a conv on a flat value",
        ),
        (
            [wire("w", "0.input"), conv("c", "w", np.ones((2, 2, 1, 1))),
             s.SpikeSigma(name="s", inputs=("c",)),
             s.SpikeRelu(name="l", inputs=("s",), bias_q=one(1), shift=1)],
            "a relu without a delta",
        ),
    ],
)  # fmt: skip
def test_nodes_at_other_places_are_refused(
    nodes: list[s.SpikeNode], message: str, tmp_path: Path
) -> None:
    graph = Graph("g", (spikes((1, 2, 1, 1)), *nodes, output("l" if len(nodes) else "")))
    with pytest.raises(ObstacleError, match=message):
        write_netx(graph, tmp_path / "x.net")


def test_a_folder_that_is_not_there_is_a_store_error(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="a place that can be written"):
        write_netx(chain(0), tmp_path / "none" / "x.net")
