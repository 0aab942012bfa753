"""What the processes compute equals the reference, node by node; no Lava is needed for that."""

from collections import Counter, defaultdict
from typing import Any, get_args

import numpy as np
import pytest
from numpy.typing import NDArray

from hardware.lava.assemble.values import Values
from hardware.lava.compute.nodes import make_step
from hardware.lava.runtime.events import NONE, Events
from simulation.counting.counter import EventCounter
from simulation.random_graphs import random_graph
from simulation.run import Run, take_inputs
from spiketrack.errors import OverflowBoundError
from spiketrack.graph import spike_nodes as s
from spiketrack.pipeline.lava.events import differences
from tests.hardware.lava.lava_cases import SHAPES, Case, every_kind, expected
from tests.hardware.lava.lava_graphs import frame, narrow_graph


def run_nodes(case: Case) -> tuple[dict[str, list[NDArray[Any]]], dict[str, Events]]:
    """Values per node and sample, in the number types of their messages, and events."""
    graph, inputs = case
    values = Values(graph)
    taken = take_inputs(graph, inputs)
    found: dict[str, list[NDArray[Any]]] = defaultdict(list)
    events: dict[str, Events] = defaultdict(lambda: NONE)
    for sample in range(next(iter(taken.values())).shape[1]):
        for node in graph:
            if isinstance(node, s.SpikeInput):
                value = taken[node.name][:, sample]
            elif isinstance(node, s.SpikeOutput):
                value = found[node.inputs[0]][-1]
            else:
                arguments = [found[name][-1] for name in node.inputs]
                value, new = make_step(node, values)(arguments)
                events[node.name] += new
            found[node.name].append(value.astype(values.dtypes[node.name]))
    return found, events


def assert_equal(case: Case) -> Run:
    """Every value and every count is the simulator's."""
    reference = expected(case)
    found, events = run_nodes(case)
    for name, samples in found.items():
        np.testing.assert_array_equal(np.stack(samples, axis=1), reference.values[name], name)
    counter = EventCounter(case[0])
    counter.add_run(reference)
    wrong = differences(case[0], events, counter.counts("track"))
    # Inputs are processes of their own.
    assert [line for line in wrong if "(input)" not in line] == []
    return reference


@pytest.mark.parametrize("shape", SHAPES)
def test_every_kind_of_node_equals_the_reference(shape: tuple[int, int, int, int]) -> None:
    case = every_kind(shape, seed=sum(shape))
    reference = assert_equal(case)
    silent = [n.name for n in case[0] if not reference.values[n.name].any()]
    assert set(silent) <= {"delay", "delay.out", "delta", "delta.out"}


def test_the_cases_hold_every_kind_of_node() -> None:
    kinds = {type(node) for node in every_kind(SHAPES[1], seed=0)[0]}
    assert kinds == set(get_args(s.SpikeNode))


@pytest.mark.slow
def test_random_graphs_equal_the_reference_in_values_and_counts() -> None:
    kinds: Counter[str] = Counter()
    for index in range(60):
        case = random_graph(5, index)
        assert_equal(case)
        kinds.update(type(node).__name__ for node in case[0])
    assert min(kinds[kind] for kind in ("SpikeConv", "SpikeCubaLIF", "SpikeMemoryRead")) > 5


def test_a_value_outside_its_width_is_an_overflow() -> None:
    with pytest.raises(OverflowBoundError, match="stream 'copy': needed a value within 6 bits"):
        run_nodes((narrow_graph(), frame(40)))


def test_spikes_travel_as_bytes_and_all_else_in_four_or_eight() -> None:
    graph, _ = every_kind((1, 4, 6, 8), seed=1)
    values = Values(graph)
    assert values.dtypes["decaying"] is np.uint8
    assert values.dtypes["swapped"] is np.uint8
    # It is added, in the number type of the sum.
    assert values.dtypes["nilif"] is np.int32
    assert values.dtypes["conv"] is np.int32
    wide = s.SpikeSigma(name="s", inputs=("copy",), bits=40)
    copy, out = narrow_graph()["copy"], narrow_graph()["y"]
    nodes = [narrow_graph()["x"], copy, wide]
    outputs = s.SpikeOutput(name="y", inputs=("s",), scale=np.ones(1), bias=np.zeros(1))
    assert isinstance(out, s.SpikeOutput)
    assert Values(type(graph)("wide", (*nodes, outputs))).dtypes["s"] is np.int64
