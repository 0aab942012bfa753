"""Running any network: the same numbers from every engine, in any chunks, counted exactly."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from conversion.nir_data import read_nir_data
from simulation.reference.engine import run_reference
from simulation.witness.brian2_engine import brian2_available
from spiketrack.errors import BackendUnavailable, GraphError, OverflowBoundError, StoreError
from spiketrack.graph import spike_nodes as s
from spiketrack.graph.graph import Graph
from spiketrack.graph.retime import retime
from spiketrack.pipeline.listener import Listener
from spiketrack.pipeline.network.run_file import OpenedRun, latency, open_run
from spiketrack.pipeline.network.simulate import simulate
from spiketrack.pipeline.network.simulated_files import check_writable, write_counts, write_outputs
from spiketrack.pipeline.requests import RunRequest
from tests.small_networks import integrator, narrow, save_netx

BACKENDS: tuple[str, ...] = ("fast", "reference", *(("brian2",) if brian2_available() else ()))
# Steps of (in 0, in 1, in 2): one spike of the first two fires, the third must come twice.
INPUT = [[1, 0, 0], [0, 1, 1], [0, 0, 1], [0, 0, 0]]
EXPECTED = [[0, 0], [1, 0], [1, 0], [0, 1]]


def given(n_samples: int = 1) -> dict[str, NDArray[Any]]:
    one = np.array(INPUT)[:, None, :, None, None]
    return {"in": np.concatenate([one * (i % 2 == 0) for i in range(n_samples)], axis=1)}


@pytest.mark.parametrize("backend", BACKENDS)
def test_every_engine_gives_the_spikes_worked_out_by_hand(backend: str) -> None:
    result = simulate(retime(integrator(), 4), given(), RunRequest(backend=backend))
    assert result.backend == backend
    assert result.outputs["out"][:, 0, :, 0, 0].tolist() == EXPECTED
    np.testing.assert_array_equal(result.reals["out"], result.outputs["out"].astype(float))


@pytest.mark.parametrize("backend", BACKENDS)
def test_chunks_and_counts_do_not_depend_on_the_engine(backend: str) -> None:
    graph, inputs, told = retime(integrator(), 4), given(5), list[int]()
    result = simulate(
        graph,
        inputs,
        RunRequest(backend=backend, chunk=2, keep=("dense",)),
        Listener(samples=told.append),
    )
    assert told == [2, 4, 5] and len(result.seconds) == 3
    whole = run_reference(graph, inputs)
    np.testing.assert_array_equal(result.outputs["out"], whole.outputs["out"])
    assert list(result.kept) == ["dense"]
    np.testing.assert_array_equal(result.kept["dense"], whole.values["dense"])
    run = result.counts.phases["run"]
    # Samples 0, 2, 4 have four spikes each, all but those of the last step arrive; each reaches
    # one neuron.
    assert run.frames == 5 and run["dense"].events == 12 and run["dense"].graded == 12
    assert run["neurons"].messages == 9 and result.alarms == ()


def test_a_silent_network_raises_an_alarm() -> None:
    result = simulate(retime(integrator(), 4), {"in": np.zeros((4, 1, 3, 1, 1), np.int64)})
    assert any("input is silent" in one for one in result.alarms)
    assert any("layer 'neurons' never fired" in one for one in result.alarms)


def test_all_values_are_kept_if_asked_for() -> None:
    graph = retime(integrator(), 4)
    assert set(simulate(graph, given(), RunRequest(keep_all=True)).kept) == set(graph.by_name)
    with pytest.raises(GraphError, match="needed a node named 'x', found none. List them with"):
        simulate(graph, given(), RunRequest(keep=("x",)))


def test_it_stops_after_a_chunk_if_asked_to() -> None:
    stopping = Listener(is_asked_to_stop=lambda: True)
    result = simulate(retime(integrator(), 4), given(5), RunRequest(chunk=1), stopping)
    assert result.interrupted and result.outputs["out"].shape[1] == 1
    assert result.counts.phases["run"].frames == 1


def test_an_overflow_is_an_error_or_counted() -> None:
    inputs = {"in": np.array([3, 1, 2])[None, :, None, None, None]}
    with pytest.raises(OverflowBoundError, match="stream 'sum'"):
        simulate(narrow(), inputs)
    result = simulate(narrow(), inputs, RunRequest(backend="reference", strict=False, chunk=1))
    assert result.outputs["out"].ravel().tolist() == [-1, 1, -2]
    assert result.overflows == {"stream 'sum'": 2}
    with pytest.raises(BackendUnavailable, match="the only engine that goes on after an overflow"):
        simulate(narrow(), inputs, RunRequest(strict=False))


def opened(folder: Path, n_steps: int = 4) -> OpenedRun:
    np.save(folder / "in.npy", np.array(INPUT)[:n_steps])
    net = save_netx(folder / "net.net")
    return open_run(net, folder / "in.npy")


def test_outputs_are_written_in_three_formats(tmp_path: Path) -> None:
    run = opened(tmp_path)
    result = simulate(run.graph, run.inputs, RunRequest(keep_all=True))
    for name in ("a.npz", "a.npy", "new/a.h5"):
        check_writable(tmp_path / name, run)
        write_outputs(tmp_path / name, run, result)
    archive = np.load(tmp_path / "a.npz")
    assert {"output", "real/output", "keep/output"} < set(archive.files)
    assert archive["output"][:, 0, :, 0, 0].tolist() == EXPECTED
    assert np.load(tmp_path / "a.npy")[:, 0, :, 0, 0].tolist() == EXPECTED
    (recording,) = read_nir_data(tmp_path / "new/a.h5")
    assert recording.values[:, 0].tolist() == EXPECTED and recording.dt == 1.0
    write_counts(tmp_path / "c.json", run, result, run.provenance(["x"]))
    assert '"synops"' in (tmp_path / "c.json").read_text("utf-8")


def test_one_array_cannot_hold_two_outputs(tmp_path: Path) -> None:
    run = opened(tmp_path)
    one = np.ones(1)
    more = s.SpikeOutput(name="more", inputs=("1.lif",), scale=one, bias=0 * one)
    two = OpenedRun(run.model, Graph("two", (*run.graph.nodes, more)), run.inputs, (), {})
    with pytest.raises(StoreError, match="needed one output, found output, more"):
        check_writable(Path("a.npy"), two)


def test_an_input_too_short_to_arrive_is_told(tmp_path: Path) -> None:
    assert latency(integrator()) == 1
    assert not any("nothing of it arrives" in note for note in opened(tmp_path).notes)
    assert any("nothing of it arrives" in note for note in opened(tmp_path, 1).notes)
