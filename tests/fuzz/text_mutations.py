"""Changes to JSON documents, by value, so that a file stays JSON and reaches the checks behind."""

import json
from typing import Any

from numpy.random import Generator

_NASTY: tuple[Any, ...] = (
    None, True, -1, 0, 1 << 31, 1 << 62, 1 << 63, 10**40, 1e308, -0.5, "", "a\x1b[2Jb", "\u202e",
    "../../x", "NaN", [], {}, [[]], [0] * 3000, {"a": {"a": {"a": 1}}},
)  # fmt: skip


def mutate_json(rng: Generator, data: bytes) -> tuple[bytes, str]:
    """The document with one to three values replaced, taken out, put twice or nested deeply."""
    document = json.loads(data)
    stories = []
    for _ in range(int(rng.integers(1, 4))):
        holder, key = _place(rng, document)
        if holder is None:
            break
        match int(rng.integers(4)):
            case 0:
                del holder[key]
                stories.append(f"without {key!r:.20}")
            case 1:
                holder[key] = [holder[key], holder[key]]
                stories.append(f"twice {key!r:.20}")
            case _:
                at = int(rng.integers(len(_NASTY)))
                holder[key] = _NASTY[at]
                stories.append(f"{key!r:.20} nasty {at}")
    return json.dumps(document).encode(), ", ".join(stories) or "same"


def _place(rng: Generator, document: Any) -> tuple[Any, Any]:
    """A random entry of a random container, deeper ones less often."""
    holder = document
    found: tuple[Any, Any] = (None, None)
    while isinstance(holder, dict | list) and holder:
        keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
        key = keys[int(rng.integers(len(keys)))]
        found = holder, key
        if rng.random() < 0.25:
            break
        holder = holder[key]
    return found
