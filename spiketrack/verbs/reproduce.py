"""An audit done again from what its audit.json says it was made from, and compared with it.

Prices, models and checks are the program's of today; counts and claims are those of the file. What
differs is then either a change of the program or of the files, and is named value by value.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hardware.energy.claims import ClaimFile, parse_claims
from spiketrack.errors import ReportError
from spiketrack.json_fields import Fields, shortened
from spiketrack.pipeline.listener import Listener
from spiketrack.report.audit_json import audit_document, profile_hash
from spiketrack.report.files import json_bytes
from spiketrack.report.read import PROFILE_FILE, read_json_file
from spiketrack.verbs.functions import audit_with, read_profiled
from spiketrack.version import VERSION

_TOLD = 20
_ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class Change:
    """One value that is another today: where it is, what the file has, and what it is now."""

    place: str
    was: str
    now: str


@dataclass(frozen=True, slots=True)
class Reproduced:
    """What came of repeating an audit.

    Attributes:
        written_by: version of the program that wrote the file.
        n_values: how many values were compared.
        changes: those that differ.
    """

    written_by: str
    n_values: int
    changes: tuple[Change, ...]

    def to_dict(self) -> dict[str, Any]:
        """Returns the result as plain JSON values."""
        return {
            "identical": not self.changes,
            "written_by": self.written_by,
            "now": VERSION,
            "values": self.n_values,
            "changes": [
                {"place": one.place, "was": one.was, "now": one.now} for one in self.changes
            ],
        }

    def lines(self) -> Iterator[str]:
        """What a terminal shows."""
        versions = f"written by spiketrack {self.written_by}, repeated by {VERSION}"
        if not self.changes:
            yield f"Identical: all {self.n_values:,} values of the audit ({versions})"
            return
        yield f"Changed: {len(self.changes):,} of {self.n_values:,} values ({versions})"
        for change in self.changes[:_TOLD]:
            yield f"  {change.place}: was {change.was}, is {change.now}"
        if len(self.changes) > _TOLD:
            yield f"  and {len(self.changes) - _TOLD:,} more; --json lists all"


def reproduce_audit(
    path: Path, mapping: Path | None, listener: Listener, models: Sequence[Path] = ()
) -> Reproduced:
    """Repeats an audit and compares every value.

    Args:
        path: audit.json, beside the profile.json that it was made from.
        mapping: the mapping that it was made with, if there was one.
        listener: hears warnings.
        models: files of the user's price lists that it was made with; one that is missing, or is
            another one, shows as a change.

    Raises:
        ReportError: the file is no audit, its profile is missing or another one, or it was made
            with a mapping and none was given.
    """
    document = read_json_file(f"audit '{path}'", path)
    audit = Fields(f"audit '{path}'", document, ReportError, "Write it anew with `audit -o`.")
    made = audit.inner("provenance")
    profiled = read_profiled(path.with_name(PROFILE_FILE))
    wanted, found = made.text("profile_sha256"), profile_hash(profiled.counted)
    if wanted != found:
        raise ReportError(
            f"profile '{path.with_name(PROFILE_FILE)}'",
            f"the one that was audited, sha256 {wanted[:12]}",
            f"another one, {found[:12]}",
        )
    if made.flag("with_mapping") != (mapping is not None):
        needed = "--mapping" if mapping is None else "no --mapping"
        raise ReportError(f"audit '{path}'", f"{needed}, as when it was made", "the contrary")
    again = audit_with(profiled, mapping, listener, _claims(audit), models)
    now = json.loads(json_bytes(audit_document(profiled.counted, again.report)))
    was = {key: value for key, value in document.items() if key != "provenance"}
    now.pop("provenance")
    values = dict(_values(was)), dict(_values(now))
    changes = tuple(_changes(*values))
    return Reproduced(made.text("spiketrack"), len(values[0].keys() | values[1].keys()), changes)


def _claims(audit: Fields) -> list[ClaimFile]:
    return [parse_claims(one.text("name"), one.text("text")) for one in audit.inners("claim_files")]


def _values(value: object, place: str = "") -> Iterator[tuple[str, object]]:
    """Every value of a document with its place; an empty list or object is one too."""
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from _values(inner, f"{place}.{key}" if place else str(key))
    elif isinstance(value, list) and value:
        for index, inner in enumerate(value):
            yield from _values(inner, f"{place}[{index}]")
    else:
        yield place, value


def _changes(was: dict[str, object], now: dict[str, object]) -> Iterator[Change]:
    for place in (*was, *(one for one in now if one not in was)):
        before, after = was.get(place, _ABSENT), now.get(place, _ABSENT)
        if before != after:
            yield Change(place, shortened(before), shortened(after))
