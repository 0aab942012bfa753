"""What stock processes cannot say is refused before anything starts, by the name of the node."""

import numpy as np
import pytest

from hardware.stock import synaptic_delays, thermometer_channels
from hardware.stock.limits import stock_obstacles
from simulation.bounds.ranges import value_ranges
from spiketrack.graph import spike_nodes as s
from spiketrack.graph import structural_nodes as m
from spiketrack.graph.graph import Graph
from tests.hardware.stock import chains

ONE = np.ones((1, 1, 1), np.int32)


def lif(**changes: object) -> s.SpikeCubaLIF:
    plain: dict[str, object] = {
        "name": "lif", "inputs": ("conv",), "u_decay_q": ONE * 4096, "v_decay_q": ONE * 4096,
        "threshold_q": ONE * 9, "bias_mant_q": ONE * 0, "recurrent_q": np.zeros((0, 0), np.int8),
    }  # fmt: skip
    return s.SpikeCubaLIF(**(plain | changes))  # type: ignore[arg-type]


def found_in(*nodes: s.SpikeNode) -> dict[str, str]:
    last = nodes[-1].name
    graph = Graph("chain", (chains.spikes_in(1, 2), *nodes, chains.out(last)))
    # The first reason of a node counts.
    return {obstacle.node: obstacle.reason for obstacle in stock_obstacles(graph)[::-1]}


CONV = chains.conv("conv", "in", np.ones((1, 1, 1, 1)))


def test_a_lowered_chain_has_no_obstacles_with_and_without_delays() -> None:
    graph = chains.random_chain(0)
    lowered = thermometer_channels(graph, value_ranges(graph).values).graph
    assert stock_obstacles(lowered) == stock_obstacles(synaptic_delays(lowered)) == []


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"reset": "subtract"}, "a subtractive reset"),
        ({"refractory": 2}, "2 refractory steps"),
        ({"reset_period": 5}, "a periodic reset"),
        ({"weight_exp": 2}, "a weight_exp of 2"),
        ({"bits": 30}, "registers of 30 bits"),
        ({"threshold_q": np.array([1, 2, 3], np.int32).reshape(1, 1, 3)}, "threshold_q that diff"),
        ({"u_decay_q": ONE * 0}, "a current that never decays"),
    ],
)
def test_parameters_that_stock_lifs_lack(changes: dict[str, object], reason: str) -> None:
    assert found_in(CONV, lif(**changes))["lif"].startswith(reason)


def test_recurrence_is_an_obstacle() -> None:
    source = s.SpikeInput(
        name="in", shape=(1, 1, 1, 1), signal="spikes", low=0, high=1, scale=1.0,
        offset_q=np.zeros(1, np.int32),
    )  # fmt: skip
    nodes = (source, CONV, lif(recurrent_q=np.ones((1, 1), np.int8)), chains.out("lif"))
    assert [o.reason for o in stock_obstacles(Graph("loop", nodes))] == ["recurrent synapses"]


def test_a_neuron_with_memory_must_state_the_step_of_its_synapses() -> None:
    assert found_in(CONV, lif(v_decay_q=ONE)) == {"lif": "a neuron with memory"}


def test_delays_before_some_synapses_only_are_an_obstacle() -> None:
    wait = m.Delay(name="wait", inputs=("in",), steps_q=ONE)
    first, second = (
        chains.conv("conv", "wait", np.ones((1, 1, 1, 1))),
        chains.conv("second", "lif", np.ones((1, 1, 1, 1))),
    )
    assert found_in(wait, first, lif(), second) == {"second": "delays before some synapses only"}
    longer = m.Delay(name="wait", inputs=("in",), steps_q=ONE * 2)
    assert found_in(longer, first, lif()) == {"wait": "a delay other than 1 for all"}


def test_nodes_of_other_kinds_and_orders_are_obstacles() -> None:
    twice = chains.conv("second", "conv", np.ones((1, 1, 1, 1)))
    assert found_in(CONV, twice) == {"second": "synapses behind synapses"}
    flat = m.Flatten(name="flat", inputs=("conv",))
    assert found_in(CONV, flat) == {"flat": "accumulators taken apart"}
    assert found_in(lif(inputs=("in",))) == {"lif": "a neuron that is not behind synapses"}
    assert found_in(CONV, chains.nilif("n", "conv", [[1]])) == {"n": "a SpikeNILIF"}


def test_many_groups_an_offset_and_a_second_reader_are_obstacles() -> None:
    pixels = s.SpikeInput(
        name="in", shape=(1, 128, 1, 1), signal="image", low=0, high=9, scale=1.0,
        offset_q=np.array([3], np.int32),
    )  # fmt: skip
    conv = chains.conv("conv", "in", np.ones((128, 1, 1, 1)), groups=128)
    second = s.SpikeOutput(name="out2", inputs=("conv",), scale=np.ones(1), bias=np.zeros(1))
    graph: chains.SpikeGraph = Graph("wide", (pixels, conv, chains.out("conv"), second))
    assert {str(o.node): o.reason for o in stock_obstacles(graph)} == {
        "wide": "2 outputs", "in": "an input with an offset",
        "conv": "128 groups, which stock Conv keeps in 8 bits",
    }  # fmt: skip
