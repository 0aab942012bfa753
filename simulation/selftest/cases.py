"""Keeps a graph on which backends differ in two files: a model, and its inputs as .npz."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from simulation.random_graphs import Case
from spiketrack.errors import StoreError
from spiketrack.files.arrays import read_arrays, write_npz
from spiketrack.fixed_point import Int64
from spiketrack.graph.model import Model
from spiketrack.graph.store import load_model, save_model
from spiketrack.pairs import Side, check_pair, hashes_in
from spiketrack.provenance import sha256_arrays

KEY = "selftest"


@dataclass(frozen=True)
class SavedCase:
    """A graph with inputs, and the self-test that found it.

    Attributes:
        case: the graph and its inputs.
        seed: of the self-test.
        index: number of the graph.
        may_overflow: the reference may refuse it.
    """

    case: Case
    seed: int
    index: int
    may_overflow: bool = False


def save_case(folder: Path, saved: SavedCase) -> Path:
    """Writes both files; returns the path of the graph.

    Raises:
        StoreError: the disk refuses.
    """
    graph, inputs = saved.case
    path = folder / f"seed{saved.seed}-graph{saved.index}.stk"
    write_npz(path.with_suffix(".npz"), inputs)
    numbers = {"seed": saved.seed, "index": saved.index}
    origin = {KEY: numbers, "sha256": {"inputs": sha256_arrays(inputs)}}
    save_model(path, Model({graph.name: graph}, {}, origin))
    return path


def load_case(path: Path, warn: Callable[[str], None] = lambda text: None) -> SavedCase:
    """Reads both files back.

    Args:
        path: of the graph; its inputs lie beside it.
        warn: is called with a sentence if the graph does not say which inputs are its own.

    Raises:
        StoreError: a file that is missing, damaged, or was not made by `save_case`.
        PairError: inputs of another graph.
    """
    model = load_model(path)
    origin = model.provenance.get(KEY)
    numbers = origin if isinstance(origin, dict) else {}
    seed, index = numbers.get("seed"), numbers.get("index")
    if len(model.graphs) != 1 or not isinstance(seed, int) or not isinstance(index, int):
        raise StoreError(f"file '{path}'", "a graph that a self-test saved", "another model")
    (graph,) = model.graphs.values()
    beside = path.with_suffix(".npz")
    inputs = _load_inputs(beside)
    warning = check_pair(
        Side(f"graph '{path}'", hashes_in(model.provenance)),
        Side(f"inputs '{beside}'", {"inputs": sha256_arrays(inputs)}),
        ("inputs",),
        "Keep the two files together that the self-test wrote",
    )
    if warning is not None:
        warn(warning)
    return SavedCase((graph, inputs), seed, index, may_overflow=True)


def _load_inputs(path: Path) -> dict[str, Int64]:
    inputs = read_arrays(path)
    odd = next((name for name, array in inputs.items() if array.dtype != np.int64), None)
    if odd is not None:
        raise StoreError(f"inputs '{path}'", "an .npz file of int64", f"another type in '{odd}'")
    return inputs
