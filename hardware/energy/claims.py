"""The published claims about SpikeTrack's energy, read and checked, and what they imply.

Solving the formula for the mean integer needs no weights: it says how active the authors' network
must have been for the claim to hold under each reading. An implied mean that no measured
network shows is a reading that was not used.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeGuard

from spiketrack.constants import FP32_ADD, FP32_MAC
from spiketrack.errors import ReportError
from spiketrack.json_fields import object_in

MARKS = ("H", "M", "D")
_FILE = Path(__file__).with_name("claims.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One published claim.

    Attributes:
        id: unique key.
        subject: what it is about.
        variants: variants it can be held against; several where the source leaves it open.
        energy_mj: claimed energy per frame in mJ, or None where only scores are claimed.
        mark: H read in a primary source, M careful secondary source, D derived.
        source: where it was read.
        note: a doubt to print beside it.
        scores: accuracy by benchmark.
    """

    id: str
    subject: str
    variants: tuple[str, ...]
    energy_mj: float | None
    mark: str
    source: str
    note: str
    scores: Mapping[str, float]


def load_claims(path: Path = _FILE) -> tuple[Claim, ...]:
    """Reads the published claims.

    Args:
        path: a file of claims; the one of this package if none is given.

    Raises:
        ReportError: the file cannot be read or a claim is not as described in `Claim`.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ReportError(
            f"claims file '{path.name}'", needed="readable JSON", found=str(error)
        ) from error
    if not isinstance(document, dict) or not isinstance(document.get("claims"), list):
        raise ReportError(f"claims file '{path.name}'", needed="an object with a list 'claims'")
    claims = tuple(_claim(raw, index) for index, raw in enumerate(document["claims"]))
    names = [claim.id for claim in claims]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ReportError("claims", needed="unique ids", found=", ".join(twice))
    return claims


def implied_mean_integer(
    energy_mj: float, spiking_macs: float, rgb_macs: float, factor: int
) -> float:
    """Computes the implied mean integer (E - E_MAC x RGB MACs) / (E_AC x dense MACs x factor).

    Args:
        energy_mj: claimed energy per frame.
        spiking_macs: dense MACs per frame of layers fed by spikes.
        rgb_macs: MACs per frame on RGB.
        factor: 1 where D is inside the mean, D where the formula multiplies by it again.

    Raises:
        ValueError: there is no spike-driven layer.
    """
    if spiking_macs <= 0:
        raise ValueError(f"needs spike-driven MACs, found {spiking_macs}")
    return (energy_mj * 1e9 - FP32_MAC.value * rgb_macs) / (FP32_ADD.value * spiking_macs * factor)


def _claim(value: object, index: int) -> Claim:
    raw = object_in(f"claim {index}", value, ReportError)
    what = f"claim '{raw.get('id', index)}'"
    mark, energy = raw.get("mark"), raw.get("energy_mj")
    if mark not in MARKS:
        raise ReportError(what, needed="mark H, M or D", found=repr(mark))
    if energy is not None and (not _is_number(energy) or energy <= 0):
        raise ReportError(what, needed="a positive energy_mj or null", found=repr(energy))
    variants, scores = raw.get("variants"), raw.get("scores")
    if not isinstance(variants, list) or not all(isinstance(name, str) for name in variants):
        raise ReportError(what, needed="a list of variant names", found=repr(variants))
    if not isinstance(scores, dict) or not all(_is_number(score) for score in scores.values()):
        raise ReportError(what, needed="scores as numbers", found=repr(scores))
    return Claim(
        id=_text(what, raw, "id"),
        subject=_text(what, raw, "subject"),
        variants=tuple(variants),
        energy_mj=energy,
        mark=str(mark),
        source=_text(what, raw, "source"),
        note=_text(what, raw, "note"),
        scores=scores,
    )


def _text(what: str, raw: Mapping[str, object], key: str) -> str:
    value = raw.get(key)
    if not isinstance(value, str):
        raise ReportError(what, needed=f"text under '{key}'", found=repr(value))
    return value


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
