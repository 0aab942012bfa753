"""The summary in words: who wins, who loses, who is silent, and what the weights were."""

from typing import Any

from hardware.energy import audit
from spiketrack.counts import profile_from
from spiketrack.report.summary import headlines, sentences
from tests.hardware.energy.sample_profile import connection, sample_profile, small_profile


def words(about: str, *layers: dict[str, Any], **model: Any) -> str:
    profile = small_profile(*layers, **model)
    return dict(sentences(profile_from(profile), audit(profile_from(profile))))[about]


def layer(graded: int, unary: int, dense: int = 1000) -> dict[str, Any]:
    synops = {"graded": graded, "unary": unary, "rate_x_dense": unary}
    return connection(dense_macs=dense, synops=synops)


def test_a_network_that_wins_is_said_to_cost_less() -> None:
    # 450 x 0.1 = 45 pJ against 1000 x 0.3 = 300 pJ and 180 x 0.3 = 54 pJ
    text = words("Network without spikes", layer(graded=180, unary=450))
    assert text.startswith("Multiply/accumulate only, both sides (45 nm, int8 weights, the same")
    assert "costs 6.67x less than the dense rival" in text
    assert "costs 1.20x less than the one that skips zeros" in text


def test_a_network_that_loses_is_said_to_cost_more() -> None:
    # 4000 x 0.1 = 400 pJ against 300 pJ; 1000 x 0.3 = 300 pJ for the one that skips zeros
    text = words("Network without spikes", layer(graded=1000, unary=4000))
    assert "costs 1.33x as much as the dense rival" in text
    assert "costs 1.33x as much as the one that skips zeros" in text
    # 8-bit accumulators: 4000 x 0.03 = 120 pJ against 230 pJ
    assert "it costs 1.92x less than the dense rival" in text
    assert "advantage" not in text


def test_a_draw_is_said_to_cost_the_same() -> None:
    text = words("Network without spikes", layer(graded=1000, unary=3000))
    assert "costs the same as the dense rival" in text


def test_a_silent_network_is_compared_with_nothing() -> None:
    rgb = {"name": "rgb", "kind": "rgb_conv", "dense_macs": 100, "true_macs": 90, "inputs": 30}
    text = words("Network without spikes", layer(graded=0, unary=0), rgb)
    assert text == "There is nothing to compare: silent. Not one synaptic operation was counted."


def test_what_neurons_add_is_said_apart() -> None:
    neuron = {"name": "n", "kind": "neuron", "neuron_updates": 10, "membrane_adds": 20}
    text = words("Network without spikes", layer(graded=180, unary=450), neuron)
    assert "the spiking network 45 pJ unrolled" in text
    assert "neurons (4 pJ), membranes and rescaling (2 pJ) and host work (0 pJ)" in text


def test_the_share_of_synops_leaves_the_convolution_on_rgb_out() -> None:
    rgb = {"name": "rgb", "kind": "rgb_conv", "dense_macs": 500, "true_macs": 450, "inputs": 30}
    text = words("What was counted", layer(graded=180, unary=450), rgb)
    assert "180 graded SynOps, 18 % of the 1 k dense MACs of the layers that spikes drive" in text
    assert "500 more MACs are on RGB values" in text


def test_the_formulas_error_does_not_contain_the_gate() -> None:
    gate = {"name": "gate.mix", "kind": "gate_mix", "true_macs": 100}
    text = words("Paper's formula", layer(graded=180, unary=450), gate)
    assert "with D once, the formula is right to within half a percent" in text
    assert "nor for the channel gate, another 460 pJ" in text
    assert "gate" not in words("Paper's formula", layer(graded=180, unary=450))


def test_float_weights_are_named_as_such() -> None:
    profile = small_profile(connection(), backend="float graph (torch float32)")
    report = audit(profile_from(profile))
    told = dict(sentences(profile_from(profile), report))
    assert "every figure for integer weights is as if weights were int8" in told["What was counted"]
    assert "(45 nm, as if weights were int8, " in told["Network without spikes"]
    assert "exact count, as if weights were int8" in [
        one.label for one in headlines(profile_from(profile), report)
    ]


def test_a_headline_says_what_its_value_holds() -> None:
    profile = sample_profile()
    report = audit(profile_from(profile))
    int8 = next(one for one in report.counted if one.model == "horowitz45-int8")
    shown = headlines(profile_from(profile), report)[3]
    assert int8.multiply_accumulate_pj < int8.total_pj
    assert shown.value == f"{int8.multiply_accumulate_pj / 1e6:.0f} µJ"
    assert shown.convention.endswith("45 nm, multiply/accumulate only")
