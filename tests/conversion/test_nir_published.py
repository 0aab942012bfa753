"""NIR: files and traces made by others, published or by other frameworks, give the same spikes."""

import gzip
import json
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
import torch

from conversion.from_nir import read_nir, read_nir_with_notes
from conversion.nir_options import NirCurrent, NirOptions
from simulation.floats.engine import run_float
from spiketrack.errors import ObstacleError
from spiketrack.graph import float_nodes as f
from tests.frameworks.trials import ours

GOLDEN = Path(__file__).resolve().parents[1] / "golden"
PAPER = GOLDEN / "nir_paper"
FRAMEWORKS = GOLDEN / "nir_frameworks"
TRIALS = json.loads((FRAMEWORKS / "trials.json").read_text(encoding="utf-8"))


def unpacked(packed: Path, folder: Path) -> Path:
    path = folder / "x.nir"
    path.write_bytes(gzip.decompress(packed.read_bytes()))
    return path


@pytest.mark.parametrize("name", TRIALS)
def test_the_spikes_of_a_framework_are_ours(tmp_path: Path, name: str) -> None:
    packed = FRAMEWORKS / f"{name}.nir.gz"
    assert sha256(packed.read_bytes()).hexdigest() == TRIALS[name]["sha256"]
    with np.load(FRAMEWORKS / "traces.npz") as traces:
        inputs, spikes = traces[f"{name}.inputs"], traces[f"{name}.spikes"]
    options = NirOptions(**TRIALS[name]["options"])
    assert spikes.sum() > 10  # a dead network would agree with a dead one
    assert np.array_equal(ours(unpacked(packed, tmp_path), inputs, options), spikes)


def test_the_published_traces_of_one_neuron_are_ours(tmp_path: Path) -> None:
    with np.load(PAPER / "lif_traces.npz") as file:
        traces = dict(file)
    drive = traces["input"].reshape(-1, 1, 1, 1, 1).astype(np.float32)
    options = NirOptions(dt=1e-4, n_steps=len(drive))
    graph = read_nir(unpacked(PAPER / "lif_norse.nir.gz", tmp_path), options=options)
    run = run_float(graph, {"input": drive})
    spikes, membrane = run.outputs["output"].ravel(), run.states["1"].ravel()
    assert spikes.sum() == 4
    for simulator in ("norse", "snntorch", "exact", "nengo", "spinnaker2"):
        assert np.array_equal(spikes, traces[simulator]), simulator
    # Norse shows v after the reset, a run before it.
    after = np.where(spikes > 0, 0.0, membrane)
    assert np.abs(after - traces["norse_v"]).max() < 1e-7


def test_a_published_recurrent_layer_becomes_one_neuron(tmp_path: Path) -> None:
    path = unpacked(PAPER / "braille_zero.nir.gz", tmp_path)
    read = read_nir_with_notes(path, options=NirOptions(dt=1e-4, reset="subtract"))
    assert [node.name for node in read.graph] == [
        "input", "fc1", "lif1.lif#bias", "lif1.lif", "fc2", "lif2", "output",
    ]  # fmt: skip
    neuron = read.graph["lif1.lif"]
    assert isinstance(neuron, f.FloatCubaLIF)
    assert neuron.recurrent.shape == (38, 38) and neuron.reset == "subtract"
    # The file says tau_mem = 0.001 and tau_syn = 0.000222: alpha = 0.55, beta = 0.9 at training.
    assert np.allclose(neuron.v_keep, 0.9) and np.allclose(neuron.u_keep, 0.55)
    assert np.allclose(neuron.u_gain, 1.0) and np.allclose(neuron.v_gain, 1.0)
    assert read.notes == (
        "dt = 0.0001: one step, by forward Euler, of 2 CubaLIF",
        "reset = subtract: v loses v_threshold",
        "cuba = new: v reads the current of the same step, as snnTorch, lava-dl, Rockpool and "
        "Sinabs do; the file does not say who wrote it, and NIR's own forward Euler and Norse read "
        "the step before's (cuba = old)",
    )


@pytest.mark.parametrize("name", ["braille_zero", "braille_subtract"])
@pytest.mark.parametrize("current", ["new", "old"])
def test_either_current_of_a_published_recurrent_network_is_the_equation(
    tmp_path: Path, name: str, current: NirCurrent
) -> None:
    path = unpacked(PAPER / f"{name}.nir.gz", tmp_path)
    graph = read_nir(path, options=NirOptions(dt=1e-4, cuba=current, n_steps=256))
    (source,) = graph.inputs
    drive = (np.random.default_rng(0).random((256, 12)) < 0.1).astype(np.float64)
    run = run_float(graph, {source.name: drive.reshape(256, 1, 12, 1, 1)}, dtype=torch.float64)
    layers = [node for node in graph if isinstance(node, f.FloatCubaLIF)]
    for node in layers:
        given = run.values[node.inputs[0]].reshape(256, -1)
        size = (given.shape[1],)
        field = {
            key: np.broadcast_to(getattr(node, key).ravel(), size)
            for key in ("u_keep", "u_gain", "v_keep", "v_gain", "v_drive", "threshold", "v_reset")
        }
        weight = node.recurrent if node.recurrent.size else np.zeros(size * 2)
        u, v, fired = np.zeros(size), np.zeros(size), np.zeros(size)
        for t in range(256):
            new = u * field["u_keep"] + (given[t] + weight @ fired) * field["u_gain"]
            reads = new if current == "new" else u
            v = v * field["v_keep"] + reads * field["v_gain"] + field["v_drive"]
            margin = np.abs(v - field["threshold"]).min()
            fired, u = (v > field["threshold"]).astype(np.float64), new
            assert margin < 1e-9 or np.array_equal(fired, run.values[node.name][t].ravel()), t
            v = np.where(fired > 0, field["v_reset"], v)
    assert sum(run.values[node.name].sum() for node in layers) > 10


@pytest.mark.parametrize("name", ["lif_rockpool", "two_lif_neurons", "braille_subtract"])
def test_other_published_files_are_read_and_run(tmp_path: Path, name: str) -> None:
    path = unpacked(PAPER / f"{name}.nir.gz", tmp_path)
    graph = read_nir(path, options=NirOptions(dt=1e-4, n_steps=20))
    (source,) = graph.inputs
    assert isinstance(source, f.FloatInput)
    drive = np.ones((20, 1, *source.shape[1:]))
    (out,) = run_float(graph, {source.name: drive}, dtype=torch.float64).outputs.values()
    assert out.shape == (20, 1, *graph.shapes[graph.outputs[0].name][1:])


def test_a_published_file_that_contradicts_itself_is_refused_by_name(tmp_path: Path) -> None:
    path = unpacked(PAPER / "braille_broken.nir.gz", tmp_path)
    with pytest.raises(ObstacleError, match="an edge names the unknown node 'lif1.lif'"):
        read_nir(path)
