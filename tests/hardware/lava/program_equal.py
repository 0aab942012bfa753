"""Runs cases on Lava in two ways and compares both with the reference.

Arguments: "kinds", or a block of a tracker as "<checkpoint folder> <variant> <graph> <pattern>".
Prints the values and counts that differ, and what ran.
"""

import json
import re
import sys
from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np

from calibration.options import QuantiseOptions
from hardware.lava_backend import LavaRun, run_lava
from hardware.lava_blocks import Detail, divide
from simulation.count import EventCounter
from simulation.random_graphs import random_graph
from simulation.reference import run_reference
from simulation.run import Run
from spiketrack.graph.model import Model
from spiketrack.network import load_checkpoint, random_checkpoint, save_checkpoint
from spiketrack.pipeline import convert_network
from spiketrack.pipeline.lava_events import differences
from tests.hardware.lava.lava_cases import SHAPES, Case, computing, cut, every_kind


def compare(case: Case, details: Sequence[Detail], keep: Collection[str]) -> dict[str, object]:
    """Runs a case at several levels of detail."""
    graph, inputs = case
    reference = run_reference(graph, inputs)
    runs = [run_lava(graph, inputs, detail=detail, keep=keep) for detail in details]
    counter = EventCounter(graph)
    counter.add_run(reference)
    return {
        "wrong": sorted({name for run in runs for name in different(run, reference)}),
        "counts_agree": all(run.counts == runs[0].counts for run in runs),
        "counts_wrong": differences(graph, runs[0].counts, counter.counts("x")),
        "values": sum(len(run.outputs) + len(run.values) for run in runs),
        "blocks": sorted({block.kind for block in (divide(graph), *divide(graph).parts)}),
        "nodes": len(computing(graph)),
    }


def different(run: LavaRun, reference: Run) -> list[str]:
    """Values that are not the reference's."""
    values = {**run.outputs, **run.values}
    return [name for name, value in values.items()
            if not np.array_equal(value, reference.values[name])]  # fmt: skip


def kinds(shape: str) -> object:
    """Every kind of node at a shape."""
    case = every_kind(SHAPES[int(shape)], seed=int(shape))
    return compare(case, ("node", "block"), computing(case[0]))


def random(first: str, last: str) -> object:
    """Random graphs."""
    cases = [random_graph(29, index) for index in range(int(first), int(last))]
    return [compare(case, ("node", "block"), computing(case[0])) for case in cases]


def tiny_model(folder: Path, name: str) -> Model:
    """A tiny tracker with random weights, converted."""
    save_checkpoint(random_checkpoint(name, 0), folder / f"{name}.safetensors")
    network = load_checkpoint(folder / f"{name}.safetensors")
    return convert_network(network, folder, options=QuantiseOptions()).model


def blocks(folder: str, name: str, *wanted: str) -> object:
    """Blocks "graph:pattern" of a tracker, cut out and run as nodes and fused."""
    model = tiny_model(Path(folder), name)
    runs = template_and_search(model)
    found = []
    for one in wanted:
        graph_name, _, pattern = one.partition(":")
        graph, run = model.graphs[graph_name], runs[graph_name]
        names = {name for name in computing(graph) if re.match(pattern, name)}
        details: tuple[Detail, ...] = ("block", "branch") if pattern == "." else ("node", "block")
        found.append(compare(cut(graph, run, names), details, ()))
    return found


def template_and_search(model: Model) -> dict[str, Run]:
    """Kept runs of both graphs on random pixels."""
    rng = np.random.default_rng(3)
    shapes = {name: graph.shapes["image"] for name, graph in model.graphs.items()}
    images = {
        name: rng.integers(0, 256, (shape[0], 1, *shape[1:])) for name, shape in shapes.items()
    }
    template = run_reference(model.graphs["template"], {"image": images["template"]})
    inputs = {"image": images["search"], **template.outputs}
    return {"template": template, "search": run_reference(model.graphs["search"], inputs)}


if __name__ == "__main__":
    print(json.dumps(globals()[sys.argv[1]](*sys.argv[2:])))
