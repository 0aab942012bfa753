"""NIRData files: what nir writes is read, what is written nir reads, what is wrong is told."""

from collections.abc import Callable
from pathlib import Path

import h5py
import nir
import numpy as np
import pytest
from numpy.typing import NDArray

from conversion.nir_data import Recording, off_grid, on_grid, read_nir_data, write_nir_data
from spiketrack.errors import StoreError
from spiketrack.files.hdf5 import Limits

DT = 0.1


def spikes(seed: int = 0, shape: tuple[int, int, int] = (7, 2, 5)) -> NDArray[np.bool_]:
    values: NDArray[np.bool_] = np.random.default_rng(seed).random(shape) < 0.4
    return values


def graph_data(**observables: object) -> nir.NIRGraphData:
    return nir.NIRGraphData({"input": nir.NIRNodeData(dict(observables))})


def test_gridded_data_by_nir_are_read(tmp_path: Path) -> None:
    values = spikes()
    gridded = nir.TimeGriddedData(values.swapaxes(0, 1), DT)
    nir.write_data(tmp_path / "a.h5", graph_data(spikes=gridded))
    (found,) = read_nir_data(tmp_path / "a.h5")
    assert (found.node, found.observable, found.dt) == ("input", "spikes", DT)
    np.testing.assert_array_equal(found.values, values)


def test_events_by_nir_are_put_on_their_steps(tmp_path: Path) -> None:
    values = spikes(1)
    events = nir.TimeGriddedData(values.swapaxes(0, 1), DT).to_event(n_events=40)
    nir.write_data(tmp_path / "a.h5", graph_data(spikes=events))
    (found,) = read_nir_data(tmp_path / "a.h5", dt=DT)
    np.testing.assert_array_equal(found.values, values)
    assert found.merged == 0


def test_events_that_share_a_step_count_once_and_are_told(tmp_path: Path) -> None:
    times = np.array([[0.01, 0.02, 0.15]])
    events = nir.EventData(np.array([[2, 2, 2]]), times, n_neurons=3, t_max=0.3)
    nir.write_data(tmp_path / "a.h5", graph_data(spikes=events))
    (found,) = read_nir_data(tmp_path / "a.h5", dt=DT)
    assert found.values[:, 0, 2].tolist() == [1, 1, 0] and found.merged == 1


def test_values_of_events_are_read(tmp_path: Path) -> None:
    index, times = np.array([[1, 0, -1]]), np.array([[0.05, 0.25, np.inf]])
    events = nir.ValuedEventData(index, times, 2, 0.3, value=np.array([[3.0, -4.0, 0.0]]))
    nir.write_data(tmp_path / "a.h5", graph_data(spikes=events))
    (found,) = read_nir_data(tmp_path / "a.h5", dt=DT)
    assert found.values[:, 0].tolist() == [[0, 3], [0, 0], [-4, 0]]


@pytest.mark.parametrize("n_steps", [1, 3, 7, 29, 100])
@pytest.mark.parametrize("dt", [0.1, 1e-4, 1 / 3])
def test_nir_reads_the_events_that_were_written(tmp_path: Path, n_steps: int, dt: float) -> None:
    values = spikes(2, (n_steps, 2, 5))
    write_nir_data(tmp_path / "a.h5", [Recording("out", values, dt)], form="events")
    events = nir.read_data(tmp_path / "a.h5").nodes["out"].observables["spikes"]
    gridded = events.to_time_gridded(dt)
    np.testing.assert_array_equal(gridded.data.swapaxes(0, 1), values)
    (found,) = read_nir_data(tmp_path / "a.h5", dt=dt)
    np.testing.assert_array_equal(found.values, values)


def test_nir_reads_the_grids_and_graded_events_that_were_written(tmp_path: Path) -> None:
    values = np.random.default_rng(3).integers(-3, 9, (4, 2, 3))
    both = [Recording("a", values, DT), Recording("a", values * 0.5, DT, "v")]
    write_nir_data(tmp_path / "a.h5", both)
    found = nir.read_data(tmp_path / "a.h5").nodes["a"].observables
    np.testing.assert_array_equal(found["spikes"].data.swapaxes(0, 1), values)
    np.testing.assert_array_equal(found["v"].data.swapaxes(0, 1), values * 0.5)
    write_nir_data(tmp_path / "b.h5", both[:1], form="events")
    valued = nir.read_data(tmp_path / "b.h5").nodes["a"].observables["spikes"]
    np.testing.assert_array_equal(valued.to_time_gridded(DT).data.swapaxes(0, 1), values)


