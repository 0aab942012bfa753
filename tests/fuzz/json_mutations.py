"""Another JSON value in place of one somewhere inside a JSON text."""

import json
from collections.abc import Iterator
from typing import Any

from numpy.random import Generator

_DEPTH = 3000
_STRANGERS: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 2, 255, 2**31, 2**63, 10**400, -(10**30), 0.5, -0.0, 1e308,
    float("nan"), float("inf"), "", "x", "0", "\0", "\ud800", "a/b", ".", "é" * 300, "y" * 100_000,
    "a\x1b[2Jb", "\u202e", "../../x", "NaN", [0] * 3000,
    [], {}, [[]], [None], [-1, -1, -1, -1], [1, 1], [0, 0, 0, 0], [2**40] * 4, ["x", "x"],
    {"type": "x"}, "FloatConv", "FloatNILIF", "SpikeConv", "Delay", "Flatten", "image",
)  # fmt: skip


def mutate_json(rng: Generator, text: str) -> str:
    """Other JSON text, or text that is no longer JSON.

    Args:
        rng: decides everything.
        text: what was there; need not be JSON.
    """
    if rng.random() < 0.1:
        deep = "[" * _DEPTH + "]" * _DEPTH
        return str(rng.choice([deep, text[:-1], "{", "", text + text, text.replace(",", ";")]))
    try:
        value = json.loads(text)
    except ValueError:
        return str(json.dumps(text))
    places = list(_places(value, ()))
    for _ in range(rng.integers(1, 4)):
        value = _change(rng, value, places[rng.integers(len(places))])
    return json.dumps(value)


def _places(value: Any, path: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    """The way to every value inside of one, and to itself."""
    yield path
    if isinstance(value, dict | list):
        inside = value.items() if isinstance(value, dict) else enumerate(value)
        for key, one in inside:
            yield from _places(one, (*path, key))


def _change(rng: Generator, value: Any, path: tuple[Any, ...]) -> Any:
    stranger = _STRANGERS[rng.integers(len(_STRANGERS))]
    if not path:
        return stranger if rng.random() < 0.2 else value
    holder = value
    try:
        for key in path[:-1]:
            holder = holder[key]
        _change_entry(rng, holder, path[-1], stranger)
    except (LookupError, TypeError, AttributeError):
        pass  # an earlier change took the place away
    return value


def _change_entry(rng: Generator, holder: Any, key: Any, stranger: Any) -> None:
    action = rng.integers(6)
    if action == 0:
        del holder[key]
    elif action == 1 and isinstance(holder, dict):
        holder[str(key) + "x"] = holder.pop(key)
    elif action == 1:
        holder.append(holder[key])
    elif action == 2 and isinstance(holder, list):
        rng.shuffle(holder)
    elif action == 3 and isinstance(holder[key], int | float):
        holder[key] = holder[key] * int(rng.choice([-1, 0, 2, 1000])) + int(rng.integers(-2, 3))
    else:
        holder[key] = stranger
