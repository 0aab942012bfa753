"""Turns a node into a record (plain JSON values) plus its arrays, and back.

A record holds field by field what `dataclasses.fields` names; what a field may hold is read from
its annotation, and which node types there are from the two unions. So a new node costs nothing
here.
"""

from collections.abc import Callable, Mapping
from dataclasses import fields
from functools import cache
from typing import Any, Literal, get_args, get_origin, get_type_hints

from spiketrack.errors import GraphError
from spiketrack.graph import float_nodes as f
from spiketrack.graph import spike_nodes as s
from spiketrack.graph.checks import Array, Pair
from spiketrack.graph.shapes import AnyNode, N

FLOAT_TYPES: dict[str, Callable[..., f.FloatNode]] = {
    kind.__name__: kind for kind in get_args(f.FloatNode)
}
SPIKE_TYPES: dict[str, Callable[..., s.SpikeNode]] = {
    kind.__name__: kind for kind in get_args(s.SpikeNode)
}


_DEFAULTS = {"current": "new"}
"""Fields that are younger than the files that lack them: left out at these values."""


def array_fields(kind: Any) -> tuple[str, ...]:
    """Names the fields of a node type that hold arrays."""
    return tuple(name for name, hint in hints(kind).items() if hint == Array)


def hints(kind: Any) -> dict[str, Any]:
    """The fields of a node type in order, each with its annotation."""
    return _hints(kind)


@cache
def _hints(kind: Any) -> dict[str, Any]:
    known = get_type_hints(kind)
    return {field.name: known[field.name] for field in fields(kind)}


def to_record(node: AnyNode) -> dict[str, Any]:
    """`{"type": ..., "name": ..., ...}`: every field but the arrays, ready for JSON."""
    record: dict[str, Any] = {"type": type(node).__name__}
    for name, hint in hints(type(node)).items():
        if hint != Array and _DEFAULTS.get(name) != getattr(node, name):
            record[name] = _plain(hint, getattr(node, name))
    return record


def from_record(
    types: Mapping[str, Callable[..., N]], record: object, arrays: Mapping[str, Array]
) -> N:
    """The node a record and its arrays describe.

    Args:
        types: the node types allowed here.
        record: what `to_record` gave, after a trip through JSON.
        arrays: by field name; exactly the array fields of the type.

    Raises:
        GraphError: a type that is not allowed, a field that is missing, unknown or of another
            type, or whatever the node itself refuses.
    """
    type_name = record_type(types, record)
    kind = types[type_name]
    # Files of before the field mean what every node did then.
    own = {name: value for name, value in _DEFAULTS.items() if name in hints(kind)}
    given = {**own, **_entries(record), **arrays}
    given.pop("type")
    what = f"node '{given.get('name')}' ({type_name})"
    if set(given) != set(hints(kind)) or not set(array_fields(kind)) <= set(arrays):
        needed = f"the fields {', '.join(hints(kind))}"
        raise GraphError(what, needed, ", ".join(map(str, given)))
    values = {name: _typed(what, name, hint, given[name]) for name, hint in hints(kind).items()}
    return kind(**values)


def record_type(types: Mapping[str, object], record: object) -> str:
    """The type a record names; GraphError unless it is in the table."""
    kind = _entries(record).get("type")
    if not isinstance(kind, str) or kind not in types:
        raise GraphError("node record", f"a type among {', '.join(types)}", repr(kind))
    return kind


def _entries(record: object) -> dict[str, Any]:
    if not isinstance(record, dict):
        raise GraphError("node record", "a dictionary", type(record).__name__)
    return record


def _plain(hint: Any, value: Any) -> object:
    # NumPy numbers are no JSON values.
    if hint in (int, float):
        return hint(value)
    if hint in (f.Shape, Pair):
        return [int(size) for size in value]
    return list(value) if isinstance(value, tuple) else value


def _typed(what: str, name: str, hint: Any, value: Any) -> object:
    if hint == Array:
        return value
    # Why bounded: every integer of a node meets an array of 64 bits or a float.
    is_int = isinstance(value, int) and not isinstance(value, bool) and abs(value) < 1 << 63
    if hint is int and is_int:
        return value
    if hint is float and (is_int or isinstance(value, float)):
        return float(value)
    if hint is str and isinstance(value, str):
        return value
    if get_origin(hint) is Literal and value in get_args(hint):
        return value
    if get_origin(hint) is tuple and isinstance(value, list):
        element, *others = get_args(hint)
        any_length = others == [...]
        is_small = all(not isinstance(entry, int) or abs(entry) < 1 << 63 for entry in value)
        if (
            is_small
            # By exact type: True is an int to isinstance.
            and all(type(entry) is element for entry in value)
            and (any_length or len(value) == 1 + len(others))
        ):
            return tuple(value)
    needed = str(hint) if get_origin(hint) else hint.__name__
    raise GraphError(f"{what}, {name}", needed, repr(value)[:80])
