"""Which values share a grid, how fine it is, and what pooling, upsampling and decay ask of it."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from calibration.options import QuantiseOptions
from calibration.quantise import QuantisedGraph
from calibration.streams import NO_GRID, Streams, choose_fractions, find_streams, growth_bits
from simulation.floats.engine import run_float
from simulation.reference.engine import run_reference
from simulation.run import real_outputs
from spiketrack.errors import QuantisationError
from spiketrack.graph import float_nodes as f
from spiketrack.graph import spike_nodes as s
from spiketrack.graph import structural_nodes as m
from tests.calibration.small_graphs import (
    OPTIONS,
    add,
    conv,
    graph,
    neuron,
    out,
    quantise,
    row,
    spikes,
)


def pool(name: str, source: str, factor: int) -> f.FloatAvgPool:
    return f.FloatAvgPool(name=name, inputs=(source,), factor=factor)


def upsample(name: str, source: str, factor: int) -> f.FloatUpsample:
    return f.FloatUpsample(name=name, inputs=(source,), factor=factor)


def residual(weight: float = 2.0**-7) -> tuple[Any, ...]:
    """Values x * weight + x * 1/4, a stream 'a' of `-log2(weight)` fraction bits."""
    return spikes(), conv("c", "x", weight), conv("d", "x", 0.25), add("a", "c", "d")


def test_values_tied_by_additions_share_a_stream() -> None:
    table = f.FloatBias(name="t", inputs=("a",), table=np.zeros((1, 1, 4, 4)))
    g = graph(*residual(), table, neuron("n", "t"), conv("e", "n"), out("e"))
    of = find_streams(g).of
    assert set(of) == {"c", "d", "a", "t"} and len(set(of.values())) == 1


def test_spikes_moved_about_lie_on_no_stream_but_moved_streams_do() -> None:
    turn = m.Repeat(name="r", inputs=("n",), n_steps=2)
    again = m.Repeat(name="s", inputs=("a",), n_steps=2)
    g = graph(*residual(), neuron("n", "a"), turn, out("r"), again, out("s", "out2"))
    assert set(find_streams(g).of) == {"c", "d", "a", "s"}


def test_the_order_of_streams_is_the_order_of_the_graph() -> None:
    g = graph(*residual(), pool("p", "a", 2), neuron("n", "p"), out("n"))
    assert list(find_streams(g).of) == ["c", "d", "a", "p"]


def test_a_stream_is_as_fine_as_its_members_ask_and_no_finer() -> None:
    model = quantise(*residual(), neuron("n", "a"), out("n"))
    found = row(model, "a")
    # 4 * (2**-7 + 2**-2) = 1.03 needs one sign bit, one bit before the point and 7 behind it
    assert found["fraction_bits"] == found["fraction_bits_for_exactness"] == 7
    assert found["worst_case"] == pytest.approx(4 * (2**-7 + 0.25), rel=1e-3)
    assert found["bits_for_exactness"] == 1 + 1 + 7


@pytest.mark.parametrize("factor", [2, 4])
def test_pooling_asks_for_two_bits_per_doubling(factor: int) -> None:
    model = quantise(
        *residual(), pool("p", "a", factor), add("b", "p", "p"), neuron("n", "b"), out("n")
    )
    gain = 2 * int(math.log2(factor))
    assert growth_bits(pool("p", "a", factor)) == gain
    assert row(model, "b")["fraction_bits"] == 7 + gain
    node = model.graph["p"]
    assert isinstance(node, s.SpikeSumPool) and node.scale == 2.0 ** -(7 + gain)


@pytest.mark.parametrize("factor", [2, 4])
def test_upsampling_asks_for_two_bits_more_than_pooling(factor: int) -> None:
    model = quantise(
        *residual(), upsample("u", "a", factor), add("b", "u", "u"), neuron("n", "b"), out("n")
    )
    gain = 2 * int(math.log2(2 * factor))
    assert growth_bits(upsample("u", "a", factor)) == gain
    assert row(model, "b")["fraction_bits"] == 7 + gain


def test_a_pool_that_would_not_fit_is_coarsened_first_and_upsampling_leaves_room() -> None:
    options = replace(OPTIONS, stream_bits=12)
    model = quantise(
        *residual(2.0**-9), pool("p", "a", 4), neuron("n", "p"), out("n"), options=options
    )
    assert "p.coarsened" in model.graph.by_name
    model = quantise(
        *residual(2.0**-9), upsample("u", "a", 4), neuron("n", "u"), out("n"), options=options
    )
    assert row(model, "a")["fraction_bits"] < 9 and "u.coarsened" not in model.graph.by_name


def test_a_narrow_width_takes_the_finest_grid_that_fits() -> None:
    model = quantise(
        *residual(), neuron("n", "a"), out("n"), options=replace(OPTIONS, stream_bits=8)
    )
    assert row(model, "a")["fraction_bits"] == 8 - 1 - 1
    assert row(model, "a")["bits_for_exactness"] == 9


def test_a_width_too_narrow_for_the_worst_case_is_refused_with_the_stream() -> None:
    message = r"stream of 'a': needed a worst case that fits 8 bits, found worst case \+-401"
    with pytest.raises(QuantisationError, match=message):
        quantise(
            spikes(), conv("c", "x", 100.0), conv("d", "x", 0.25), add("a", "c", "d"),
            neuron("n", "a"), out("n"), options=replace(OPTIONS, stream_bits=8),
        )  # fmt: skip


def test_a_stream_of_whole_numbers_keeps_the_two_bits_that_a_spike_over_d_needs() -> None:
    model = quantise(spikes(), conv("c", "x", 3.0), add("a", "c", "c"), neuron("n", "a"), out("n"))
    assert row(model, "a")["fraction_bits"] == 2


def test_a_decay_asks_for_its_own_bits_once_per_step() -> None:
    nodes = (spikes(steps=3), conv("c", "x", 2.0**-3))
    model = quantise(*nodes, neuron("n", "c", 0.5, 0.75), out("n"))
    assert row(model, "c")["fraction_bits"] == 3 + 1 + 2
    model = quantise(*nodes, neuron("n", "c", 1 / 4096, 1.0), out("n"))
    assert row(model, "c")["fraction_bits"] == 3 + 12
    model = quantise(*nodes, neuron("n", "c", 0.1, 0.5), out("n"))
    assert row(model, "c")["bits_for_exactness"] is None
    assert row(model, "c")["fraction_bits"] == 24 - 1  # all there is: the worst case is below 1


@pytest.mark.parametrize("max_spike", [4, 8, 16])
def test_a_neuron_with_state_has_a_grid_that_holds_one_over_d(max_spike: int) -> None:
    model = quantise(
        spikes(steps=2), conv("c", "x", 1.0), neuron("n", "c", 0.0, max_spike=max_spike), out("n")
    )
    node = model.graph["n"]
    assert isinstance(node, s.SpikeNILIF)
    assert node.reset_q * max_spike == 2 ** row(model, "c")["fraction_bits"]


def test_a_grid_too_coarse_for_the_reset_is_refused() -> None:
    with pytest.raises(
        QuantisationError, match="reset of 'n': needed at least one step, found 1/16"
    ):
        quantise(
            spikes(steps=2), conv("c", "x", 1.0), neuron("n", "c", 0.5, max_spike=16), out("n"),
            options=replace(OPTIONS, stream_bits=8),
        )  # fmt: skip


def test_scales_that_16_bits_cannot_hold_lie_on_no_grid() -> None:
    model = quantise(spikes(), conv("c", "x", 0.1), add("a", "c", "c"), neuron("n", "a"), out("n"))
    found = row(model, "a")
    assert found["fraction_bits_for_exactness"] == NO_GRID and found["bits_for_exactness"] is None


def test_power_of_two_rescales_have_multipliers_of_one() -> None:
    nodes = (spikes(), conv("c", "x", [0.3, 0.007]), add("a", "c", "c"), neuron("n", "a"), out("n"))
    stock = quantise(*nodes, options=replace(OPTIONS, power_of_two=True)).graph
    rescales = [node for node in stock if isinstance(node, s.SpikeRescale)]
    assert rescales and all((node.multiplier_q == 1).all() for node in rescales)
    convs = [node for node in stock if isinstance(node, s.SpikeConv)]
    assert all((np.frexp(node.weight_scale)[0] == 0.5).all() for node in convs)
    free = [node for node in quantise(*nodes).graph if isinstance(node, s.SpikeRescale)]
    assert (free[0].multiplier_q > 1).all()


def worth(*nodes: Any) -> tuple[QuantisedGraph, Any, Any]:
    """A graph in integers, its output as real numbers, and the float graph's."""
    model = quantise(*nodes)
    x = np.random.default_rng(0).integers(0, 2, (1, 2, 1, 4, 4))
    found = real_outputs(model.graph, run_reference(model.graph, {"x": x}))["out"]
    return model, found, run_float(model.source, {"x": x}).outputs["out"]


