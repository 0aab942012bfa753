"""Shapes that nobody stated, or that were stated with axes of time and batch.

What a node wants at its input is read from its weights and parameters; an Input takes what the
first node behind it wants.
"""

from collections.abc import Mapping, Sequence
from math import prod

from conversion.nir_import.nodes import Axes, FileNode, refused
from spiketrack.errors import ObstacleError

KEEP_SHAPE = frozenset({
    "LIF", "LI", "IF", "I", "CubaLIF", "CubaLI", "Threshold", "Scale", "Delay", "Input", "Output",
})  # fmt: skip
_FIELDS = ("v_threshold", "tau", "tau_mem", "r", "threshold", "scale", "delay")
Wanted = tuple[int | None, ...]
"""A shape with axes of any size in it."""


def wanted(node: FileNode) -> Wanted | None:
    """What a node says about the shape of its input; None if nothing, () if any will do."""
    try:
        return _wanted(node)
    except ObstacleError:
        return None  # said again when the node itself is converted


def _wanted(node: FileNode) -> Wanted | None:
    match node.kind:
        case "Affine" | "Linear":
            weight = node.extent("weight")
            return (*weight[:-2], weight[-1]) if len(weight) >= 2 else None
        case "Conv1d" | "Conv2d":
            return _conv(node)
        case "Flatten":
            return node.sizes("input_type")
        case "Output" | "Input":
            return node.sizes("shape")
    if node.kind in KEEP_SHAPE:
        extents = [node.extent(field) for field in _FIELDS if node.has(field)]
        return max(extents, key=prod, default=None)
    return None


def expected(
    path: str,
    nodes: Mapping[str, FileNode],
    targets: Mapping[str, Sequence[str]],
) -> Wanted | None:
    """What the nodes behind `path` want from it, seen through nodes that keep the shape."""
    seen, layer = {path}, list(targets[path])
    weak: Wanted | None = None
    while layer:
        found = [wanted(nodes[target]) for target in layer if target in nodes]
        for shape in found:
            if shape and (None in shape or prod(size or 1 for size in shape) > 1):
                return shape
            weak = shape or weak
        through = [name for name in layer if name in nodes and nodes[name].kind in KEEP_SHAPE]
        seen.update(layer)
        layer = sorted({far for name in through for far in targets[name]} - seen)
    return weak


def input_axes(node: FileNode, behind: Wanted | None, notes: list[str]) -> Axes:
    """The shape of an Input: as stated, without axes of time and batch, or as wanted behind it.

    Raises:
        ObstacleError: it cannot be told.
    """
    stated = node.sizes("shape") or node.sizes("input_type") if node.kind == "Input" else None
    if stated is None:
        if behind is None or None in behind or not behind:
            raise refused(node.path, "an Input whose shape nothing tells", "write its shape")
        notes.append(f"'{node.path}' states no shape: {behind} by what reads it")
        return tuple(size or 1 for size in behind)
    axes = _without_batch(stated, behind)
    if not 1 <= len(axes) <= 3 or min(axes) < 1:
        reason = f"an Input of the shape {stated}"
        raise refused(node.path, reason, "write (C,), (C, L) or (C, H, W), without time and batch")
    if axes != stated:
        notes.append(f"'{node.path}' states the shape {stated}, read as {axes}")
    return axes


def _without_batch(stated: Axes, behind: Wanted | None) -> Axes:
    if behind and len(behind) < len(stated) and _matches(stated[-len(behind) :], behind):
        return stated[-len(behind) :]
    if behind and len(behind) == len(stated) + 1 and behind[0] == 1:
        if _matches(stated, behind[1:]):
            return (1, *stated)
    while len(stated) > 3 and stated[0] == 1:
        stated = stated[1:]
    return stated


def _matches(axes: Axes, shape: Wanted) -> bool:
    return all(size is None or size == axis for axis, size in zip(axes, shape, strict=True))


def _conv(node: FileNode) -> Wanted | None:
    weight = node.extent("weight")
    if len(weight) < 3:
        return None
    grid: Wanted = node.sizes("input_shape") or (None,) * (len(weight) - 2)
    return (weight[1] * node.integer("groups", 1), *grid)
