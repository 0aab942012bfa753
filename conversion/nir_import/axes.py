"""Finds shapes that a file does not state, or states with axes of time and batch.

What a node wants at its input is read from its weights and parameters; an Input takes what the
first node behind it wants.
"""

from collections.abc import Container, Mapping, Sequence
from math import prod

from conversion.nir_import.nodes import Axes, FileNode, refused
from spiketrack.errors import ObstacleError
from spiketrack.graph.shapes import MAX_NEURONS

KEEP_SHAPE = frozenset({
    "LIF", "LI", "IF", "I", "CubaLIF", "CubaLI", "Threshold", "Scale", "Delay", "Input", "Output",
})  # fmt: skip
_FIELDS = ("v_threshold", "tau", "tau_mem", "r", "threshold", "scale", "delay")
MAX_AXES = 3
Wanted = tuple[int | None, ...]
"""A shape with axes of any size in it."""
_Far = tuple[bool, int, str]
"""A want seen from a node: whether it is one number only, how many edges away, of which node."""


def wanted(node: FileNode) -> Wanted | None:
    """Finds what a node says of its input's shape; None if nothing, () if any will do."""
    try:
        shape = _wanted(node)
        return None if shape is None else without_samples(shape)
    except ObstacleError:
        return None  # said again when the node itself is converted


def without_samples(shape: Wanted) -> Wanted:
    """A shape without leading axes of 1 that can only count samples: values have three at most."""
    while len(shape) > MAX_AXES and shape[0] == 1:
        shape = shape[1:]
    return shape


def _wanted(node: FileNode) -> Wanted | None:
    match node.kind:
        case "Affine" | "Linear":
            weight = node.extent("weight")
            # Some exporters write a batch of one before the matrix.
            while len(weight) > 2 and weight[0] == 1:
                weight = weight[1:]
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
    order: Sequence[str],
    wants: Mapping[str, Wanted | None],
    targets: Mapping[str, Sequence[str]],
    keeping: Container[str],
) -> dict[str, str]:
    """Which node behind every node says what its shape should be, through nodes that keep shapes.

    The nearest want counts, of equally near ones the first by path; one of a single number only
    where there is no other.

    Args:
        order: paths, sources first.
        wants: what every node says about its input.
        targets: where the out-edges of every node lead.
        keeping: paths of the nodes that keep the shape.

    Returns:
        By path the node whose want counts; nodes behind which nothing is wanted are left out.
    """
    best: dict[str, _Far] = {}
    # From the outputs back, so that all a node leads to has been looked at.
    for path in reversed(order):
        ranked = [far for target in targets[path] if (far := _seen(target, wants, best, keeping))]
        if ranked:
            best[path] = min(ranked)
    return {path: name for path, (*_, name) in best.items()}


def _seen(
    path: str,
    wants: Mapping[str, Wanted | None],
    best: Mapping[str, _Far],
    keeping: Container[str],
) -> _Far | None:
    """The best want at a node or behind it, as seen from one edge before it."""
    shape = wants[path]
    # Tuples sort by their places: a want that says more wins, then the nearer one.
    ranked = [(not _says_much(shape), 1, path)] if shape else []
    if path in keeping and path in best:
        is_weak, distance, name = best[path]
        ranked.append((is_weak, distance + 1, name))
    return min(ranked, default=None)


def _says_much(shape: Wanted) -> bool:
    return None in shape or prod(size or 1 for size in shape) > 1


def input_axes(
    node: FileNode, behind: Wanted | None, notes: list[str], *, by_channels: bool
) -> Axes:
    """The shape of an Input: as stated, without axes of time and batch, or as wanted behind it.

    Args:
        node: the Input.
        behind: what is wanted behind it.
        notes: where to say what was read otherwise than stated.
        by_channels: a convolution wants it, so that a leading 1 is its one channel, no batch.

    Raises:
        ObstacleError: nothing in the file determines it.
    """
    stated = node.sizes("shape") or node.sizes("input_type") if node.kind == "Input" else None
    if stated is None:
        # An axis of any size cannot be allocated.
        if behind is None or None in behind or not behind:
            raise refused(
                node.path, "an Input whose shape nothing in the file determines", "write its shape"
            )
        notes.append(f"'{node.path}' states no shape: {behind} by what reads it")
        return tuple(size or 1 for size in behind)
    axes = _without_batch(stated, behind, by_channels=by_channels)
    if not 1 <= len(axes) <= 3 or min(axes) < 1:
        reason = f"an Input of the shape {stated}"
        raise refused(node.path, reason, "write (C,), (C, L) or (C, H, W), without time and batch")
    if prod(axes) > MAX_NEURONS:
        reason = f"an Input of {prod(axes)} numbers a step"
        raise refused(node.path, reason, f"keep it within {MAX_NEURONS}")
    if axes != stated:
        notes.append(f"'{node.path}' states the shape {stated}, read as {axes}")
    return axes


def _without_batch(stated: Axes, behind: Wanted | None, *, by_channels: bool) -> Axes:
    if behind and len(behind) < len(stated) and _matches(stated[-len(behind) :], behind):
        return stated[-len(behind) :]
    # A convolution of one channel behind an Input without that axis: torch adds it by itself.
    if by_channels and behind and len(behind) == len(stated) + 1 and behind[0] == 1:
        if _matches(stated, behind[1:]):
            return (1, *stated)
    while len(stated) > MAX_AXES and stated[0] == 1:
        stated = stated[1:]
    return stated


def _matches(axes: Axes, shape: Wanted) -> bool:
    return all(size is None or size == axis for axis, size in zip(axes, shape, strict=True))


def _conv(node: FileNode) -> Wanted | None:
    weight = node.extent("weight")
    if len(weight) < 3:
        return None
    rank, channels = len(weight) - 2, weight[1] * node.integer("groups", 1)
    grid: Wanted = grid_stated(node.sizes("input_shape") or (), rank, channels)
    return (channels, *(grid or (None,) * rank))


def grid_stated(stated: Axes, rank: int, channels: int) -> Axes:
    """The grid of a convolution's `input_shape`, without samples and channels where it has them."""
    before = stated[:-rank]
    return stated[-rank:] if before in ((), (channels,), (1, channels)) else stated