def test_the_integer_stream_is_worth_what_the_float_stream_is() -> None:
    nodes = (*residual(), pool("p", "a", 2), upsample("u", "p", 2), add("b", "u", "u"), out("b"))
    _, found, expected = worth(*nodes)
    assert (found == expected).all()


def test_a_stream_that_follows_itself_has_no_exact_grid_but_a_close_one() -> None:
    nodes = (*residual(), pool("p", "a", 2), upsample("u", "p", 2), add("b", "u", "a"), out("b"))
    model, found, expected = worth(*nodes)
    stream: Any = max(model.streams, key=lambda found: int(str(found["members"])))
    assert stream["bits_for_exactness"] is None
    assert abs(found - expected).max() <= 2 * 2.0 ** -stream["fraction_bits"]


def test_fractions_follow_streams_that_follow_streams() -> None:
    streams = Streams(
        {"a": "a", "b": "b", "c": "c"}, exact={"a": 5}, bound=dict.fromkeys("abc", 1.0)
    )
    streams.after = {"c": [("b", 4)], "b": [("a", 2)]}
    assert choose_fractions(streams, 24) == {"a": 5, "b": 7, "c": 11}
    assert choose_fractions(streams, 10) == {"a": 5, "b": 7, "c": 8}


@pytest.mark.parametrize("bits", [7, 49])
def test_stream_widths_outside_8_to_48_are_refused(bits: int) -> None:
    with pytest.raises(QuantisationError, match=f"stream bits: needed 8..48, found {bits}"):
        QuantiseOptions(stream_bits=bits)


def test_images_are_rgb_pixels_unless_told_otherwise() -> None:
    assert QuantiseOptions().image.offset.tolist() == [124, 116, 104]
