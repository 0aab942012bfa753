"""One measurement on a chip: the published figures, and the load that ran, layer by layer."""

import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from spiketrack.constants import MARKS, Constant
from spiketrack.errors import ReportError
from spiketrack.json_fields import Fields

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordLayer:
    """A layer of the measured network, on cores of its own.

    Attributes:
        name: what the record calls it.
        node: name of its neuron node in our integer graph.
        cores: how many cores the chip's own compiler gave it.
        neurons: how many neurons it updates in every step.
        synops: synaptic operations of non-zero weights that arrive in it, over all steps.
        spikes: spikes that it sends, over all steps.
    """

    name: str
    node: str
    cores: int
    neurons: int
    synops: int
    spikes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SiliconRecord:
    """One measurement of a network on a chip.

    Attributes:
        name: short key.
        title: name for people.
        chip: name of the target it ran on.
        chips: how many chips shared its barrier.
        steps: how many steps the counts are summed over.
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
        """Returns every published figure by the name that a report shows."""
        return {f"{self.title}: {key}": figure for key, figure in self.measured.items()}


@cache
def load_records(folder: Path = FOLDER) -> tuple[SiliconRecord, ...]:
    """Reads every record of a folder, sorted by file name.

    Raises:
        ReportError: a file is not TOML, or a key is missing or wrong; the message names the key.
    """
    return tuple(_read(path) for path in sorted(folder.glob("*.toml")))


def _read(path: Path) -> SiliconRecord:
    what = f"silicon record '{path.name}'"
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ReportError(what, needed="TOML", found=str(error)) from error
    return _record(Fields(what, document, ReportError))


def _record(record: Fields) -> SiliconRecord:
    counts, measured = record.inner("counts"), record.inner("measured")
    _mark(counts)
    return SiliconRecord(
        name=record.text("name"),
        title=record.text("title"),
        chip=record.text("chip"),
        chips=record.whole("chips"),
        steps=_at_least_one(record, "steps"),
        measured={key: _constant(measured.inner(key)) for key in measured.members},
        counts_source=counts.text("how"),
        split_source=counts.text("split"),
        layers=tuple(_layer(layer) for layer in record.inners("layers")),
    )


def _layer(layer: Fields) -> RecordLayer:
    return RecordLayer(
        name=layer.text("name"),
        node=layer.text("node"),
        cores=_at_least_one(layer, "cores"),
        neurons=layer.whole("neurons"),
        synops=layer.whole("synops"),
        spikes=layer.whole("spikes"),
    )


def _constant(entry: Fields) -> Constant:
    return Constant(entry.number("value"), entry.text("unit"), entry.text("source"), _mark(entry))


def _mark(entry: Fields) -> str:
    mark = entry.text("mark")
    if mark not in MARKS:
        raise ReportError(f"{entry.what} 'mark'", f"one of {', '.join(MARKS)}", repr(mark))
    return mark


def _at_least_one(entry: Fields, key: str) -> int:
    value = entry.whole(key)
    if value < 1:
        raise ReportError(f"{entry.what} '{key}'", "at least 1", str(value))
    return value
