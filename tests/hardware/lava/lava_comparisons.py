"""Runs graphs on Lava at several levels of detail and compares all with the reference."""

import re
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

import numpy as np

from hardware.lava.assemble.blocks import divide
from hardware.lava.backend import LavaRun, run_lava
from hardware.lava.detail import DETAILS, Detail
from simulation.counting.counter import EventCounter
from simulation.reference.engine import run_reference
from simulation.run import Run
from spiketrack.graph import spike_nodes as s
from spiketrack.graph.graph import Graph
from spiketrack.graph.model import Model
from spiketrack.network import load_checkpoint, random_checkpoint, save_checkpoint
from spiketrack.pipeline import convert_network
from spiketrack.pipeline.lava.events import differences
from tests.hardware.lava.lava_cases import Case, computing, cut


def compare(case: Case, details: Sequence[Detail], keep: Collection[str]) -> dict[str, object]:
    """Runs a case at several levels of detail."""
    graph, inputs = case
    reference = run_reference(graph, inputs)
    runs = [run_lava(graph, inputs, detail=detail, keep=keep) for detail in details]
    counter = EventCounter(graph)
    counter.add_run(reference)
    found = [array for run in runs for array in (*run.outputs.values(), *run.values.values())]
    return {
        "wrong": sorted({name for run in runs for name in different(run, reference)}),
        "counts_agree": all(run.counts == runs[0].counts for run in runs),
        "counts_wrong": differences(graph, runs[0].counts, counter.counts("x")),
        "values": len(found),
        "numbers": sum(array.size for array in found),
        "blocks": sorted({block.kind for block in (divide(graph), *divide(graph).parts)}),
        "nodes": len(computing(graph)),
    }


def different(run: LavaRun, reference: Run) -> list[str]:
    """Values that are not the reference's."""
    values = {**run.outputs, **run.values}
    return [name for name, value in values.items()
            if not np.array_equal(value, reference.values[name])]  # fmt: skip


def random_model(folder: Path, name: str) -> Model:
    """A tracker with random weights, converted."""
    save_checkpoint(random_checkpoint(name, 0), folder / f"{name}.safetensors")
    network = load_checkpoint(folder / f"{name}.safetensors")
    return convert_network(network, folder).model


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


def matching(graph: Graph[s.SpikeNode], run: Run, pattern: str) -> Case:
    """The nodes whose names match, as a graph of their own."""
    return cut(graph, run, {name for name in computing(graph) if re.match(pattern, name)})


def block_cases(model: Model) -> Iterator[tuple[str, Case]]:
    """Every block of both graphs as a graph of its own, by "graph: block"."""
    runs = template_and_search(model)
    for name, graph in model.graphs.items():
        for part in divide(graph).parts:
            yield f"{name}: {part.name}", cut(graph, runs[name], {one.name for one in part.nodes})


def compare_all(case: Case) -> dict[str, object]:
    """All details, all values kept."""
    return compare(case, DETAILS, computing(case[0]))
