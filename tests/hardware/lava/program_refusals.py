"""Joins two graphs that do not fit; says why they were refused."""

import json

import numpy as np

from hardware.lava.backend import require_lava
from spiketrack.errors import GraphError
from spiketrack.graph import spike_nodes as s
from spiketrack.graph.graph import Graph
from tests.hardware.lava.lava_graphs import SHAPE, narrow_graph

ENDS = {"scale": np.ones(1), "bias": np.zeros(1)}


def source(name: str, signal: str) -> s.SpikeInput:
    """An input -5..5."""
    return s.SpikeInput(
        name=name,
        shape=SHAPE,
        signal=signal,  # type: ignore[arg-type]
        low=-5,
        high=5,
        scale=1.0,
        offset_q=np.zeros(1, np.int32),
    )


def writer(bits: int) -> Graph[s.SpikeNode]:
    """A graph whose output "m" has so many bits."""
    sigma = s.SpikeSigma(name="sum", inputs=("x",), bits=bits)
    out = s.SpikeOutput(name="m", inputs=("sum",), **ENDS)
    return Graph("template", (source("x", "image"), sigma, out))


def reader() -> Graph[s.SpikeNode]:
    """A graph that reads the memory "m"."""
    sigma = s.SpikeSigma(name="sum", inputs=("m",))
    out = s.SpikeOutput(name="y", inputs=("sum",), **ENDS)
    return Graph("search", (source("m", "memory"), sigma, out))


def refusal(template: Graph[s.SpikeNode]) -> str:
    """Why a graph cannot be the template branch of `reader`."""
    from hardware.lava.assemble.tracker_graph import build_tracker

    try:
        build_tracker(template, reader())
    except GraphError as error:
        return str(error)
    return ""


if __name__ == "__main__":
    require_lava()
    print(json.dumps([refusal(graph) for graph in (narrow_graph(), writer(40), writer(24))]))
