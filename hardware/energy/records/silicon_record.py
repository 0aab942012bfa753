"""One measurement on a chip: the published figures, and the load that ran, layer by layer."""

import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from spiketrack.constants import MARKS, Constant
from spiketrack.errors import ReportError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordLayer:
    """A layer of the measured network, on cores of its own.

    Attributes:
        name: as the record calls it.
        node: name of the neuron node in our integer graph.
        cores: that the chip's own compiler gave it.
        neurons: updated in every step.
        synops: synaptic operations of non-zero weights that arrive in it, over all steps.
        spikes: that it sends, over all steps.
    """

    name: str
    node: str
    cores: int
    neurons: int
    synops: int
    spikes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SiliconRecord:
    """A record.

    Attributes:
        name: short key.
        title: name for people.
        chip: name of the target it ran on.
        chips: that shared its barrier.
        steps: that the counts are summed over.
        measured: published figures, by name.
        counts_source: how the counts were made.
        split_source: where the cores per layer were read.
        layers: in network order.
    """

    name: str
    title: str
    chip: str
    chips: int
    steps: int
    measured: dict[str, Constant]
    counts_source: str
    split_source: str
    layers: tuple[RecordLayer, ...]

    @property
    def synops(self) -> int:
        """Synaptic operations of all layers over all steps."""
        return sum(layer.synops for layer in self.layers)

    def constants(self) -> dict[str, Constant]:
        """Every published figure, keyed for a report."""
        return {f"{self.title}: {key}": one for key, one in self.measured.items()}


@cache
def load_records(folder: Path = FOLDER) -> tuple[SiliconRecord, ...]:
    """Every record of a folder, by file name.

    Raises:
        ReportError: a file is not TOML, or lacks a key that `SiliconRecord` names.
    """
    return tuple(_read(path) for path in sorted(folder.glob("*.toml")))


def _read(path: Path) -> SiliconRecord:
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
        return _record(document)
    except (KeyError, TypeError, ValueError) as error:
        raise ReportError(
            f"silicon record '{path.name}'",
            needed="TOML with the keys of a record",
            found=f"{type(error).__name__}: {error}",
        ) from error


def _record(document: dict[str, Any]) -> SiliconRecord:
    counts = document["counts"]
    if counts["mark"] not in MARKS:
        raise ValueError(f"mark {counts['mark']!r}")
    layers = tuple(RecordLayer(**layer) for layer in document["layers"])
    if document["steps"] < 1 or any(layer.cores < 1 for layer in layers):
        raise ValueError("a record has at least one step, and each layer at least one core")
    return SiliconRecord(
        name=document["name"],
        title=document["title"],
        chip=document["chip"],
        chips=document["chips"],
        steps=document["steps"],
        measured={key: Constant(**entry) for key, entry in document["measured"].items()},
        counts_source=counts["how"],
        split_source=counts["split"],
        layers=layers,
    )
