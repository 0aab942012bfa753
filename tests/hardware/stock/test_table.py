"""The table says of every node where it runs, and never calls stock what is not."""

import json
from typing import get_args

import numpy as np

from hardware.stock import (
    LoweringRow,
    count_by_place,
    lowerable,
    lowering_table,
    table_as_json,
    thermometer_populations,
)
from simulation.bounds.ranges import value_ranges
from simulation.random_graphs import random_graph
from spiketrack.graph import spike_nodes as s
from spiketrack.graph import structural_nodes as m
from spiketrack.graph.graph import Graph
from tests.hardware.stock import chains
from tests.tiny_models import Tiny

STOCK, MICROCODE, HOST = "stock", "microcode", "host"


def rows_of(graph: chains.SpikeGraph, **means: float) -> dict[str, LoweringRow]:
    rows = lowering_table(graph, value_ranges(graph).values, mean_spikes=means or None)
    assert [row.node for row in rows] == [node.name for node in graph]
    return {row.node: row for row in rows}


def test_a_stateless_layer_has_three_forms() -> None:
    # 2 channels of 2 x 3: 12 neurons; D = 4.
    row = rows_of(chains.single([[1, 2, 3, 4]] * 2), neuron=1.5)["neuron"]
    forms = {form.name: form for form in row.forms}
    assert row.runs_on == STOCK and "4 LIFs in thermometer order" in row.why
    found = {n: (f.runs_on, f.neurons, f.steps, f.syn_ops_factor) for n, f in forms.items()}
    assert found == {
        "graded": (MICROCODE, 12, 1, 1.0), "thermometer": (STOCK, 48, 1, 1.5),
        "sub-steps": (MICROCODE, 12, 4, 1.5),
    }  # fmt: skip


def test_without_a_measurement_the_factor_is_the_number_of_levels() -> None:
    forms = rows_of(chains.single([[1, 2, 3]]))["neuron"].forms
    assert [form.syn_ops_factor for form in forms] == [1.0, 3.0, 3.0]


def test_a_layer_with_state_needs_microcode() -> None:
    nodes = (
        chains.spikes_in(1, 2, n_steps=2), chains.conv("conv", "in", np.ones((1, 1, 1, 1))),
        chains.nilif("neuron", "conv", [[1, 2]], decay=[2048]), chains.out("neuron"),
    )  # fmt: skip
    row = rows_of(Graph("state", nodes))["neuron"]
    assert (row.runs_on, row.why) == (MICROCODE, "a membrane that lasts over steps")
    assert [form.name for form in row.forms] == ["graded"]


def test_every_node_of_random_graphs_has_a_row_and_json_takes_it() -> None:
    kinds = set()
    for index in range(60):
        graph, _ = random_graph(5, index)
        rows = lowering_table(graph, value_ranges(graph).values)
        assert sum(count_by_place(rows).values()) == len(graph)
        assert json.loads(json.dumps(table_as_json(rows))) == table_as_json(rows)
        kinds |= {row.kind for row in rows}
        lowered = set(lowerable(graph, value_ranges(graph).values))
        stock = {row.node for row in rows if row.kind == "SpikeNILIF" and row.runs_on == STOCK}
        assert stock == lowered
    assert len(kinds) > 18
    assert kinds <= {kind.__name__ for kind in get_args(s.SpikeNode)}


def test_lowered_layers_are_stock_with_their_sums() -> None:
    graph = chains.single([[1, 2]])
    rows = rows_of(thermometer_populations(graph, value_ranges(graph).values))
    assert {row.runs_on for name, row in rows.items() if name not in ("in", "out")} == {STOCK}
    assert "one kernel each" in rows["neuron"].why


def test_a_table_of_a_tracker_names_what_the_chip_lacks(t1: Tiny, t3: Tiny) -> None:
    graph = t3.model.graphs["search"]
    rows = lowering_table(graph, value_ranges(graph).values)
    by_kind = {kind: {row.runs_on for row in rows if row.kind == kind} for kind in
               {row.kind for row in rows}}  # fmt: skip
    assert by_kind["SpikeGateMix"] == {HOST}
    assert by_kind["SpikeMemoryRead"] == by_kind["SpikeMemoryWrite"] == {MICROCODE}
    assert by_kind["SpikeConv"] == {STOCK}
    assert by_kind["SpikeNILIF"] == {STOCK, MICROCODE}
    plain = t1.model.graphs["search"]
    layers = [row for row in lowering_table(plain, value_ranges(plain).values)
              if row.kind == "SpikeNILIF"]  # fmt: skip
    assert sum(row.runs_on == STOCK for row in layers) > len(layers) / 2


def _lif(**changes: object) -> s.SpikeCubaLIF:
    one = np.ones((1, 1, 1), np.int32)
    plain: dict[str, object] = {
        "name": "lif", "inputs": ("conv",), "u_decay_q": one * 4096, "v_decay_q": one * 128,
        "threshold_q": one * 9, "bias_mant_q": one * 0, "recurrent_q": np.zeros((0, 0), np.int8),
    }  # fmt: skip
    return s.SpikeCubaLIF(**(plain | changes))  # type: ignore[arg-type]


def _place_of_lif(**changes: object) -> tuple[str, str]:
    nodes = (
        chains.spikes_in(1, 2, n_steps=2), chains.conv("conv", "in", np.ones((1, 1, 1, 1))),
        _lif(**changes), chains.out("lif"),
    )  # fmt: skip
    row = rows_of(Graph("lif", nodes))["lif"]
    return row.runs_on, row.why


def test_a_lif_is_stock_unless_its_parameters_are_not() -> None:
    assert _place_of_lif() == (STOCK, "LIF")
    assert _place_of_lif(reset="subtract") == (MICROCODE, "a subtractive reset")
    assert _place_of_lif(refractory=3) == (MICROCODE, "3 refractory steps")
    wide = np.array([1, 2, 3], np.int32).reshape(1, 1, 3)
    assert _place_of_lif(threshold_q=wide)[1] == "threshold_q that differ between neurons"


def test_long_delays_and_lone_rectifiers_need_microcode() -> None:
    nodes = (
        chains.spikes_in(1, 2, n_steps=2),
        m.Delay(name="wait", inputs=("in",), steps_q=np.full((1, 1, 1), 63, np.int32)),
        chains.conv("conv", "wait", np.ones((1, 1, 1, 1))),
        s.SpikeRelu(name="relu", inputs=("conv",), bias_q=np.zeros((1, 1, 1), np.int32)),
        s.SpikeSigma(name="sigma", inputs=("relu",)),
        s.SpikeRelu(name="second", inputs=("sigma",), bias_q=np.zeros((1, 1, 1), np.int32)),
        chains.out("second"),
    )  # fmt: skip
    rows = rows_of(Graph("mixed", nodes))
    places = {name: row.runs_on for name, row in rows.items()}
    assert places == {
        "in": HOST, "wait": MICROCODE, "conv": STOCK, "relu": MICROCODE, "sigma": STOCK,
        "second": STOCK, "out": HOST,
    }  # fmt: skip
