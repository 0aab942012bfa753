"""NIR: neurons in continuous time become steps of dt by forward Euler, loops become recurrence."""

from pathlib import Path
from typing import Any

import nir
import numpy as np
import pytest
import torch

from conversion.from_nir import read_nir, read_nir_with_notes
from conversion.nir_options import NirOptions
from simulation.floats.engine import run_float
from spiketrack.graph import float_nodes as f
from spiketrack.graph.checks import Array
from spiketrack.graph.graph import Graph
from tests.conversion.nir_files import chain, column, lif, save

TWO = (2,)


def only(graph: Graph[f.FloatNode], kind: Any) -> Any:
    """The one node of a type."""
    (node,) = (node for node in graph if isinstance(node, kind))
    return node


def run(graph: Graph[f.FloatNode], drive: Array) -> Array:
    """The only output (T, C) for inputs (T, C)."""
    x = drive.reshape(*drive.shape[:1], 1, -1, 1, 1)
    (y,) = run_float(graph, {graph.inputs[0].name: x}, dtype=torch.float64).outputs.values()
    return y.reshape(len(drive), -1)


def test_a_lif_is_discretised_by_forward_euler(tmp_path: Path) -> None:
    node = lif(tau=1e-3, r=3.0, v_leak=0.5, v_threshold=2.0, v_reset=-0.25)
    cuba = only(read_nir(chain(tmp_path / "x.nir", node, shape=TWO)), f.FloatCubaLIF)
    # dt / tau = 1e-4 / 1e-3 = 0.1
    assert np.allclose(cuba.v_keep, 1 - 0.1) and np.allclose(cuba.v_gain, 3.0 * 0.1)
    assert np.allclose(cuba.v_drive, 0.5 * 0.1)
    assert (cuba.u_keep == 0).all() and (cuba.u_gain == 1).all()
    assert (cuba.threshold == 2).all() and (cuba.v_reset == -0.25).all()
    assert cuba.reset == "value" and cuba.recurrent.shape == (0, 0)


def test_a_cuba_lif_has_a_synapse_of_its_own(tmp_path: Path) -> None:
    node = nir.CubaLIF(
        tau_syn=np.array([2e-4, 4e-4]), tau_mem=np.full(2, 1e-3), r=np.full(2, 5.0),
        v_leak=np.zeros(2), v_threshold=np.ones(2), w_in=np.array([2.0, 8.0]),
    )  # fmt: skip
    cuba = only(read_nir(chain(tmp_path / "x.nir", node, shape=TWO)), f.FloatCubaLIF)
    assert np.allclose(cuba.u_keep, column(1 - 1 / 2, 1 - 1 / 4))
    assert np.allclose(cuba.u_gain, column(2.0 / 2, 8.0 / 4))
    assert np.allclose(cuba.v_gain, 5.0 * 0.1)


def test_if_and_i_gain_r_times_dt(tmp_path: Path) -> None:
    nodes = (nir.IF(np.full(2, 3.0), np.ones(2)), nir.I(np.full(2, 2.0)))
    path = chain(tmp_path / "x.nir", *nodes, shape=TWO)
    read = read_nir_with_notes(path, options=NirOptions(dt=0.5))
    fires, sums = only(read.graph, f.FloatCubaLIF), only(read.graph, f.FloatCubaLI)
    assert (fires.v_gain == 1.5).all() and (fires.v_keep == 1).all()
    assert (sums.v_gain == 1.0).all() and (sums.v_keep == 1).all()
    assert any("dt = 1" in note for note in read.notes)


def test_leaky_integrators_never_fire(tmp_path: Path) -> None:
    two = np.ones(2)
    nodes = (nir.LI(1e-3 * two, two, two), nir.CubaLI(1e-3 * two, 2e-3 * two, two, two, 4 * two))
    graph = read_nir(chain(tmp_path / "x.nir", *nodes, shape=TWO))
    assert [type(node).__name__ for node in graph][1:3] == ["FloatCubaLI", "FloatCubaLI"]
    second = graph["n1"]
    assert isinstance(second, f.FloatCubaLI)
    assert np.allclose(second.u_gain, 4 * 0.1) and np.allclose(second.v_keep, 1 - 0.05)


def test_a_scalar_stands_for_all_neurons(tmp_path: Path) -> None:
    node = nir.LIF(*(np.array([x]) for x in (1e-3, 1.0, 0.0, 1.0)))
    graph = read_nir(chain(tmp_path / "x.nir", node))
    assert graph.shapes["n0"] == (1, 2, 4, 4)
    assert only(graph, f.FloatCubaLIF).v_keep.shape == (1, 1, 1)


