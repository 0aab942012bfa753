"""Reads silicon records from TOML, every entry checked."""

import sys
from functools import cache
from pathlib import Path

from hardware.energy.records.silicon_record import (
    KINDS,
    Activity,
    Boundary,
    ChipCounters,
    Kind,
    PublicNetwork,
    RecordLayer,
    RecordRun,
    SiliconRecord,
    activity_of,
)
from spiketrack.constants import MARKS, Constant
from spiketrack.errors import ReportError
from spiketrack.json_fields import Fields, texts_in

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FOLDER = Path(__file__).parent


@cache
def load_records(folder: Path = FOLDER) -> tuple[SiliconRecord, ...]:
    """Reads every record of a folder, sorted by file name.

    Raises:
        ReportError: a file is not TOML, or a key is missing or wrong; the message names the key.
    """
    return tuple(_read(path) for path in sorted(folder.glob("*.toml")))


def record_of_name(name: str) -> SiliconRecord:
    """Returns the record of that name.

    Raises:
        ReportError: there is none; the message lists those that are there.
    """
    records = {record.name: record for record in load_records()}
    if name not in records:
        raise ReportError(f"silicon record '{name}'", f"one of {', '.join(records)}")
    return records[name]


def _read(path: Path) -> SiliconRecord:
    what = f"silicon record '{path.name}'"
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ReportError(what, needed="TOML", found=str(error)) from error
    return _record(Fields(what, document, ReportError))


def _record(record: Fields) -> SiliconRecord:
    measured, boundary = record.inner("measured"), record.inner("boundary")
    steps = _at_least_one(record, "steps")
    layers = tuple(_layer(one) for one in record.inners("layers")) if _has(record, "layers") else ()
    counts = record.inner("counts") if layers else None
    return SiliconRecord(
        name=record.text("name"),
        title=record.text("title"),
        kind=_kind(record),
        chip=record.text("chip"),
        chips=record.whole("chips"),
        steps=steps,
        measured={key: _constant(measured.inner(key)) for key in measured.members},
        boundary=Boundary(
            static=boundary.text("static"),
            dynamic=boundary.text("dynamic"),
            x86=boundary.text("x86"),
        ),
        counts_source="" if counts is None else counts.text("how"),
        split_source="" if counts is None else counts.text("split"),
        layers=layers,
        activity=_activity(record, "activity")
        if counts is None
        else activity_of(layers, steps, counts.text("how"), _mark(counts)),
        activity_most=_activity(record, "activity_most"),
        chip_counters=_chip_counters(record),
        runs=tuple(_run(one) for one in record.inners("runs")) if _has(record, "runs") else (),
        network=None if counts is None else _network(counts),
        caveats=texts_in(f"{record.what} 'caveats'", record.members.get("caveats"), ReportError),
    )


def _has(entry: Fields, key: str) -> bool:
    return key in entry.members


def _kind(record: Fields) -> Kind:
    given = record.text("kind")
    for kind in KINDS:
        if given == kind:
            return kind
    raise ReportError(f"{record.what} 'kind'", f"one of {', '.join(KINDS)}", repr(given))


def _layer(layer: Fields) -> RecordLayer:
    return RecordLayer(
        name=layer.text("name"),
        node=layer.text("node"),
        cores=_at_least_one(layer, "cores"),
        neurons=layer.whole("neurons"),
        synops=layer.whole("synops"),
        spikes=layer.whole("spikes"),
        relay=layer.flag("relay") if _has(layer, "relay") else False,
    )


def _activity(record: Fields, key: str) -> Activity | None:
    if not _has(record, key):
        return None
    entry = record.inner(key)
    return Activity(
        synops=entry.whole("synops"),
        neuron_updates=entry.whole("neuron_updates"),
        spikes=entry.whole("spikes"),
        source=entry.text("source"),
        mark=_mark(entry),
    )


def _chip_counters(record: Fields) -> ChipCounters | None:
    if not _has(record, "chip_counters"):
        return None
    entry = record.inner("chip_counters")
    return ChipCounters(
        synops=entry.whole("synops"),
        neuron_updates=entry.whole("neuron_updates"),
        source=entry.text("source"),
        mark=_mark(entry),
    )


def _run(run: Fields) -> RecordRun:
    return RecordRun(
        label=run.text("label"),
        steps=_at_least_one(run, "steps"),
        dynamic_uj=float(run.number("dynamic_uj")),
    )


def _network(counts: Fields) -> PublicNetwork:
    return PublicNetwork(file=counts.text("file"), sha256=counts.text("sha256"))


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
