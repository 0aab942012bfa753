"""A part of a graph in a netx file: cut, lowered, read back, equal step by step."""

from pathlib import Path

import numpy as np
import pytest

from conversion.netx import NetxOptions, read_netx
from simulation.reference.engine import run_reference
from spiketrack.errors import GraphError, ObstacleError
from spiketrack.graph.model import Model
from spiketrack.graph.retime import retime
from spiketrack.graph.store import save_model
from spiketrack.pipeline.export import export_file
from spiketrack.pipeline.requests import ExportRequest
from tests.hardware.stock import chains
from tests.spiketrack.cli.run import run


@pytest.fixture
def stk(tmp_path: Path) -> Path:
    """One conv and one NI-LIF of four levels behind two channels, as a model."""
    graph = chains.single([[1, 2, 4, 6], [2, 3, 5, 9]], weight=[[1, 2], [3, -1]])
    save_model(tmp_path / "a.stk", Model({"single": graph}, {}))
    return tmp_path / "a.stk"


def test_the_lowered_file_read_back_gives_the_spikes_coded_as_told(stk: Path) -> None:
    net = stk.with_name("a.net")
    notes = export_file(stk, net, ExportRequest(ends=("in", "neuron"), lowering="thermometer"))
    assert notes[:4] == [
        "Only what lies between 'in' and 'neuron' is written",
        "Input: 2 channels of 0..4 become binary: channel k * 2 + c is 1 where c was more than k, "
        "else 0",
        "Output: add up the channels k * 2 + c, k = 0..3, to get c",
        "Output: it comes a step later for each layer of synapses, 1 in all",
    ]
    graph = chains.single([[1, 2, 4, 6], [2, 3, 5, 9]], weight=[[1, 2], [3, -1]])
    raw = chains.frames(graph, 0)["in"]
    ours = run_reference(graph, {"in": raw}).outputs["out"]
    binary = np.concatenate([raw > k for k in range(4)], axis=2).astype(np.int64)
    # The one step that synapses take: a second, empty frame pushes the first one out.
    shown = np.concatenate([binary, np.zeros_like(binary)])
    again = retime(read_netx(net, options=NetxOptions(input_shape=(8, 2, 3))), 2)
    (made,) = run_reference(again, {again.inputs[0].name: shown}).outputs.values()
    assert np.array_equal(made[1:].reshape(1, 2, 4, 2, 2, 3).sum(axis=2), ours) and ours.any()


def test_a_segment_alone_is_written_as_it_is_or_its_obstacles_are_listed(stk: Path) -> None:
    net = stk.with_name("a.net")
    with pytest.raises(ObstacleError, match="neuron"):
        export_file(stk, net, ExportRequest(ends=("in", "neuron")))
    with pytest.raises(GraphError, match="no 'nowhere'"):
        export_file(stk, net, ExportRequest(ends=("in", "nowhere")))
    with pytest.raises(ObstacleError, match="segments and lowering are for integer graphs"):
        export_file(stk, stk.with_name("a.nir"), ExportRequest(lowering="thermometer"))
    assert not net.exists()


def test_the_command_takes_both_and_refuses_what_is_no_segment(stk: Path) -> None:
    net = stk.with_name("b.net")
    asked = ["export", stk, "-o", net, "--lowering", "thermometer", "--segment"]
    done = run(*asked, "in:neuron")
    assert done.code == 0 and net.exists() and "to get c" in done.out
    assert run(*asked, "in").code == 2 and "FIRST:LAST" in run(*asked, "in").err
    done = run("export", stk, "-o", stk.with_name("a.nir"), "--segment", "in:neuron")
    assert done.code == 2 and "--output" in done.err