def test_one_value_per_channel_is_laid_over_a_grid_and_said(tmp_path: Path) -> None:
    read = read_nir_with_notes(chain(tmp_path / "x.nir", lif(tau=np.array([1e-3, 2e-3]))))
    assert np.allclose(only(read.graph, f.FloatCubaLIF).v_keep, column(0.9, 0.95))
    assert "'n0': tau has one value per channel" in read.notes


def test_the_options_that_mattered_are_told(tmp_path: Path) -> None:
    path = chain(tmp_path / "x.nir", lif(v_reset=0.5), nir.Delay(np.full(2, 2e-3)), shape=TWO)
    read = read_nir_with_notes(path, options=NirOptions(dt=5e-4, reset="subtract", n_steps=7))
    assert read.notes == (
        "dt = 0.0005: one step, by forward Euler, of 1 Delay, 1 LIF",
        "reset = subtract: v loses v_threshold",
        "'n0': v_reset is not used, the threshold is subtracted",
    )
    cuba = only(read.graph, f.FloatCubaLIF)
    assert cuba.reset == "subtract" and not cuba.v_reset.any()
    assert read.graph.shapes["out"][0] == 7
    assert (read.graph["n1"].steps_q == 4).all()  # type: ignore[union-attr]


def test_a_step_longer_than_a_time_constant_is_told(tmp_path: Path) -> None:
    read = read_nir_with_notes(chain(tmp_path / "x.nir", lif(tau=6e-5), shape=TWO))
    assert any("tau of 6e-05 is shorter than dt" in note for note in read.notes)


def test_steps_without_time_need_no_dt(tmp_path: Path) -> None:
    read = read_nir_with_notes(chain(tmp_path / "x.nir", nir.Threshold(np.ones(2)), shape=TWO))
    assert read.notes == ()
    assert run(read.graph, np.array([[1.0, 1.5]])).tolist() == [[0, 1]]  # strict


WEIGHT = np.array([[0.0, 2.0], [-1.0, 0.0]])


@pytest.mark.parametrize("nested", [False, True])
@pytest.mark.parametrize("affine", [False, True])
def test_a_recurrent_pair_is_one_neuron(tmp_path: Path, nested: bool, affine: bool) -> None:
    bias = np.array([0.25, 0.5])
    way = nir.Affine(WEIGHT, bias) if affine else nir.Linear(WEIGHT)
    path = (_nested if nested else _flat)(tmp_path, lif(tau=1e-4), way)
    graph = read_nir(path, options=NirOptions(n_steps=4))
    cuba = only(graph, f.FloatCubaLIF)
    assert np.array_equal(cuba.recurrent, WEIGHT)
    assert [isinstance(node, f.FloatBias) for node in graph].count(True) == affine
    if affine:
        assert only(graph, f.FloatBias).table.ravel().tolist() == [0.25, 0.5]
    # tau = dt: v = input + WEIGHT @ s[t-1] + bias, spike where v > 1.
    drive, spikes, expected = np.array([[2.0, 0.0], [0, 2], [0, 0], [0, 0]]), np.zeros(2), []
    for x in drive:
        spikes = (x + WEIGHT @ spikes + bias * affine > 1).astype(float)
        expected.append(spikes)
    assert np.array_equal(run(graph, drive), expected)


def _flat(folder: Path, neuron: Any, way: Any) -> Path:
    edges = [("l.w", "l.lif"), ("in", "l.lif"), ("l.lif", "l.w"), ("l.lif", "out")]
    return save(folder / "x.nir", {"l.lif": neuron, "l.w": way}, edges, TWO)


def _nested(folder: Path, neuron: Any, way: Any) -> Path:
    ends = {"input": nir.Input(np.array(TWO)), "output": nir.Output(np.array(TWO))}
    edges = [("input", "lif"), ("lif", "w_rec"), ("w_rec", "lif"), ("lif", "output")]
    inner = nir.NIRGraph({**ends, "lif": neuron, "w_rec": way}, edges, type_check=False)
    return save(folder / "x.nir", {"l": inner}, [("in", "l"), ("l", "out")], TWO)


def test_several_ways_back_and_their_links_are_multiplied_out(tmp_path: Path) -> None:
    nodes = {
        "n": lif(), "w": nir.Affine(WEIGHT, np.array([1.0, 0.0])), "s": nir.Scale(np.full(2, 3.0)),
        "d": nir.Scale(np.array([0.5, 0.25])),
    }  # fmt: skip
    edges = [("in", "n"), ("n", "w"), ("w", "s"), ("s", "n"), ("n", "d"), ("d", "n"), ("n", "n")]
    graph = read_nir(save(tmp_path / "x.nir", nodes, [*edges, ("n", "out")], TWO))
    cuba, bias = only(graph, f.FloatCubaLIF), only(graph, f.FloatBias)
    assert np.array_equal(cuba.recurrent, 3 * WEIGHT + np.diag([0.5, 0.25]) + np.eye(2))
    assert bias.table.ravel().tolist() == [3.0, 0.0]
