"""Spikes for a graph from a file: which array is for which input, and what its axes are.

The rule of axes, for an input of C channels on an H x W grid:
    (T, B, C, H, W)   always: T steps, B samples
    (T, C, H, W)      one sample
    (T, B, N)         only if at most one of C, H, W exceeds 1; N is that one
    (T, N)            likewise, one sample
Any other shape is refused. Values may be booleans, integers, or floats that are whole numbers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from conversion.nir_data import Recording, on_grid, read_nir_data
from spiketrack.errors import StoreError
from spiketrack.files.arrays import MAX_ARRAY_BYTES, read_arrays
from spiketrack.files.budget import Budget, allowance_of
from spiketrack.files.suffixes import NIR_DATA_SUFFIXES, suffix_of
from spiketrack.graph.graph import Graph
from spiketrack.graph.retime import retime
from spiketrack.graph.shapes import N
from spiketrack.graph.spike_nodes import SpikeInput, SpikeNode

Array = NDArray[Any]
_WHOLE = np.dtype(np.int64)
"""What the engines count in."""
_MOST_BYTES = 16 * MAX_ARRAY_BYTES
"""What an array and its copy in that type may take, however large the file."""


@dataclass(frozen=True)
class _Origin:
    """Where arrays come from, and what they and their copies may take."""

    place: str
    most_bytes: int

    def of(self, node: SpikeInput) -> str:
        """The place of the array for one input, for messages."""
        return f"{self.place} for input '{node.name}'"


def read_spikes(
    path: Path, graph: Graph[SpikeNode], *, dt: float | None = None
) -> tuple[dict[str, Array], list[str]]:
    """Raw integers (T, B, C, H, W) for every input of a graph, and notes on what was made of them.

    Args:
        path: .npy (one input), .npz (arrays by input name) or a NIRData file.
        graph: whose inputs to fill.
        dt: seconds a step, for events of a NIRData file.

    Raises:
        StoreError: unreadable, an input missing, a name too many, or axes that do not fit.
    """
    nodes = [node for node in graph.inputs if isinstance(node, SpikeInput)]
    notes: list[str] = []
    if suffix_of(path) in NIR_DATA_SUFFIXES:
        arrays = _of_recordings(path, read_nir_data(path, dt=dt), nodes, notes)
    else:
        arrays = read_arrays(path)
    return _filled(_Origin(f"'{path}'", allowance_of(path, _MOST_BYTES)), arrays, nodes), notes


def take_spikes(given: Array | Mapping[str, Array], graph: Graph[SpikeNode]) -> dict[str, Array]:
    """Raw integers (T, B, C, H, W) for every input of a graph, from arrays that are in memory.

    Args:
        given: one array for a graph with one input, or arrays by input name; axes and values as
            in a file.
        graph: whose inputs to fill.

    Raises:
        StoreError: an input missing, a name too many, axes that do not fit, or other values.
    """
    nodes = [node for node in graph.inputs if isinstance(node, SpikeInput)]
    arrays = given if isinstance(given, Mapping) else {"": given}
    by_name = {name: np.asarray(array) for name, array in arrays.items()}
    return _filled(_Origin("the spikes given", _MOST_BYTES), by_name, nodes)


def timed_for(graph: Graph[N], arrays: Mapping[str, Array]) -> Graph[N]:
    """The graph for as many steps as the arrays have, the same graph if it has them already.

    Raises:
        GraphError: arrays of different lengths, or a graph of a fixed number of steps.
        StoreError: arrays of different lengths for a graph that has other ones.
    """
    own = {node.name: graph.shapes[node.name][0] for node in graph.inputs}
    given = {name: len(array) for name, array in arrays.items()}
    if own == given:
        return graph
    if len(set(given.values())) != 1 or len(set(own.values())) != 1:
        raise StoreError("inputs", f"steps {own}", f"steps {given}")
    return retime(graph, next(iter(given.values())))


def _filled(
    origin: _Origin, arrays: Mapping[str, Array], nodes: Sequence[SpikeInput]
) -> dict[str, Array]:
    """Every input with its array, axes and values as the engines take them."""
    named = _assign(origin, arrays, [node.name for node in nodes])
    filled = {node.name: _with_axes(origin, node, named[node.name]) for node in nodes}
    sizes = {name: array.shape[1] for name, array in filled.items()}
    if len(set(sizes.values())) > 1:
        raise StoreError(origin.place, "as many samples for every input", str(sizes))
    return filled


def _of_recordings(
    path: Path, recordings: Sequence[Recording], nodes: Sequence[SpikeInput], notes: list[str]
) -> dict[str, Array]:
    """Flat recordings on the grids of the inputs they are for."""
    by_name: dict[str, list[Recording]] = {}
    for recording in recordings:
        by_name.setdefault(recording.node, []).append(recording)
    # With one input there is no doubt, whatever the recording calls its node.
    if len(nodes) == 1 and len(by_name) == 1:
        by_name = {nodes[0].name: next(iter(by_name.values()))}
    arrays: dict[str, Array] = {}
    for node in nodes:
        spikes = _spikes_of(path, node.name, by_name.get(node.name, []))
        if spikes is None:
            continue
        n_neurons = spikes.values.shape[2]
        if n_neurons != prod(node.shape[1:]):
            needed = f"{prod(node.shape[1:])} neurons, C*H*W of {node.shape[1:]}"
            raise StoreError(f"'{path}', node '{spikes.node}'", needed, str(n_neurons))
        arrays[node.name] = on_grid(spikes.values, node.shape[1:])
        if spikes.merged:
            notes.append(f"input '{node.name}': {spikes.merged} events shared a step, counted once")
    return arrays


def _spikes_of(path: Path, name: str, recordings: list[Recording]) -> Recording | None:
    if len(recordings) <= 1:
        return recordings[0] if recordings else None
    spikes = [recording for recording in recordings if recording.observable == "spikes"]
    if len(spikes) == 1:
        return spikes[0]
    told = ", ".join(recording.observable for recording in recordings)
    raise StoreError(f"'{path}', node '{name}'", "one observable, or one named 'spikes'", told)


def _assign(
    origin: _Origin, arrays: Mapping[str, Array], names: Sequence[str]
) -> Mapping[str, Array]:
    """Arrays by input name; a single array needs no name."""
    if len(names) == 1 and len(arrays) == 1:
        return {names[0]: next(iter(arrays.values()))}
    missing = [name for name in names if name not in arrays]
    extra = [name for name in arrays if name not in names]
    if missing or extra:
        needed = f"one array for each input: {', '.join(names)}"
        there = ", ".join(f"'{name}'" if name else "one without a name" for name in arrays)
        advice = "Give an .npz file whose arrays have the names of the inputs"
        raise StoreError(origin.place, needed, there or "none", advice)
    return arrays


def _with_axes(origin: _Origin, node: SpikeInput, array: Array) -> Array:
    """One array as integers (T, B, C, H, W)."""
    grid = node.shape[1:]
    shape = array.shape
    # The more axes, the less doubt: flat arrays are tried last.
    if array.ndim == 5 and shape[2:] == grid:
        full = array
    elif array.ndim == 4 and shape[1:] == grid:
        full = array[:, None]
    elif _is_line(grid) and array.ndim == 3 and shape[2] == max(grid):
        full = array.reshape(*shape[:2], *grid)
    elif _is_line(grid) and array.ndim == 2 and shape[1] == max(grid):
        full = array.reshape(shape[0], 1, *grid)
    else:
        raise StoreError(origin.of(node), _axes(grid), f"shape {shape}")
    if not full.size:
        raise StoreError(origin.of(node), "at least one step", f"{shape}")
    return _whole_numbers(origin, node, full)


def _is_line(grid: Sequence[int]) -> bool:
    return prod(grid) == max(grid)


def _axes(grid: Sequence[int]) -> str:
    c, h, w = grid
    known = [f"(T, B, {c}, {h}, {w})", f"(T, {c}, {h}, {w})"]
    if _is_line(grid):
        known += [f"(T, B, {max(grid)})", f"(T, {max(grid)})"]
    return f"an array {' or '.join(known)}"


def _whole_numbers(origin: _Origin, node: SpikeInput, array: Array) -> Array:
    """One array as integers; what the engines make of it is accounted for before it is made."""
    place = origin.of(node)
    budget = Budget(place, origin.most_bytes)
    # The copy in int64 may be eight times the array, and one of comparisons comes with it.
    budget.charge(place, array.nbytes + (_WHOLE.itemsize + 1) * array.size)
    if array.dtype.kind == "b":
        return array.astype(np.uint8)
    low, high = array.min(), array.max()
    if array.dtype.kind in "iu" and high <= 2**62:
        # Why: a file may hold its bytes in the other order, which the compiled engine cannot read.
        return array.astype(array.dtype.newbyteorder("="), copy=False)
    # Why float: a bound of 2**53 has no place in a type of 16 bits. Neither holds for NaN.
    if -(2.0**53) < float(low) and float(high) < 2.0**53:
        whole = array.astype(_WHOLE)
        if np.array_equal(whole, array):
            return whole
    needed, found = "whole numbers", f"{array.dtype} with others"
    advice = "The integer network reads integers: encode or scale the values first"
    raise StoreError(place, needed, found, advice)
