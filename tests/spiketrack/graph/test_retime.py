"""The number of steps enters with the inputs."""

import numpy as np
import pytest

from spiketrack.errors import GraphError
from spiketrack.graph import spike_nodes as s
from spiketrack.graph import structural_nodes as m
from spiketrack.graph.graph import Graph
from spiketrack.graph.retime import retime


def delayed(*extra: s.SpikeNode) -> Graph[s.SpikeNode]:
    source = s.SpikeInput(
        name="x", shape=(1, 2, 3, 3), signal="spikes", low=0, high=1, scale=1.0,
        offset_q=np.zeros(1, np.int32),
    )  # fmt: skip
    later = m.Delay(name="d", inputs=("x",), steps_q=np.ones((1, 1, 1), np.int32))
    last = extra[-1].name if extra else "d"
    out = s.SpikeOutput(name="y", inputs=(last,), scale=np.ones(1), bias=np.zeros(1))
    return Graph("g", (source, later, *extra, out))


def test_every_value_gets_the_new_number_of_steps() -> None:
    timed = retime(delayed(), 7)
    assert timed.shapes == dict.fromkeys(("x", "d", "y"), (7, 2, 3, 3))


def test_the_same_number_gives_the_same_graph() -> None:
    graph = delayed()
    assert retime(graph, 1) is graph


def test_a_node_that_fixes_its_steps_is_named() -> None:
    graph = delayed(m.Repeat(name="thrice", inputs=("d",), n_steps=3))
    with pytest.raises(GraphError, match="node 'thrice'"):
        retime(graph, 5)


def test_no_steps_are_refused() -> None:
    with pytest.raises(GraphError, match="at least 1 step, found 0"):
        retime(delayed(), 0)


def test_a_step_picked_from_a_sequence_is_not_another_one_of_a_longer_sequence() -> None:
    graph = delayed(m.SelectStep(name="first", inputs=("d",), step=0))
    with pytest.raises(GraphError, match="node 'first': needed its own number of steps, found 5"):
        retime(graph, 5)
