"""Spikes from files: the rule of axes, names of inputs, and what is refused."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from conversion.nir_data import Recording, write_nir_data
from spiketrack.errors import StoreError
from spiketrack.graph import spike_nodes as s
from spiketrack.graph.graph import Graph
from spiketrack.graph.spike_nodes import SpikeNode
from spiketrack.pipeline.network.spike_input import read_spikes, timed_for
from tests.memory import ceiling, hollow_npy

Array = NDArray[Any]
GRID = (2, 3, 4)
LINE = (1, 1, 5)


def graph(*grids: tuple[int, int, int], steps: tuple[int, ...] = ()) -> Graph[SpikeNode]:
    """Inputs 'a', 'b', ... that are outputs at once."""
    nodes: list[SpikeNode] = []
    for i, grid in enumerate(grids):
        name = "ab"[i]
        shape = (steps[i] if steps else 1, *grid)
        nodes.append(
            s.SpikeInput(
                name=name, shape=shape, signal="spikes", low=0, high=9, scale=1.0,
                offset_q=np.zeros(1, np.int32),
            )
        )  # fmt: skip
        one = np.ones(1)
        nodes.append(s.SpikeOutput(name=f"{name}.out", inputs=(name,), scale=one, bias=0 * one))
    return Graph("net", tuple(nodes))


def some(*shape: int) -> Array:
    return np.random.default_rng(0).integers(0, 9, shape)


@pytest.mark.parametrize(
    ("grid", "shape", "full"),
    [
        (GRID, (7, 2, 2, 3, 4), (7, 2, 2, 3, 4)),
        (GRID, (7, 2, 3, 4), (7, 1, 2, 3, 4)),
        (LINE, (7, 2, 1, 1, 5), (7, 2, 1, 1, 5)),
        (LINE, (7, 1, 1, 5), (7, 1, 1, 1, 5)),
        (LINE, (7, 2, 5), (7, 2, 1, 1, 5)),
        (LINE, (7, 5), (7, 1, 1, 1, 5)),
        ((5, 1, 1), (7, 5), (7, 1, 5, 1, 1)),
    ],
)
def test_axes_are_put_by_the_rule(
    tmp_path: Path, grid: tuple[int, int, int], shape: tuple[int, ...], full: tuple[int, ...]
) -> None:
    array = some(*shape)
    np.save(tmp_path / "a.npy", array)
    found, notes = read_spikes(tmp_path / "a.npy", graph(grid))
    assert found["a"].shape == full and notes == []
    np.testing.assert_array_equal(found["a"].ravel(), array.ravel())


@pytest.mark.parametrize(
    ("grid", "shape", "needed"),
    [
        (GRID, (7, 24), r"needed an array \(T, B, 2, 3, 4\) or \(T, 2, 3, 4\), found shape"),
        (GRID, (2, 3, 4), "needed an array"),
        (GRID, (7, 2, 4, 3), "needed an array"),
        (LINE, (5, 7), r"or \(T, B, 5\) or \(T, 5\), found shape \(5, 7\)"),
        (LINE, (5,), "needed an array"),
        (GRID, (0, 2, 3, 4), "needed at least one step"),
    ],
)
def test_other_axes_are_refused_with_what_was_needed(
    tmp_path: Path, grid: tuple[int, int, int], shape: tuple[int, ...], needed: str
) -> None:
    np.save(tmp_path / "a.npy", some(*shape))
    with pytest.raises(StoreError, match=needed):
        read_spikes(tmp_path / "a.npy", graph(grid))


def test_booleans_and_whole_floats_are_integers_and_others_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.npy"
    for array in (some(7, 5) > 4, (some(7, 5) > 4).astype(np.float32), some(7, 5).astype(float)):
        np.save(path, array)
        found = read_spikes(path, graph(LINE))[0]["a"]
        assert found.dtype.kind in "iu"
        np.testing.assert_array_equal(found[:, 0, 0, 0], array)
    for value in (0.5, np.nan, np.inf, 1e300):
        np.save(path, np.full((7, 5), value))
        with pytest.raises(StoreError, match="needed whole numbers, found float64 with others"):
            read_spikes(path, graph(LINE))
    np.save(path, np.full((7, 5), 2**64 - 1, np.uint64))
    with pytest.raises(StoreError, match="needed whole numbers"):
        read_spikes(path, graph(LINE))


def test_several_inputs_come_by_name(tmp_path: Path) -> None:
    two = graph(GRID, LINE)
    path = tmp_path / "a.npz"
    np.savez(path, b=some(7, 5), a=some(7, 2, 3, 4))
    assert {name: one.shape[:2] for name, one in read_spikes(path, two)[0].items()} == {
        "a": (7, 1), "b": (7, 1),
    }  # fmt: skip
    np.savez(path, a=some(7, 2, 3, 4))
    with pytest.raises(StoreError, match="needed one array for each input: a, b, found 'a'"):
        read_spikes(path, two)
    np.savez(path, a=some(7, 2, 3, 4), b=some(7, 5), c=some(1))
    with pytest.raises(StoreError, match="found 'a', 'b', 'c'"):
        read_spikes(path, two)
    np.save(tmp_path / "a.npy", some(7, 5))
    with pytest.raises(StoreError, match="found one without a name"):
        read_spikes(tmp_path / "a.npy", two)
    np.savez(path, a=some(7, 3, 2, 3, 4), b=some(7, 2, 5))
    with pytest.raises(StoreError, match="needed as many samples for every input"):
        read_spikes(path, two)


def test_a_recording_is_put_on_the_grid(tmp_path: Path) -> None:
    values = some(7, 2, 24)
    write_nir_data(tmp_path / "a.h5", [Recording("whatever", values, 1e-4)])
    found, _ = read_spikes(tmp_path / "a.h5", graph(GRID))
    np.testing.assert_array_equal(found["a"], values.reshape(7, 2, 2, 3, 4))
    with pytest.raises(StoreError, match=r"needed 5 neurons, C\*H\*W of \(1, 1, 5\), found 24"):
        read_spikes(tmp_path / "a.h5", graph(LINE))
    write_nir_data(tmp_path / "b.h5", [Recording("b", values[..., :5], 1e-4)])
    with pytest.raises(StoreError, match="needed one array for each input: a, b"):
        read_spikes(tmp_path / "b.h5", graph(GRID, LINE))


def test_of_several_observables_the_spikes_are_taken(tmp_path: Path) -> None:
    spikes, voltage = Recording("a", some(7, 1, 5), 1.0), Recording("a", some(7, 1, 5), 1.0, "v")
    write_nir_data(tmp_path / "a.h5", [voltage, spikes])
    found = read_spikes(tmp_path / "a.h5", graph(LINE))[0]["a"]
    np.testing.assert_array_equal(found[:, 0, 0], spikes.values)
    other = Recording("a", voltage.values, 1.0, "w")
    write_nir_data(tmp_path / "a.h5", [voltage, other])
    with pytest.raises(StoreError, match="needed one observable, or one named 'spikes', found v"):
        read_spikes(tmp_path / "a.h5", graph(LINE))


def test_merged_events_are_told(tmp_path: Path) -> None:
    recording = Recording("a", np.eye(5, dtype=bool)[:, None], 0.1)
    write_nir_data(tmp_path / "a.h5", [recording], form="events")
    found, notes = read_spikes(tmp_path / "a.h5", graph(LINE), dt=0.5)
    assert len(found["a"]) == 1 and notes == []
    every = Recording("a", np.ones((5, 1, 5), bool), 0.1)
    write_nir_data(tmp_path / "a.h5", [every], form="events")
    notes = read_spikes(tmp_path / "a.h5", graph(LINE), dt=0.5)[1]
    assert notes == ["input 'a': 20 events shared a step, counted once"]


def test_a_graph_is_timed_for_its_input() -> None:
    assert timed_for(graph(LINE), {"a": some(7, 1, 1, 1, 5)}).shapes["a.out"] == (7, *LINE)
    fixed = graph(GRID, LINE, steps=(1, 3))
    given = {"a": some(1, 1, 2, 3, 4), "b": some(3, 1, 1, 1, 5)}
    assert timed_for(fixed, given) is fixed
    with pytest.raises(StoreError, match="needed steps {'a': 1, 'b': 3}, found steps"):
        timed_for(fixed, {**given, "b": some(4, 1, 1, 1, 5)})


@pytest.mark.parametrize("dtype", ["|b1", "|u1", "<f2"])
def test_what_the_engines_make_of_a_small_file_is_in_proportion(tmp_path: Path, dtype: str) -> None:
    """40 million silent cells pass as they are; the engines would make 320 MB of them."""
    path = hollow_npy(tmp_path / "a.npy", dtype, 1, 1, 40_000_000, 1)
    wide = graph((1, 40_000_000, 1))
    with ceiling(), pytest.raises(StoreError, match="for input 'a': needed at most .* in all"):
        read_spikes(path, wide)
