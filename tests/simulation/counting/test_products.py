"""Products of spikes over several steps: their work grows with T."""

import numpy as np

from simulation.counting.counter import EventCounter
from spiketrack.graph import spike_nodes as s
from spiketrack.graph.graph import Graph
from tests.simulation.counting.counted_graphs import output, spike_input

STEPS = 3


def memory_over_steps() -> Graph[s.SpikeNode]:
    """Two heads, one channel of k and two of v each, 2 positions; q at 3 positions; T = 3."""
    write = s.SpikeMemoryWrite(name="kTv", inputs=("k", "v"), heads=2)
    read = s.SpikeMemoryRead(name="qkv", inputs=("q", "kTv"), heads=2)
    shapes = {"k": (STEPS, 2, 1, 2), "v": (STEPS, 4, 1, 2), "q": (STEPS, 2, 1, 3)}
    inputs = [spike_input(name, shape) for name, shape in shapes.items()]
    return Graph("g", (*inputs, write, read, output("qkv")))


def test_dense_macs_of_products_are_those_of_all_steps() -> None:
    counter = EventCounter(memory_over_steps())
    counter.add("k", np.ones((STEPS, 1, 1, 2, 2), np.uint8))
    counter.add("v", np.ones((STEPS, 1, 1, 2, 4), np.uint8))
    counter.add("kTv", np.full((STEPS, 1, 2, 1, 2), 2, np.int64))
    counter.add("q", np.ones((STEPS, 1, 1, 3, 2), np.uint8))
    counts = counter.counts("track")
    write, read = counts["kTv"], counts["qkv"]
    # A step of k^T v: 2 heads x 1 x 2 entries x 2 positions; of q M: 3 positions x 2 heads x 1 x 2.
    assert (write.dense_macs, write.macs_inside_borders) == (STEPS * 8, STEPS * 8)
    assert (read.dense_macs, read.macs_inside_borders) == (STEPS * 12, STEPS * 12)
    assert (write.n_steps, read.n_steps) == (STEPS, STEPS)
    # Everything fires and nothing is zero: every product is made.
    assert (write.graded, read.graded) == (STEPS * 8, STEPS * 12)
    # Mean 1 x dense MACs.
    assert (write.rate_x_dense, read.rate_x_dense) == (STEPS * 8, STEPS * 12)
