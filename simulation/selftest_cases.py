"""A graph on which backends differ, kept in two files: the graph as a model, its inputs as .npz."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from simulation.random_graphs import Case
from spiketrack.errors import StoreError
from spiketrack.fixed_point import Int64
from spiketrack.graph.model import Model
from spiketrack.graph.store import load_model, save_model

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
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _save_inputs(path.with_suffix(".npz"), inputs)
    except OSError as error:
        raise StoreError(f"folder '{folder}'", "a place to write", str(error)) from error
    origin = {KEY: {"seed": saved.seed, "index": saved.index}}
    save_model(path, Model({graph.name: graph}, {}, origin))
    return path


def load_case(path: Path) -> SavedCase:
    """Reads both files back.

    Raises:
        StoreError: a file that is missing, damaged, or was not made by `save_case`.
    """
    model = load_model(path)
    origin = model.provenance.get(KEY)
    numbers = origin if isinstance(origin, dict) else {}
    seed, index = numbers.get("seed"), numbers.get("index")
    if len(model.graphs) != 1 or not isinstance(seed, int) or not isinstance(index, int):
        raise StoreError(f"file '{path}'", "a graph that a self-test saved", "another model")
    (graph,) = model.graphs.values()
    case = graph, _load_inputs(path.with_suffix(".npz"))
    return SavedCase(case, seed, index, may_overflow=True)


def _save_inputs(path: Path, inputs: Mapping[str, Int64]) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    by_name: dict[str, Any] = dict(inputs)
    try:
        with open(temporary, "wb") as file:
            np.savez_compressed(file, **by_name)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def _load_inputs(path: Path) -> dict[str, Int64]:
    try:
        with np.load(path, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except (OSError, ValueError, AttributeError, BadZipFile) as error:
        raise StoreError(f"inputs '{path}'", "an .npz file of integers", str(error)) from error
