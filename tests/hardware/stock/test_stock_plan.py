"""Which nodes become stock processes, why others do not, and when every value comes."""

from dataclasses import replace

import numpy as np
import pytest

from hardware.stock.plan import StockPlan, StockRow
from hardware.stock.plan_stock import plan_stock
from simulation.bounds.ranges import value_ranges
from simulation.random_graphs import random_graph
from simulation.reference.engine import run_reference
from spiketrack.graph import spike_nodes as s
from spiketrack.graph import structural_nodes as m
from spiketrack.graph.graph import Graph
from tests.hardware.lava import stock_graphs as small
from tests.tiny_models import Tiny


def planned(graph: small.SpikeGraph) -> StockPlan:
    return plan_stock(graph, value_ranges(graph).values)


def rows_of(graph: small.SpikeGraph) -> dict[str, StockRow]:
    return {row.node: row for row in planned(graph).rows()}


def of_one(*nodes: s.SpikeNode, **given: int) -> dict[str, StockRow]:
    """Rows of nodes behind an input "in" of two channels and, if one reads it, a conv."""
    known = (small.source((1, 2, 4, 4), **given), small.conv("conv", "in", (2, 2, 1, 1)))
    last = nodes[-1].name
    return rows_of(Graph("one", (*known, *nodes, *small.out("conv", last))))


def test_a_skip_path_waits_for_the_synapses_beside_it() -> None:
    plan = planned(small.residual())
    # in, spike1: 0; conv1 and the LIFs behind: 1; conv2: 2; what the two ways meet in: 2.
    assert {name: plan.latency[name] for name in ("spike1", "spike2", "scaled", "stream")} == {
        "spike1": 0, "spike2": 1, "scaled": 2, "stream": 2,
    }  # fmt: skip
    assert plan.waits == (("stream", "in", 2),)
    assert plan.latency_steps == 3
    roles = {row.node: row.process for row in plan.rows()}
    assert roles == {
        "spike1": "ours", "conv1": "Conv", "spike2": "4 LIFs", "conv2": "Conv", "scaled": "ours",
        "stream": "ours", "spike3": "ours", "logits": "Conv",
    }  # fmt: skip


def test_ports_add_and_rename_where_all_that_meets_there_is_stock() -> None:
    rows = rows_of(small.ports())
    found = {name: (row.role, row.process) for name, row in rows.items()}
    assert found["both"] == found["flat"] == ("port", "ports")
    assert found["dense"] == ("stock", "Dense")
    assert found["fires"] == ("stock", "LIF")
    # An InPort takes an OutPort once.
    assert found["twice"] == ("own", "ours")
    assert rows["shifted"].why.startswith("a weight_exp")


def test_addends_of_two_steps_are_added_by_our_process() -> None:
    row = rows_of(small.steps())["sum"]
    assert (row.role, row.latency) == ("port", 2)
    late = Graph("late", (
        small.source((1, 2, 3, 3)), small.conv("first", "in", (2, 2, 1, 1)),
        small.nilif("spike", "first", 2), small.conv("second", "spike", (2, 2, 1, 1)),
        small.add("sum", "first", "second"), small.nilif("end", "sum", 2), *small.out("end"),
    ))  # fmt: skip
    plan = planned(late)
    assert plan.roles["sum"] == "own" and plan.waits == (("sum", "first", 1),)
    assert plan.why["sum"] == "addends of ours, or of two steps"


def test_the_lifs_of_a_layer_are_one_process_if_one_threshold_serves_them() -> None:
    plan = planned(small.residual())
    assert [lif.name for lif in plan.populations["spike2"]] == [f"spike2.{k}" for k in (1, 2, 3, 4)]
    far = replace(
        small.nilif("spike2", "conv1", 4),
        thresholds_q=np.array([[0, 1, 2, 9000]], np.int64),
    )
    nodes = tuple(far if n.name == "spike2" else n for n in small.residual())
    strong = replace(
        small.conv("conv1", "spike1", (4, 3, 3, 3), padding=(1, 1)),
        weight_q=np.full((4, 3, 3, 3), 120, np.int8),
    )
    graph = Graph("far", tuple(strong if n.name == "conv1" else n for n in nodes))
    plan = planned(graph)
    assert plan.populations == {} and plan.roles["spike2.4"] == "stock"


