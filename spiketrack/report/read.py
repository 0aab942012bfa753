"""Reading `profile.json`, which may come from anywhere: its size is bounded, all of it is checked.

What is in a profile is checked by `spiketrack.counts.profile_json`; the totals of Lava's own
counters, which only a report shows, are checked here.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hardware.lava.runtime.events import FIELDS, Events
from spiketrack.counts.profile import PHASES, Profile
from spiketrack.counts.profile_json import profile_from
from spiketrack.errors import ReportError
from spiketrack.json_fields import count_in, shortened
from spiketrack.json_text import read_json

MAX_BYTES = 64 * 2**20
PROFILE_FILE = "profile.json"


def profile_in(place: Path) -> Path:
    """The file of a profile: itself, or the one in a folder.

    Args:
        place: profile.json, or the folder that holds one.
    """
    return place / PROFILE_FILE if place.is_dir() else place


def read_profile(path: Path) -> Profile:
    """Reads and checks a profile.

    Args:
        path: profile.json.

    Raises:
        ReportError: the file cannot be read, is too large, or is not a profile; the message names
            the place.
    """
    profile = profile_from(read_json_file(f"profile '{path}'", path))
    lava_totals(profile)
    return profile


def read_json_file(what: str, path: Path) -> Any:
    """Reads a file of JSON that may come from anywhere.

    Args:
        what: the file as a message names it.
        path: where it is.

    Raises:
        ReportError: the file cannot be read, is too large, or is no JSON.
    """
    try:
        with path.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise ReportError(
            what, needed="a readable file", found=error.strerror or str(error)
        ) from error
    if len(content) > MAX_BYTES:
        raise ReportError(what, needed=f"at most {MAX_BYTES} bytes", found="more")
    try:
        return read_json(content.decode("utf-8"))
    except ValueError as error:
        raise ReportError(what, needed="JSON", found=str(error)) from error


def lava_totals(profile: Profile) -> Mapping[str, Events]:
    """The totals of Lava's own counters by phase; empty if nothing ran on Lava.

    Args:
        profile: a checked profile.

    Raises:
        ReportError: they are not totals of counters; the message names the place.
    """
    phases = profile.document.get("lava_events", {})
    if not isinstance(phases, dict) or not phases.keys() <= set(PHASES):
        needed = f"an object of phases {', '.join(PHASES)}"
        raise ReportError("profile 'lava_events'", needed, shortened(phases))
    return {name: _events(name, phase) for name, phase in phases.items()}


def _events(name: str, phase: object) -> Events:
    where = f"profile 'lava_events' phase '{name}'"
    totals = phase.get("totals") if isinstance(phase, dict) else None
    if not isinstance(totals, dict):
        raise ReportError(where, "an object 'totals'", type(totals).__name__)
    return Events(
        *(count_in(f"{where} '{field}'", totals.get(field), ReportError) for field in FIELDS)
    )
