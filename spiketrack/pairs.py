"""Files that belong together: each says by hash what it was made from, and hashes are compared.

A profile belongs to a model, a mapping to a model and a profile, an unfinished profile to the run
that goes on, the checkpoint of --beside to the model that was made from it.
Why contents come before bytes: a model converted again, or a profile counted again, holds other
versions or other times and is still the same. Files of older versions say less; where nothing can
be compared, that is told, and the file is used.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from spiketrack.errors import PairError
from spiketrack.provenance import is_sha256, sha256_bytes

LABELS = {
    "model_content": "integer graphs",
    "model": "model file",
    "weights": "weights",
    "weights_beside": "weights of --beside",
    "checkpoint": "checkpoint file",
    "profile_content": "counts",
    "profile": "profile file",
    "video": "video",
    "inputs": "inputs",
}
"""What each hash is of, in words; the keys are those of a provenance's `sha256`."""

MODEL_KEYS = ("model_content", "model", "weights")
"""A profile or a mapping and a model; only a float profile has none but the last."""
PROFILE_KEYS = ("profile_content", "profile")
WEIGHT_KEYS = ("weights",)
_SHOWN_DIGITS = 12


@dataclass(frozen=True, slots=True)
class Side:
    """One of two files.

    Attributes:
        name: what it is and where, for people: "profile 'out/profile.json'".
        hashes: SHA-256 by the keys of `LABELS`, of the file or of what it says it was made from.
    """

    name: str
    hashes: Mapping[str, str]


def hashes_in(provenance: object) -> dict[str, str]:
    """The well-formed hashes of a provenance, which may come from anywhere."""
    hashes = provenance.get("sha256") if isinstance(provenance, dict) else None
    if not isinstance(hashes, dict):
        return {}
    return {str(key): value for key, value in hashes.items() if is_sha256(value)}


def check_pair(made: Side, source: Side, keys: Sequence[str], advice: str) -> str | None:
    """Refuses two files that do not belong together.

    The first of `keys` that both sides have decides.

    Args:
        made: the file that was made from the other one, or from the same thing.
        source: the other one.
        keys: hashes that can decide, the one that says most first.
        advice: how to make the right file.

    Returns:
        A warning if nothing can be compared, else None.

    Raises:
        PairError: they do not belong together.
    """
    shared = [key for key in keys if key in made.hashes and key in source.hashes]
    key = shared[0] if shared else None
    if key is None:
        told = f"whether {made.name} belongs to {source.name} could not be checked"
        silent = source.name if any(key in made.hashes for key in keys) else made.name
        return f"{told}: {silent} does not say what it was made from, as in older versions"
    here, there = made.hashes[key], source.hashes[key]
    if here != there:
        digits = f"{here[:_SHOWN_DIGITS]} and {there[:_SHOWN_DIGITS]}"
        needed = f"the same {LABELS[key]}"
        raise PairError(f"{made.name} and {source.name}", needed, f"sha256 {digits}", advice)
    return None


def sha256_json(value: Any) -> str:
    """One SHA-256 for JSON values; the order of keys does not matter.

    Raises:
        TypeError, ValueError: what JSON has no form for.
    """
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return sha256_bytes(text.encode())
