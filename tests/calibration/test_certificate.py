"""The certificate names what can overflow, and shows what a run came to beside its bound."""

import numpy as np
import pytest

from calibration.certificate import Bound, certify, summarise
from simulation.reference.engine import run_reference
from spiketrack.errors import OverflowBoundError
from spiketrack.graph import spike_nodes as s
from spiketrack.graph.graph import Graph

ONE, NO_DECAY = np.ones(1), np.zeros(0, np.int32)


def graph(stream_bits: int = 12, membrane_bits: int = 12, weight: int = 100) -> Graph[s.SpikeNode]:
    """Spikes 0..4 through two weights, times 1, plus 24: at most 4 * 2 * 100 + 24 = 824."""
    weight_q = np.full((1, 2, 1, 1), weight, np.int8)
    return Graph(
        "g",
        (
            s.SpikeInput(
                name="x", shape=(1, 2, 1, 1), signal="spikes", low=0, high=4, scale=1.0,
                offset_q=np.zeros(1, np.int32),
            ),
            s.SpikeConv(name="c", inputs=("x",), weight_q=weight_q, weight_scale=ONE),
            s.SpikeRescale(
                name="r", inputs=("c",), multiplier_q=np.ones(1, np.int32),
                shift_q=np.zeros(1, np.int8), bias_q=np.array([24]), bits=stream_bits, scale=1.0,
            ),
            s.SpikeNILIF(
                name="n", inputs=("r",), max_spike=1, thresholds_q=np.array([[50]]),
                decay_q=NO_DECAY, reset_q=0, bits=membrane_bits,
            ),
            s.SpikeOutput(name="out", inputs=("n",), scale=ONE, bias=np.zeros(1)),
        ),
    )  # fmt: skip


def test_every_width_has_its_bound_and_its_peak_beside_it() -> None:
    spikes = np.array([4, 1])[None, None, :, None, None]
    bounds = certify(graph(), run_reference(graph(), {"x": spikes}))
    assert bounds == [
        Bound("c", "accumulator", 24, 11, 0, 800, 500),
        Bound("r", "stream", 12, 11, 24, 824, 524),
        Bound("n", "membrane", 12, 11, 24, 824, 524),
    ]
    assert {bound.peak for bound in certify(graph())} == {-1}


def test_the_worst_input_attains_the_bound() -> None:
    worst = np.full((1, 1, 2, 1, 1), 4)
    bounds = certify(graph(), run_reference(graph(), {"x": worst}))
    assert [bound.peak for bound in bounds if bound.peak >= 0] == [800, 824, 824]


@pytest.mark.parametrize(
    ("stream_bits", "membrane_bits", "part"),
    [(10, 12, "stream of 'r'"), (12, 10, "membrane of 'n'")],
)
def test_a_width_too_narrow_is_refused_with_node_and_bound(
    stream_bits: int, membrane_bits: int, part: str
) -> None:
    message = rf"{part}: needed at most 10 bits signed, found 24..824 \(11 bits\) in the worst case"
    with pytest.raises(OverflowBoundError, match=message):
        certify(graph(stream_bits, membrane_bits))


def test_an_accumulator_beyond_24_bits_is_refused() -> None:
    wide: Graph[s.SpikeNode] = Graph(
        "g",
        (
            s.SpikeInput(
                name="x", shape=(1, 1, 1, 1), signal="memory", low=0, high=1 << 20, scale=1.0,
                offset_q=np.zeros(1, np.int32),
            ),
            s.SpikeConv(
                name="c", inputs=("x",), weight_q=np.full((1, 1, 1, 1), 9, np.int8),
                weight_scale=ONE,
            ),
            s.SpikeOutput(name="out", inputs=("c",), scale=ONE, bias=np.zeros(1)),
        ),
    )  # fmt: skip
    message = "accumulator of 'c': needed at most 24 bits signed, found 0..9437184 .25 bits."
    with pytest.raises(OverflowBoundError, match=message):
        certify(wide)


def test_the_summary_keeps_the_widest_of_each_part() -> None:
    summary = summarise(certify(graph()))
    assert summary["proved"] == 3
    assert summary["widest"]["stream"]["node"] == "r"
    assert summary["widest"]["accumulator"]["high"] == 800
