"""A NIRData file holds spikes and other values over time, as nir 1.0.8 keeps them in HDF5.

A file holds nodes, a node its observables ("spikes", "v", ...). An observable is gridded, one value
per step, or a list of events with or without values. Neurons are numbered flat: of a grid in the
order channel, row, column. A graph inside a graph is refused, because nir's own writer cannot make
one. Nothing in a file is executed, and sizes are bounded before anything is allocated.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite, nextafter, prod
from os import PathLike
from typing import Any, Literal

import h5py
import numpy as np

from spiketrack.errors import StoreError
from spiketrack.files.hdf5 import BoundedReader, Limits, put_array, reading, write_hdf5
from spiketrack.graph.checks import Array

Form = Literal["gridded", "events"]
SPIKES = "spikes"
MAX_STEPS = 1 << 31
_GZIP_LEVEL = 1
# Times are multiples of dt in floating point: 0.3 / 0.1 is a little less than 3.
_ROUNDING = 1e-6


@dataclass(frozen=True, eq=False)
class Recording:
    """A recording is one observable of one node on a grid of time.

    Attributes:
        node: name of the node.
        values: (T, B, N): steps, samples, neurons.
        dt: seconds a step.
        observable: what was observed.
        merged: events that fell on the step of another event of the same neuron, and count once.
    """

    node: str
    values: Array
    dt: float
    observable: str = SPIKES
    merged: int = 0


def on_grid(values: Array, shape: tuple[int, int, int]) -> Array:
    """(T, B, N) -> (T, B, C, H, W), neurons in the order channel, row, column.

    Raises:
        ValueError: N is not C * H * W.
    """
    if values.shape[2] != prod(shape):
        raise ValueError(f"{values.shape[2]} neurons do not fill a grid of {shape}")
    return values.reshape(*values.shape[:2], *shape)


def off_grid(values: Array) -> Array:
    """(T, B, C, H, W) -> (T, B, N), neurons in the order channel, row, column."""
    return values.reshape(*values.shape[:2], -1)


def write_nir_data(
    path: str | PathLike[str], recordings: Sequence[Recording], *, form: Form = "gridded"
) -> None:
    """Writes recordings that `nir.read_data` reads; the file is complete or absent.

    Args:
        path: where; an existing file is replaced.
        recordings: at most one per node and observable.
        form: "gridded", or "events": plain ones if all values are 0 or 1, else with values. An
            event lies in the middle of its step, so that no rounding moves it into another.

    Raises:
        ValueError: values that are not (T, B, N) numbers, or a dt that is not positive.
        StoreError: the disk refuses.
    """
    for recording in recordings:
        if recording.values.ndim != 3 or recording.values.dtype.kind not in "biuf":
            shape = recording.values.shape
            raise ValueError(f"'{recording.node}': needed numbers (T, B, N), found {shape}")
        if not (isfinite(recording.dt) and recording.dt > 0):
            raise ValueError(f"'{recording.node}': needed a positive dt, found {recording.dt}")

    def fill(file: h5py.File) -> None:
        file.attrs["__type__"] = "NIRGraphData"
        nodes = file.create_group("nodes")
        for recording in recordings:
            node = nodes.require_group(recording.node)
            node.attrs["__type__"] = "NIRNodeData"
            group = node.require_group("observables").create_group(recording.observable)
            (_put_gridded if form == "gridded" else _put_events)(group, recording)

    write_hdf5(path, fill)


def read_nir_data(
    path: str | PathLike[str], *, dt: float | None = None, limits: Limits | None = None
) -> tuple[Recording, ...]:
    """Reads every observable of a NIRData file, in the order of names.

    Args:
        path: a file by `nir.write_data` or `write_nir_data`.
        dt: seconds a step; events need it, and gridded data must have it if it is given.
        limits: what the file may make this program allocate.

    Raises:
        StoreError: not such a file, damaged, too large, or on another grid of time.
    """
    with reading(path, limits) as reader:
        _require_type(reader, reader.root, "file", "NIRGraphData")
        recordings: list[Recording] = []
        nodes = reader.group(reader.root, "nodes")
        for name in nodes:
            node = reader.group(nodes, name)
            _require_type(reader, node, f"node '{name}'", "NIRNodeData")
            observables = reader.group(node, "observables")
            for observable in observables:
                group = reader.group(observables, observable)
                recordings.append(_recording(reader, group, (name, observable), dt))
    return tuple(recordings)


def _put_gridded(group: h5py.Group, recording: Recording) -> None:
    group.attrs["__type__"] = "TimeGriddedData"
    group.attrs["dt"] = float(recording.dt)
    put_array(
        group, "data", np.ascontiguousarray(recording.values.swapaxes(0, 1)), level=_GZIP_LEVEL
    )


def _put_events(group: h5py.Group, recording: Recording) -> None:
    n_steps, n_samples, n_neurons = recording.values.shape
    samples = [np.nonzero(recording.values[:, i]) for i in range(n_samples)]
    longest = max((len(steps) for steps, _ in samples), default=0)
    others = (recording.values != 0) & (recording.values != 1)
    is_binary = recording.values.dtype.kind == "b" or not others.any()
    index = np.full((n_samples, longest), -1, np.int64)
    times = np.full((n_samples, longest), np.inf)
    values = np.zeros((n_samples, longest))
    for i, (steps, neurons) in enumerate(samples):
        index[i, : len(steps)] = neurons
        times[i, : len(steps)] = (steps + 0.5) * recording.dt
        values[i, : len(steps)] = recording.values[steps, i, neurons]
    group.attrs["__type__"] = "EventData" if is_binary else "ValuedEventData"
    group.attrs["n_neurons"] = n_neurons
    group.attrs["t_max"] = _end(n_steps, recording.dt)
    arrays = {"idx": index, "time": times} | ({} if is_binary else {"value": values})
    for name, array in arrays.items():
        put_array(group, name, array, level=_GZIP_LEVEL)


def _end(n_steps: int, dt: float) -> float:
    """A t_max of which every reader's int(t_max / dt) is n_steps."""
    end = n_steps * dt
    while int(end / dt) < n_steps:
        end = nextafter(end, float("inf"))
    return end