def test_neurons_of_a_grid_are_numbered_channel_row_column() -> None:
    grid = np.arange(12).reshape(1, 1, 3, 2, 2)
    assert off_grid(grid)[0, 0].tolist() == list(range(12))
    np.testing.assert_array_equal(on_grid(off_grid(grid), (3, 2, 2)), grid)
    with pytest.raises(ValueError, match=r"12 neurons do not fill a grid of \(3, 2, 3\)"):
        on_grid(off_grid(grid), (3, 2, 3))


def test_what_is_not_a_recording_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"needed numbers \(T, B, N\)"):
        write_nir_data(tmp_path / "a.h5", [Recording("a", np.zeros((2, 3)), DT)])
    with pytest.raises(ValueError, match="needed a positive dt, found 0"):
        write_nir_data(tmp_path / "a.h5", [Recording("a", spikes(), 0.0)])
    assert list(tmp_path.iterdir()) == []


def change(path: Path, edit: Callable[[h5py.File], object], *, events: bool = True) -> Path:
    write_nir_data(path, [Recording("a", spikes(), DT)], form="events" if events else "gridded")
    with h5py.File(path, "r+") as file:
        edit(file)
    return path


def observable(file: h5py.File) -> h5py.Group:
    group: h5py.Group = file["nodes/a/observables/spikes"]
    return group


def replace(file: h5py.File, name: str, value: object) -> None:
    del observable(file)[name]
    observable(file)[name] = value


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda f: f.attrs.pop("__type__"), "needed a NIRGraphData, found None"),
        (lambda f: f["nodes/a"].attrs.update(__type__="NIRGraphData"), "write their nodes flat"),
        (lambda f: observable(f).attrs.update(__type__="Odd"), "needed gridded data or events"),
        (lambda f: observable(f).attrs.update(t_max=-1.0), "t_max: needed a positive number"),
        (lambda f: observable(f).attrs.update(t_max=float("nan")), "t_max: needed a positive"),
        (lambda f: observable(f).attrs.update(t_max=1e300), "steps of 0.1 s"),
        (lambda f: observable(f).attrs.update(t_max=1e8), "needed at most"),
        (lambda f: observable(f).attrs.update(n_neurons=2.5), "needed a whole number"),
        (lambda f: observable(f).attrs.update(n_neurons=2), "idx: needed 0..1"),
        (lambda f: observable(f).attrs.update(t_max=0.3), "time in steps of 0.1 s: needed 0..2"),
        (lambda f: replace(f, "idx", np.zeros(3)), "needed integers idx"),
        (lambda f: replace(f, "time", observable(f)["time"][()] - 9), "times of at least 0 s"),
        (lambda f: f.pop("nodes"), "needed an entry, found nothing"),
    ],
)
def test_a_damaged_file_is_refused(
    tmp_path: Path, edit: Callable[[h5py.File], object], message: str
) -> None:
    with pytest.raises(StoreError, match=message):
        read_nir_data(change(tmp_path / "a.h5", edit), dt=DT, limits=Limits(1 << 20, 1 << 21))


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda f: replace(f, "data", np.zeros((2, 3))), "samples, steps, neurons"),
        (lambda f: replace(f, "data", np.full((1, 1, 1), np.nan)), "needed finite numbers"),
        (lambda f: observable(f).attrs.update(dt="x"), "dt: needed a positive number"),
        (lambda f: observable(f).attrs.update(dt=0.2), "Nothing is resampled"),
    ],
)
def test_a_damaged_grid_is_refused(
    tmp_path: Path, edit: Callable[[h5py.File], object], message: str
) -> None:
    with pytest.raises(StoreError, match=message):
        read_nir_data(change(tmp_path / "a.h5", edit, events=False), dt=DT)


def test_values_that_do_not_match_their_events_are_refused(tmp_path: Path) -> None:
    def edit(file: h5py.File) -> None:
        observable(file).attrs["__type__"] = "ValuedEventData"
        observable(file)["value"] = np.zeros(2)

    with pytest.raises(StoreError, match="value: needed one finite number per event"):
        read_nir_data(change(tmp_path / "a.h5", edit), dt=DT)


def test_events_without_a_dt_are_refused(tmp_path: Path) -> None:
    write_nir_data(tmp_path / "a.h5", [Recording("a", spikes(), DT)], form="events")
    with pytest.raises(StoreError, match="Give --dt SECONDS"):
        read_nir_data(tmp_path / "a.h5")
