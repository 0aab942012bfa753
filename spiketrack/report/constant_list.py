"""Every published number in the house, with unit, mark and source: for `spiketrack constants`."""

from collections.abc import Iterator
from dataclasses import dataclass

from hardware.energy.claims import SEED, shipped_file, shipped_names
from hardware.energy.records import load_records
from hardware.mapping.activity import ASSUMED_RATE, ASSUMED_UNARY_RATE
from hardware.target import KEYS, KNOWN_TARGETS, load_target
from spiketrack import constants
from spiketrack.constants import Constant
from spiketrack.report.energy_tables import MARK_WORDS
from spiketrack.report.tables import TableData, columns, number_cell, text_cell
from spiketrack.report.units import exact


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedConstant:
    """One number and where in the house it lives.

    Attributes:
        group: "prices and thresholds", "target loihi2", "record pilotnet-snn", "claims" ...
        name: unique within its group.
        constant: value, unit, source, mark.
    """

    group: str
    name: str
    constant: Constant

    def to_dict(self) -> dict[str, object]:
        """Returns the row as plain JSON values."""
        return {
            "group": self.group,
            "name": self.name,
            "value": self.constant.value,
            "unit": self.constant.unit,
            "mark": self.constant.mark,
            "source": self.constant.source,
        }


def listed_constants() -> tuple[ListedConstant, ...]:
    """Lists prices, thresholds, the known targets with their time tables, records, and claims.

    Raises:
        TargetError, ReportError: a file of the package is damaged.
    """
    return tuple(
        ListedConstant(group=group, name=name, constant=value) for group, name, value in _all()
    )


def _all() -> Iterator[tuple[str, str, Constant]]:
    for name, value in vars(constants).items():
        if isinstance(value, Constant):
            yield "prices and thresholds", name, value
    yield "assumed activity", "messages", ASSUMED_RATE
    yield "assumed activity", "binary spikes", ASSUMED_UNARY_RATE
    for name in KNOWN_TARGETS:
        target = load_target(name)
        for key, quantity in target.quantities.items():
            if key not in KEYS["time"]:
                yield f"target {name}", key, quantity
        for table in target.times:
            for key, time in table.times.items():
                yield f"target {name}, times '{table.name}'", key, time
    for record in load_records():
        for name, figure in record.constants().items():
            yield f"record {record.name}", name.rpartition(": ")[2], figure
    for paper in shipped_names():
        # Why the first word alone: it is the group that has always held the claims on SpikeTrack.
        group, per = ("claims", "frame") if paper == SEED else (f"claims of {paper}", "input")
        for claim in shipped_file(paper).claims:
            if claim.energy_mj is not None:
                mark = claim.mark_of("energy_mj")
                yield group, claim.id, Constant(
                    claim.energy_mj, f"mJ per {per}", claim.source, mark
                )


def constant_tables() -> list[TableData]:
    """Makes one table for each group."""
    groups: dict[str, list[ListedConstant]] = {}
    for entry in listed_constants():
        groups.setdefault(entry.group, []).append(entry)
    return [
        TableData(
            title=group.capitalize(),
            columns=columns("name", "#value", "unit", "mark", "source"),
            rows=tuple(
                (
                    text_cell(entry.name),
                    number_cell(entry.constant.value, exact),
                    text_cell(entry.constant.unit),
                    text_cell(entry.constant.mark),
                    text_cell(entry.constant.source),
                )
                for entry in listed
            ),
            note=MARK_WORDS if group == "claims" else "",
        )
        for group, listed in groups.items()
    ]
