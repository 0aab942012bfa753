"""Forced comparison: nothing on the grid differs, and fewer bits cost more."""

from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
import pytest

from calibration.compare import (
    NodeError,
    compare_forced,
    silence_alarms,
    silenced_layers,
    snr_db,
    summarise_errors,
)
from calibration.options import QuantiseOptions
from calibration.quantise import quantise_model
from spiketrack.graph import float_nodes as f
from tests.calibration.small_graphs import add, conv, neuron, out, quantise, spikes
from tests.evidence.dyadic_models import folded, lossless_options, raw_inputs


@lru_cache
def search_inputs() -> dict[str, Any]:
    """The search crop, and memories of a plausible size."""
    models = quantise_model(folded("tiny128-t1"), lossless_options())
    rng, graph = np.random.default_rng(0), models["search"].graph
    shapes = {node.name: graph.shapes[node.name] for node in graph.inputs[1:]}
    memories = {n: rng.integers(0, 9, (t, 1, *rest)) for n, (t, *rest) in shapes.items()}
    return {"image": raw_inputs("tiny128-t1")[1], **memories}


def rows(bits: int, *, dyadic: bool) -> list[NodeError]:
    options = replace(lossless_options(), weight_bits=bits)
    models = quantise_model(folded("tiny128-t1", dyadic=dyadic), options)
    return compare_forced(models["search"], search_inputs())


@pytest.mark.slow
def test_no_layer_of_a_dyadic_network_differs() -> None:
    found = rows(8, dyadic=True)
    assert {row.kind for row in found} == {"neuron", "synapses", "stream"}
    assert all(row.differing == 0 and row.snr_db is None for row in found)
    assert all(row.mean_float == row.mean_integer for row in found)


@pytest.mark.slow
def test_fewer_weight_bits_cost_more_spikes_and_more_noise() -> None:
    summaries = [summarise_errors(rows(bits, dyadic=False)) for bits in (8, 6, 4)]
    shares = [summary["mean_share_of_differing_spikes"] for summary in summaries]
    noise = [summary["median_synapse_snr_db"] for summary in summaries]
    assert 0 < shares[0] < shares[1] < shares[2] < 0.5
    assert noise[0] > noise[1] + 10 > noise[2] + 20  # 6 dB a bit, roughly
    assert summaries[0]["worst_neuron_layer"]["kind"] == "neuron"


def small() -> Any:
    return quantise(
        spikes(size=2), conv("c", "x", 0.1, bias=0.05), conv("d", "x", [0.77]), add("a", "c", "d"),
        neuron("n", "a"), conv("e", "n"), neuron("n2", "e"), out("n2"),
    )  # fmt: skip


def test_every_synapse_stream_and_neuron_has_its_row() -> None:
    found = compare_forced(small(), {"x": np.array([0, 1, 3, 4]).reshape(1, 1, 1, 2, 2)})
    kinds = {row.node: row.kind for row in found}
    assert kinds == {"c": "synapses", "d": "synapses", "a": "stream", "n": "neuron",
                     "e": "synapses", "n2": "neuron"}  # fmt: skip
    spiking = {row.node: row for row in found}["n"]
    # 0.87 x + 0.05 = 0.05, 0.92, 2.66, 3.53 -> 0, 1, 3, 4
    assert spiking.mean_float == spiking.mean_integer == 2.0
    assert spiking.differing == spiking.clipped == 0.0


def test_membranes_above_d_count_as_clipped() -> None:
    model = quantise(spikes(size=2), conv("c", "x", 2.0), neuron("n", "c"), out("n"))
    x = np.array([0, 1, 3, 4]).reshape(1, 1, 1, 2, 2)
    assert {row.node: row.clipped for row in compare_forced(model, {"x": x})}["n"] == 0.5


def test_the_signal_to_error_ratio_by_hand() -> None:
    signal = np.array([3.0, 4.0])
    assert snr_db(signal, signal + np.array([0.0, 0.05])) == pytest.approx(40.0)  # 25 / 0.0025
    assert snr_db(signal, signal) is None
    assert snr_db(0 * signal, signal) is None


def test_a_summary_of_nothing_says_nothing() -> None:
    assert summarise_errors([]) == {
        "layers": [], "mean_share_of_differing_spikes": 0.0, "worst_neuron_layer": None,
        "median_synapse_snr_db": None,
    }  # fmt: skip


def test_a_layer_that_rounding_silences_raises_an_alarm() -> None:
    def row(name: str, floats: float, integers: float) -> NodeError:
        return NodeError(name, "neuron", None, 0.1, floats, integers)

    first = [row("a", 0.5, 0.0), row("b", 0.5, 0.0), row("c", 0.0, 0.0), row("d", 0.5, 0.5)]
    second = [row("a", 0.0, 0.0), row("b", 0.0, 0.1), row("c", 0.0, 0.2), row("d", 0.0, 0.0)]
    assert silenced_layers([first]) == ["a", "b"]
    assert silenced_layers([first, second]) == ["a"]
    (alarm,) = silence_alarms("search", ["a"])
    assert alarm == "graph 'search': layer 'a' fires in the float network and never in integers"


def test_a_layer_below_half_a_step_is_silenced_in_truth() -> None:
    # Channel 0 reads 1.0 x + 0.12 y with 2 bits: steps of 1.0, so that 0.12 is lost. The float sum
    # of x = 0, y = 4 is 0.48, and with the bias 0.1 it fires: 0.58 -> 1. Integers see 0.1 -> 0.
    weight = np.array([1.0, 0.12]).reshape(1, 2, 1, 1)
    both = f.FloatConv(name="c", inputs=("x",), weight=weight, bias=np.array([0.1]))
    model = quantise(
        spikes(channels=2, size=1), both, neuron("n", "c"), out("n"),
        options=QuantiseOptions(weight_bits=2),
    )  # fmt: skip
    x = np.array([0, 4]).reshape(1, 1, 2, 1, 1)
    assert silenced_layers([compare_forced(model, {"x": x})]) == ["n"]
