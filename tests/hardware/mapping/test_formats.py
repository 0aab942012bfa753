"""Weights and registers wider than a chip's words: `check` and `map` refuse them by one rule."""

from typing import Any

import numpy as np
import pytest

from hardware.mapping import cores_needed, map_graph, record_of
from hardware.mapping.formats import format_obstacles
from hardware.mapping.mapper import MapOptions
from hardware.mapping.node_state import node_state
from hardware.mapping.store import from_text, to_text
from spiketrack.errors import CapacityError
from spiketrack.graph import spike_nodes as s
from spiketrack.graph.graph import Graph
from spiketrack.pipeline.target_check import chip_obstacles
from tests.hardware.mapping.chip_graphs import small_target

ONE = np.ones((1, 1, 1), np.int32)


NONE = np.zeros((0, 0), np.int8)


def graph(bits: int, recurrent: Any = NONE) -> Graph[s.SpikeNode]:
    """Two spikes into two LIF neurons with registers of a width."""
    x = s.SpikeInput(
        name="x", shape=(1, 2, 1, 1), signal="spikes", low=0, high=1, scale=1.0,
        offset_q=np.zeros(1, np.int32),
    )  # fmt: skip
    weight = np.ones((2, 2, 1, 1), np.int8)
    conv = s.SpikeConv(name="c", inputs=("x",), weight_q=weight, weight_scale=np.ones(2))
    lif = s.SpikeCubaLIF(
        name="n", inputs=("c",), u_decay_q=ONE, v_decay_q=ONE, threshold_q=ONE, bias_mant_q=ONE,
        recurrent_q=recurrent, bits=bits,
    )  # fmt: skip
    out = s.SpikeOutput(name="o", inputs=("n",), scale=np.ones(1), bias=np.zeros(1))
    return Graph("g", (x, conv, lif, out))


@pytest.mark.parametrize(("bits", "word"), [(32, 8), (48, 24), (25, 24)])
def test_a_register_wider_than_a_word_is_refused_by_check_and_map_alike(
    bits: int, word: int
) -> None:
    target = small_target(state_bits=word)
    (told,) = chip_obstacles(graph(bits), target)
    assert (told.node, told.rewrite) == ("n", f"convert with --stream-bits {word}")
    message = (
        rf"node 'n': needed at most 8-bit weights and {word}-bit registers, found a register of "
        rf"{bits} bits, the chip has {word} \(small\). Convert with --stream-bits {word}"
    )
    for refuse in (
        lambda: map_graph(graph(bits), target),
        lambda: cores_needed(graph(bits), target),
    ):
        with pytest.raises(CapacityError, match=message):
            refuse()


def test_recurrent_weights_are_weights_too() -> None:
    target = small_target(weight_bits=4)
    found = list(format_obstacles(graph(24, np.eye(2, dtype=np.int8)), target))
    assert [one.node for one in found] == ["c", "n"]


@pytest.mark.parametrize("bits", [16, 24, 32])
def test_a_mapping_keeps_the_width_that_the_model_has(bits: int) -> None:
    layout = map_graph(graph(bits), small_target(state_bits=32), MapOptions(moves=0))
    record = record_of(layout, {})
    widths = {layer.name: layer.register_bits for layer in record.layers}
    assert widths == {"x": 0, "n": bits}
    assert from_text(to_text(record)).layers[-1].register_bits == bits
    # Two neurons of two registers, each a whole word of the chip.
    demands = layout.cores.used["state_bits"]
    assert int(demands.sum()) >= 2 * 2 * 32


def test_a_mapping_written_before_widths_were_kept_still_opens() -> None:
    record = record_of(map_graph(graph(24), small_target(), MapOptions(moves=0)), {})
    old = to_text(record).replace(',"register_bits":24', "").replace(',"register_bits":0', "")
    assert "register_bits" not in old
    assert {layer.register_bits for layer in from_text(old).layers} == {0}


@pytest.mark.parametrize("bits", [16, 24, 40])
def test_tables_and_thresholds_are_stored_as_wide_as_they_are(bits: int) -> None:
    table = np.zeros((3, 2, 1, 1), np.int64)
    bias = s.SpikeBias(name="b", inputs=("x",), table_q=table, bits=bits, scale=1.0)
    assert node_state(bias).extra_bits == 3 * bits
    fires = s.SpikeNILIF(
        name="n", inputs=("x",), max_spike=4, thresholds_q=np.arange(4)[None],
        decay_q=np.zeros(0, np.int32), reset_q=0, bits=bits,
    )  # fmt: skip
    assert node_state(fires).channel_bits == 4 * bits
    rescale = s.SpikeRescale(
        name="r", inputs=("x",), multiplier_q=np.ones(1, np.int32), shift_q=np.zeros(1, np.int8),
        bias_q=np.zeros(1, np.int64), bits=bits, scale=1.0,
    )  # fmt: skip
    assert node_state(rescale).channel_bits == 16 + 6 + bits