@pytest.mark.parametrize(
    ("node", "reason"),
    [
        (small.nilif("x", "in", 2), "its input is a stream (SpikeInput)"),
        (small.lif("x", "in"), "its input is a SpikeInput, not a sum of synapses"),
        (small.lif("x", "conv", v_decay_q=small.ONE), "a membrane that lasts over steps, and a"),
        (small.lif("x", "conv", reset="subtract"), "a subtractive reset"),
        (s.SpikeSigma(name="x", inputs=("in",)), "Lava's Sigma goes on from frame to frame"),
        (s.SpikeSumPool(name="x", inputs=("in",), factor=2, bits=24, scale=1.0), "not made here"),
        (m.Delay(name="x", inputs=("in",), steps_q=small.ONE), "a delay between the steps"),
        (m.Flatten(name="x", inputs=("in",)), "a new layout"),
        (small.rescale("x", "conv", 2), "a multiplication of the membrane"),
    ],
)  # fmt: skip
def test_what_stays_ours_says_why(node: s.SpikeNode, reason: str) -> None:
    row = of_one(node)["x"]
    assert row.role == "own" and reason in row.why


def test_synapses_beyond_what_stock_ones_add_exactly_stay_ours() -> None:
    assert of_one(small.nilif("x", "conv", 2), high=1 << 22)["conv"].why.startswith("sums in ")
    assert of_one(small.nilif("x", "conv", 2), high=1 << 22)["x"].role == "own"


def test_synapses_that_read_a_membrane_and_too_many_steps_stay_ours() -> None:
    nodes = (small.rescale("x", "conv", 2), small.conv("reads", "x", (1, 2, 1, 1)))
    assert of_one(*nodes)["reads"].why == "synapses that read a membrane"
    graph = Graph("long", (
        small.source((128, 2, 1, 1)), small.conv("conv", "in", (1, 2, 1, 1)), *small.out("conv"),
    ))  # fmt: skip
    assert rows_of(graph)["conv"].why.startswith("128 steps at once")


def test_the_planned_graph_computes_what_the_graph_computes_under_the_same_names() -> None:
    for make in small.GRAPHS.values():
        graph = make()
        inputs = small.frames(graph)
        ours = run_reference(planned(graph).graph, inputs).values
        for name, value in run_reference(graph, inputs).values.items():
            assert np.array_equal(ours[name], value)


def assert_aligned(plan: StockPlan) -> None:
    """All that a node reads is of the frame it is at, once what must wait has waited."""
    waits = {(wait.node, wait.source): wait.steps for wait in plan.waits}
    for node in plan.graph:
        takes = plan.roles[node.name] == "stock" and isinstance(node, s.SpikeConv)
        for name in node.inputs:
            arrives = plan.latency[name] + waits.get((node.name, name), 0)
            assert arrives + takes == plan.latency[node.name]
    assert all(steps > 0 and plan.roles[node] == "own" for (node, _), steps in waits.items())


def test_every_value_arrives_with_its_frame_in_random_graphs() -> None:
    stock = 0
    for index in range(60):
        plan = planned(random_graph(5, index)[0])
        assert_aligned(plan)
        stock += sum(row.role == "stock" for row in plan.rows())
    assert stock > 100


def test_every_synapse_of_a_tracker_is_stock_and_most_neurons_of_one_template(t1: Tiny) -> None:
    plan = planned(t1.model.graphs["search"])
    assert_aligned(plan)
    rows = plan.rows()
    convs = [row for row in rows if row.kind == "SpikeConv"]
    neurons = [row for row in rows if row.kind == "SpikeNILIF"]
    assert {row.process for row in convs} == {"Conv"}
    assert sum(row.process == "4 LIFs" for row in neurons) > len(neurons) / 2
    # 128 layers of synapses in a row.
    assert plan.latency_steps == 128
