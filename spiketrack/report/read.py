"""Reading `profile.json`, which may come from anywhere: bounded, and checked before use.

Checked: size, JSON without NaN, phases and their frames, every layer's name and kind, every counter
a non-negative int64, totals equal to the sums of the layers, model facts in range, texts as such;
the totals of Lava's own counters.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hardware.energy.model import count_of
from hardware.energy.phases import COUNTERS, PHASES, sum_counts
from hardware.lava.runtime.events import FIELDS
from spiketrack.errors import ReportError
from spiketrack.json_text import read_json

MAX_BYTES = 64 * 2**20
MAX_LAYERS = 20_000
MAX_NAME = 400
_MAX_COUNT = 2**63 - 1
_MODEL_RANGES = {
    "max_spike": (1, 255),
    "n_templates": (1, 64),
    "weight_bits": (1, 32),
    "stream_bits": (1, 64),
}


def read_profile(path: Path) -> dict[str, Any]:
    """Read and check a profile.

    Raises:
        ReportError: the file cannot be read, is too large, or is not a profile; the message names
            the place.
    """
    try:
        with path.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise ReportError(
            f"profile '{path}'", needed="a readable file", found=error.strerror or str(error)
        ) from error
    if len(content) > MAX_BYTES:
        raise ReportError(f"profile '{path}'", needed=f"at most {MAX_BYTES} bytes", found="more")
    try:
        document = read_json(content.decode("utf-8"))
    except ValueError as error:
        raise ReportError(f"profile '{path}'", needed="JSON", found=str(error)) from error
    return check_profile(document)


def check_profile(document: Any) -> dict[str, Any]:
    """Check a profile that is already in memory and return it.

    Raises:
        ReportError: see the head of this file.
    """
    if not isinstance(document, dict):
        raise ReportError("profile", needed="an object", found=type(document).__name__)
    phases = document.get("phases")
    if not isinstance(phases, dict) or not phases:
        raise ReportError(
            "profile", needed="an object 'phases' with at least one phase", found=repr(phases)[:80]
        )
    for name, phase in phases.items():
        if name not in PHASES:
            raise ReportError(
                "profile", needed=f"phases {', '.join(PHASES)}", found=repr(name)[:80]
            )
        _check_phase(name, phase)
    for key in ("provenance", "model", "speed", "loihi2"):
        if not isinstance(document.get(key, {}), dict):
            raise ReportError(
                f"profile '{key}'", needed="an object", found=type(document[key]).__name__
            )
    for key in ("listed_not_counted", "alarms"):
        texts = document.get(key, [])
        if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
            raise ReportError(f"profile '{key}'", needed="a list of texts", found=repr(texts)[:80])
    _check_model(document.get("model", {}))
    _check_lava_events(document.get("lava_events", {}))
    return document


def _check_phase(name: str, phase: Any) -> None:
    if not isinstance(phase, dict):
        raise ReportError(f"phase '{name}'", needed="an object", found=type(phase).__name__)
    _check_count(f"phase '{name}' frames", phase.get("frames"))
    layers = phase.get("layers")
    if not isinstance(layers, list) or len(layers) > MAX_LAYERS:
        raise ReportError(
            f"phase '{name}'",
            needed=f"a list of at most {MAX_LAYERS} layers",
            found=type(layers).__name__,
        )
    for index, layer in enumerate(layers):
        _check_layer(f"phase '{name}' layer {index}", layer)
    if "totals" in phase:
        _check_totals(name, phase["totals"], layers)


def _check_layer(where: str, layer: Any) -> None:
    if not isinstance(layer, dict):
        raise ReportError(where, needed="an object", found=type(layer).__name__)
    for key in ("name", "kind"):
        text = layer.get(key)
        if not isinstance(text, str) or not 0 < len(text) <= MAX_NAME:
            raise ReportError(
                where, needed=f"a '{key}' of 1 to {MAX_NAME} characters", found=repr(text)[:80]
            )
    _check_counters(f"{where} '{layer['name']}'", layer)


def _check_counters(where: str, counts: Mapping[str, Any], is_total: bool = False) -> None:
    for counter in (*COUNTERS, "n_steps"):
        group, _, key = counter.rpartition(".")
        holder = counts.get(group, {}) if group else counts
        if not isinstance(holder, dict):
            raise ReportError(f"{where} '{group}'", needed="an object", found=type(holder).__name__)
        if key in holder or not is_total:
            _check_count(f"{where} '{counter}'", holder.get(key))


def _check_count(where: str, value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _MAX_COUNT:
        raise ReportError(where, needed="an integer from 0 to 2^63-1", found=repr(value)[:80])


def _check_totals(name: str, totals: Any, layers: list[Any]) -> None:
    if not isinstance(totals, dict):
        raise ReportError(f"phase '{name}' totals", needed="an object", found=type(totals).__name__)
    _check_counters(f"phase '{name}' totals", totals, is_total=True)
    sums = sum_counts(layers)
    for counter in COUNTERS:
        group, _, key = counter.rpartition(".")
        given = key in (totals.get(group, {}) if group else totals)
        if given and count_of(totals, counter) != count_of(sums, counter):
            raise ReportError(
                f"phase '{name}' totals '{counter}'",
                needed=f"the sum of the layers, {count_of(sums, counter)}",
                found=str(count_of(totals, counter)),
            )


def _check_model(model: Mapping[str, Any]) -> None:
    for key, (low, high) in _MODEL_RANGES.items():
        value = model.get(key, low)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise ReportError(
                f"profile model '{key}'",
                needed=f"an integer {low} to {high}",
                found=repr(value)[:80],
            )
    for key in ("variant", "backend"):
        if not isinstance(model.get(key, ""), str):
            raise ReportError(f"profile model '{key}'", needed="text", found=repr(model[key])[:80])


def _check_lava_events(events: Any) -> None:
    """Totals only: a report shows no more."""
    if not isinstance(events, dict) or not events.keys() <= set(PHASES):
        needed = f"an object of phases {', '.join(PHASES)}"
        raise ReportError("profile 'lava_events'", needed, repr(events)[:80])
    for name, phase in events.items():
        where = f"profile 'lava_events' phase '{name}'"
        totals = phase.get("totals") if isinstance(phase, dict) else None
        if not isinstance(totals, dict):
            raise ReportError(where, "an object 'totals'", type(totals).__name__)
        for field in FIELDS:
            _check_count(f"{where} '{field}'", totals.get(field))
