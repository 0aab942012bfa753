"""The messages between a program and the worker that runs Lava for it, in both directions.

Requests and answers are lines of JSON; graphs are .stk files and arrays .npz files in one folder.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hardware.lava.local import EngineOptions
from hardware.stock.plan import StockPlan
from hardware.stock.plan_record import plan_from_record, plan_to_record
from spiketrack import errors
from spiketrack.graph.graph import Graph
from spiketrack.graph.model import Model
from spiketrack.graph.spike_nodes import SpikeNode
from spiketrack.graph.store import load_model, save_model

Json = dict[str, Any]
TYPED = {
    name: kind
    for name, kind in vars(errors).items()
    if isinstance(kind, type)
    and issubclass(kind, errors.SpiketrackError)
    and kind is not errors.ObstacleError
}
"""Errors that are made of their four fields."""


def put_graph(
    folder: Path, graph: Graph[SpikeNode], options: EngineOptions, plan: StockPlan | None
) -> Json:
    """Writes what an engine is made of; returns what `take_graph` needs."""
    _save(folder / "graph.stk", graph)
    words: Json = {"options": asdict(options), "plan": None}
    if plan is not None:
        _save(folder / "given.stk", plan.given)
        _save(folder / "planned.stk", plan.graph)
        words["plan"] = plan_to_record(plan)
    return words


def take_graph(
    folder: Path, words: Json
) -> tuple[Graph[SpikeNode], EngineOptions, StockPlan | None]:
    """What `put_graph` wrote."""
    options = EngineOptions(**{**words["options"], "keep": tuple(words["options"]["keep"])})
    graph, plan = _load(folder / "graph.stk"), None
    if words["plan"] is not None:
        given, planned = _load(folder / "given.stk"), _load(folder / "planned.stk")
        plan = plan_from_record(words["plan"], given, planned)
    return graph, options, plan


def put_arrays(path: Path, arrays: Mapping[str, NDArray[Any]]) -> list[str]:
    """Writes arrays by number; returns their names in order.

    Why numbers: a node may have any name, a member of an .npz file may not.
    """
    by_number: dict[str, Any] = {str(i): array for i, array in enumerate(arrays.values())}
    np.savez(path, **by_number)
    return list(arrays)


def take_arrays(path: Path, names: list[str]) -> dict[str, NDArray[Any]]:
    """What `put_arrays` wrote; the file is removed."""
    with np.load(path, allow_pickle=False) as file:
        arrays = {name: file[str(i)] for i, name in enumerate(names)}
    path.unlink()
    return arrays


def error_to_record(error: BaseException) -> Json:
    """An error as JSON."""
    if not isinstance(error, errors.SpiketrackError):
        found = f"{type(error).__name__}: {error}"
        return {"type": "LavaError", "what": "Lava", "needed": "", "found": found, "advice": ""}
    name = next(kind.__name__ for kind in type(error).__mro__ if kind.__name__ in TYPED)
    fields = ("what", "needed", "found", "advice")
    return {"type": name, **{field: getattr(error, field) for field in fields}}


def error_from_record(record: Json) -> errors.SpiketrackError:
    """The error that `error_to_record` took apart."""
    kind = TYPED[record["type"]]
    return kind(record["what"], record["needed"], record["found"], record["advice"])


def to_line(words: Json) -> bytes:
    """One line of the protocol."""
    return json.dumps(words).encode() + b"\n"


def write_all(out: int, line: bytes) -> None:
    """Writes to a descriptor, which may take less at a time."""
    rest = memoryview(line)
    while rest:
        rest = rest[os.write(out, rest) :]


def _save(path: Path, graph: Graph[SpikeNode]) -> None:
    save_model(path, Model({graph.name: graph}, {}))


def _load(path: Path) -> Graph[SpikeNode]:
    (graph,) = load_model(path).graphs.values()
    path.unlink()
    return graph
