"""Runs cases on Lava in two ways and compares both with the reference.

Arguments: "kinds", or a block of a tracker as "<checkpoint folder> <variant> <graph> <pattern>".
Prints the values and counts that differ, and what ran.
"""

import json
import sys
from pathlib import Path

from hardware.lava.detail import Detail
from simulation.random_graphs import random_graph
from tests.hardware.lava.lava_cases import SHAPES, computing, every_kind
from tests.hardware.lava.lava_comparisons import (
    compare,
    matching,
    random_model,
    template_and_search,
)


def kinds(shape: str) -> object:
    """Every kind of node at a shape."""
    case = every_kind(SHAPES[int(shape)], seed=int(shape))
    return compare(case, ("node", "block"), computing(case[0]))


def random(first: str, last: str) -> object:
    """Random graphs."""
    cases = [random_graph(29, index) for index in range(int(first), int(last))]
    return [compare(case, ("node", "block"), computing(case[0])) for case in cases]


def blocks(folder: str, name: str, *wanted: str) -> object:
    """Blocks "graph:pattern" of a tracker, cut out and run as nodes and fused."""
    model = random_model(Path(folder), name)
    runs = template_and_search(model)
    found = []
    for one in wanted:
        graph, _, pattern = one.partition(":")
        case = matching(model.graphs[graph], runs[graph], pattern)
        details: tuple[Detail, ...] = ("block", "branch") if pattern == "." else ("node", "block")
        found.append(compare(case, details, ()))
    return found


if __name__ == "__main__":
    print(json.dumps(globals()[sys.argv[1]](*sys.argv[2:])))
