"""Stock LIFs with memory: which are proved to keep to 24 bits, and what is found in others."""

import numpy as np
import pytest

from hardware.lava.runtime.stock_check import check_registers
from hardware.stock import synaptic_delays
from hardware.stock.plan import StockPlan
from hardware.stock.plan_chain import plan_chain
from simulation.bounds.ranges import value_ranges
from simulation.reference.engine import run_reference
from spiketrack.errors import ObstacleError, OverflowBoundError
from spiketrack.graph import spike_nodes as s
from spiketrack.graph.graph import Graph
from spiketrack.graph.retime import retime
from spiketrack.pipeline.lava.lowering import (
    lowering_words,
    plan_stock_for,
    proved_neurons,
    stock_facts,
)
from tests.hardware.stock import chains
from tests.hardware.stock.memory_chains import integrator, leaky, memory_chain

END = 1 << 23


def planned(graph: chains.SpikeGraph) -> StockPlan:
    ranges = value_ranges(graph)
    return plan_chain(graph, ranges.values, proved_neurons(graph, ranges))


def test_a_leak_is_proved_and_an_integrator_is_looked_at() -> None:
    # 2 inputs of 1 with a weight of 100: u <= 64 * 200 * 4096 / 1500 and v <= 20 of that.
    assert planned(memory_chain(leaky("a", "x"), 100, n_steps=6)).unproved == ()
    # 64 * 200 a step, up to 2**23 - 64 without a spike, and then one step more.
    assert planned(memory_chain(integrator("a", "x"), 100, n_steps=6)).unproved == ()
    long = planned(memory_chain(integrator("a", "x"), 100, n_steps=700))
    assert long.unproved == ("a",) and long.roles["a"] == "stock"
    told = lowering_words(stock_facts(long, 7))
    assert "Registers not proved to fit 24 bits, looked at on the host: a" in told


def test_without_a_proof_every_neuron_with_memory_is_looked_at() -> None:
    graph = memory_chain(leaky("a", "x"), 100, n_steps=6)
    assert plan_chain(graph, value_ranges(graph).values).unproved == ("a",)


@pytest.mark.parametrize(
    ("n_inputs", "high", "exp"),
    # 1033 * 127 = 131191 and 2 * 517 * 127 = 131318, and 2**17 = 131072; 2 * 127 * 1000.
    [(1033, 1, 0), (517, 1, 1), (2, 1000, 0)],
)
def test_sums_beyond_17_bits_are_never_stock(n_inputs: int, high: int, exp: int) -> None:
    node = leaky("a", "x", weight_exp=exp)
    graph = memory_chain(node, 127, n_steps=4, n_inputs=n_inputs, high=high)
    with pytest.raises(ObstacleError, match=r"'a': sums in 0\.\.\d+, and a LIF takes 17 bits"):
        planned(graph)
    (row,) = (row for row in plan_stock_for(graph).rows() if row.node == "a")
    assert row.role == "own" and "and a LIF takes 17 bits" in row.why


def test_synapses_that_take_an_exponent_count_it_among_their_24_bits() -> None:
    def refused(exp: int) -> str:
        # 2 * 127 * 20000 = 5080000 lies below 2**23, twice that does not.
        node = leaky("a", "x", weight_exp=exp)
        with pytest.raises(ObstacleError) as caught:
            planned(memory_chain(node, 127, n_steps=4, high=20000))
        return str(caught.value)

    assert "synapses wrap at 24 bits" not in refused(0)
    assert "sums in 0..10160000, and stock synapses wrap at 24 bits" in refused(1)


@pytest.mark.parametrize("seed", range(20))
def test_what_is_looked_at_is_what_the_reference_computes(seed: int) -> None:
    rng = np.random.default_rng(seed)
    node = s.SpikeCubaLIF(
        name="a", inputs=("x",), bias_exp=int(rng.integers(8)), weight_exp=int(rng.integers(2)),
        u_decay_q=rng.integers(1, 4097, (1, 1, 1)).astype(np.int32),
        v_decay_q=rng.integers(0, 60, (1, 1, 1)).astype(np.int32),
        threshold_q=rng.integers(0, 1 << 17, (1, 1, 1)).astype(np.int32),
        bias_mant_q=rng.integers(-4096, 4096, (3, 1, 1)).astype(np.int32),
        recurrent_q=np.zeros((0, 0), np.int8),
    )  # fmt: skip
    weight = rng.integers(-128, 128, (3, 2, 1, 1))
    chain = (chains.spikes_in(2, 2, high=200), chains.conv("x", "in", weight), node)
    graph = retime(synaptic_delays(Graph("random", (*chain, chains.out("a")))), 40)
    raw = chains.frames(graph, seed)
    sums = run_reference(graph, raw, strict=False).values["x"]
    told = ""
    try:
        run_reference(graph, raw)
    except OverflowBoundError as error:
        told = str(error)
    try:
        check_registers(node, sums)
        found = ""
    except OverflowBoundError as error:
        found = str(error)
    # The same register, and the same value that did not fit.
    assert (told[:22], told.rpartition(" ")[2]) == (found[:22], found.rpartition(" ")[2])


def test_registers_of_stock_lifs_lack_the_last_negative_number() -> None:
    # A bias of -64 a step. v = -64 * 131070 - 64, and a step later -2**23: 24 bits hold that, and
    # the register of a stock LIF does not.
    node = integrator("a", "x", bias_mant=-64)
    sums = np.array([-131070, 0], np.int64).reshape(2, 1, 1, 1, 1)
    check_registers(node, sums[:1])
    with pytest.raises(OverflowBoundError, match=f"membrane of 'a': .*found -{END}"):
        check_registers(node, sums)
