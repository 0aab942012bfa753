"""Any file that this project reads, opened once: a model, a foreign network or a checkpoint."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from spiketrack.errors import StoreError
from spiketrack.files.suffixes import (
    MODEL_SUFFIX,
    NETWORK_SUFFIXES,
    NETX_SUFFIX,
    NIR_SUFFIX,
    suffix_of,
)
from spiketrack.graph.model import Model
from spiketrack.network import SpikeTrackNetwork, load_checkpoint
from spiketrack.notebook import html_of
from spiketrack.pipeline.listener import silent
from spiketrack.pipeline.network.open import ForeignOptions, describe, load_network
from spiketrack.pipeline.network.proof import warnings_of
from spiketrack.tables import columns, words_table

KINDS = {MODEL_SUFFIX: "converted model", NIR_SUFFIX: "NIR file", NETX_SUFFIX: "netx file"}
"""What a file is by its suffix; any other is a checkpoint."""


@dataclass(frozen=True, eq=False)
class Loaded:
    """What a file holds.

    Attributes:
        path: the file.
        content: integer graphs, or the float network of a checkpoint.
        notes: what was chosen where a foreign file says nothing, one sentence each.
        warnings: what the conversion's own report calls severe, one sentence each.
    """

    path: Path
    content: Model | SpikeTrackNetwork
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def model(self) -> Model:
        """The integer graphs.

        Raises:
            StoreError: the file is a checkpoint, whose network computes with floats.
        """
        if not isinstance(self.content, Model):
            advice = "Convert it first: spiketrack.convert(FILE)"
            raise StoreError(f"'{self.path}'", "integer graphs", "a checkpoint", advice)
        return self.content

    def to_dict(self) -> dict[str, Any]:
        """What the file holds, as one JSON value."""
        if isinstance(self.content, Model):
            facts = dict(self.content.variant)
            graphs = {name: len(graph) for name, graph in self.content.graphs.items()}
        else:
            facts = {**asdict(self.content.variant), "grid": self.content.variant.grid}
            graphs = {}
        return {
            "file": str(self.path),
            "kind": kind_of(self.path),
            "variant": facts,
            "nodes": graphs,
            "notes": list(self.notes),
            "warnings": list(self.warnings),
        }

    def _repr_html_(self) -> str:
        facts = self.to_dict()
        rows = [*facts["variant"].items(), *((f"nodes of graph '{name}'", n_nodes)
                for name, n_nodes in facts["nodes"].items())]  # fmt: skip
        told = [(what, value) for what, value in rows if value is not None]
        lines = (*self.notes, *(f"Warning: {warning}" for warning in self.warnings))
        table = words_table("", columns("what", "value"), *told)
        return html_of(f"{self.path}: {facts['kind']}", (table,), lines)


def load_file(
    path: Path, foreign: ForeignOptions, progress: Callable[[str], None] = silent
) -> Loaded:
    """Reads a file of any kind; a foreign network is converted in memory.

    Args:
        path: .stk, .nir, .net or a checkpoint.
        foreign: what a NIR or netx file does not say itself.
        progress: is called with a line before each long step.

    Raises:
        StoreError: unreadable, or of another kind.
        CheckpointError: not a readable checkpoint.
        ObstacleError: a foreign file with nodes that have no meaning here.
        QuantisationError, OverflowBoundError: integers cannot stand for it.
    """
    if suffix_of(path) in NETWORK_SUFFIXES:
        return network_of(path, foreign, progress)
    progress("Reading the checkpoint")
    return Loaded(path, load_checkpoint(path))


def kind_of(path: Path) -> str:
    """What kind of file a name stands for."""
    return KINDS.get(suffix_of(path), "checkpoint")


def path_of(file: Path | Loaded) -> Path:
    """The file behind either."""
    return file.path if isinstance(file, Loaded) else file


def network_of(
    file: Path | Loaded, foreign: ForeignOptions, progress: Callable[[str], None] = silent
) -> Loaded:
    """Integer graphs, read unless they were read before.

    Raises:
        StoreError: a checkpoint, which has no integer graphs; and the errors of `load_network`.
    """
    if isinstance(file, Loaded) and isinstance(file.content, Model):
        return file
    path = path_of(file)
    model = load_network(path, foreign, progress)
    notes = tuple(describe(model)) if suffix_of(path) != MODEL_SUFFIX else ()
    return Loaded(path, model, notes, tuple(warnings_of(model)))