def _require_type(reader: BoundedReader, group: h5py.Group, what: str, needed: str) -> None:
    own_type = group.attrs.get("__type__")
    if own_type != needed:
        is_nested = own_type == "NIRGraphData"
        advice = "Nested graphs cannot be read: write their nodes flat" if is_nested else ""
        raise StoreError(f"{reader.what}, {what}", f"a {needed}", _brief(own_type), advice)


def _recording(
    reader: BoundedReader, group: h5py.Group, names: tuple[str, str], dt: float | None
) -> Recording:
    kind = group.attrs.get("__type__")
    what = f"{reader.what}, '{names[0]}' {names[1]}"
    if kind == "TimeGriddedData":
        return _gridded(reader, group, what, names, dt)
    if kind in ("EventData", "ValuedEventData"):
        if dt is None:
            raise StoreError(what, "a dt to put events on steps", "none", "Give --dt SECONDS")
        return _events(reader, group, what, names, dt)
    raise StoreError(what, "gridded data or events", _brief(kind))


def _gridded(
    reader: BoundedReader, group: h5py.Group, what: str, names: tuple[str, str], dt: float | None
) -> Recording:
    own_dt = _positive(group, "dt", what)
    if dt is not None and abs(own_dt - dt) > _ROUNDING * dt:
        raise StoreError(f"{what}, dt", f"{dt} s", f"{own_dt} s", "Nothing is resampled")
    data = reader.array(group, "data")
    if data.ndim != 3:
        raise StoreError(what, "an array (samples, steps, neurons)", str(data.shape))
    if data.dtype.kind == "f" and not np.isfinite(data).all():
        raise StoreError(what, "finite numbers", "NaN or infinity")
    return Recording(names[0], data.swapaxes(0, 1), own_dt, names[1])


def _events(
    reader: BoundedReader, group: h5py.Group, what: str, names: tuple[str, str], dt: float
) -> Recording:
    index, times = reader.array(group, "idx"), reader.floats(group, "time")
    is_valued = group.attrs.get("__type__") == "ValuedEventData"
    values = reader.floats(group, "value") if is_valued else np.ones(index.shape)
    if index.ndim != 2 or index.dtype.kind not in "iu" or times.shape != index.shape:
        raise StoreError(what, "integers idx (samples, events), as many times", str(index.shape))
    if values.shape != index.shape or not np.isfinite(values).all():
        raise StoreError(f"{what}, value", "one finite number per event", str(values.shape))
    n_neurons = _whole(group, "n_neurons", what)
    n_steps = int(_positive(group, "t_max", what) / dt + _ROUNDING)
    if not 0 < n_steps <= MAX_STEPS:
        raise StoreError(what, f"1 to {MAX_STEPS} steps of {dt} s", str(n_steps))
    there = index != -1
    n_samples = len(index)
    reader.charge(group, "idx", 8 * n_steps * n_samples * n_neurons + 32 * int(there.sum()))
    seen = times[there]
    if not (np.isfinite(seen) & (seen >= 0)).all():
        raise StoreError(f"{what}, time", "times of at least 0 s", "another")
    steps = np.floor(np.minimum(seen / dt, n_steps) + _ROUNDING).astype(np.int64)
    _require_inside(what, "idx", index[there], n_neurons)
    _require_inside(what, f"time in steps of {dt} s", steps, n_steps)
    place = (steps, np.nonzero(there)[0], index[there].astype(np.int64))
    grid = np.zeros((n_steps, n_samples, n_neurons), np.float64 if is_valued else np.uint8)
    grid[place] = values[there]
    flat = np.ravel_multi_index(place, grid.shape)
    return Recording(names[0], grid, dt, names[1], len(flat) - len(np.unique(flat)))


def _require_inside(what: str, field: str, numbers: Array, end: int) -> None:
    if numbers.size and (int(numbers.min()) < 0 or int(numbers.max()) >= end):
        raise StoreError(f"{what}, {field}", f"0..{end - 1}", f"{numbers.min()}..{numbers.max()}")


def _positive(group: h5py.Group, key: str, what: str) -> float:
    value = group.attrs.get(key)
    number = float(value) if isinstance(value, int | float | np.number) else 0.0
    if not (isfinite(number) and number > 0):
        raise StoreError(f"{what}, {key}", "a positive number", _brief(value))
    return number


def _whole(group: h5py.Group, key: str, what: str) -> int:
    number = _positive(group, key, what)
    if number != int(number) or number > MAX_STEPS:
        raise StoreError(f"{what}, {key}", f"a whole number up to {MAX_STEPS}", str(number))
    return int(number)


def _brief(value: Any) -> str:
    return repr(value)[:80]
