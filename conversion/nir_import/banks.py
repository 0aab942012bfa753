"""A bank is Thresholds of common sources and targets, whose sum is one integer spike."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np

from conversion.nir_document import firing_levels
from conversion.nir_import.nodes import FileNode
from spiketrack.errors import ObstacleError

Ends = Mapping[str, Sequence[str]]


def find_banks(
    nodes: Mapping[str, FileNode], sources: Ends, targets: Ends
) -> dict[str, tuple[str, ...]]:
    """The Thresholds of every integer neuron, by the first of them (the lowest level).

    A bank counts s = round_half_even(clamp(x, 0, D)) by D >= 2 comparisons; Thresholds at other
    levels are no bank, each fires by itself.
    """
    alike: dict[object, list[tuple[float, str]]] = defaultdict(list)
    for path, node in nodes.items():
        if node.kind == "Threshold":
            level = _level(node)
            if level is not None:
                # Only Thresholds that hear and reach the same nodes can stand for one neuron.
                alike[tuple(sources[path]), tuple(targets[path])].append((level, path))
    banks = {}
    for members in alike.values():
        levels, paths = zip(*sorted(members), strict=True)
        if len(paths) > 1 and levels == tuple(map(float, firing_levels(len(paths)))):
            banks[paths[0]] = paths
    return banks


def _level(node: FileNode) -> float | None:
    """The one level of a Threshold, or None."""
    try:
        values = np.unique(node.floats("threshold"))
    except ObstacleError:
        return None  # said again when the node is converted
    return float(values[0]) if values.size == 1 else None
