"""Energy models: numbers a reader can check by hand, and the laws every price list obeys."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardware.energy import EnergyModel, EnergyResult, Term, apply, energy_models
from hardware.energy.records import energy_scores
from spiketrack.constants import FP32_ADD, Constant
from spiketrack.counts.counters import COUNTERS, FIELDS, Counters
from spiketrack.counts.profile_json import counters_from
from spiketrack.errors import ReportError

MODELS = {model.name: model for model in energy_models(4)}


def nested(flat: dict[str, int]) -> dict[str, Any]:
    """Counts as a file holds them, those that are not given being 0."""
    counts: dict[str, Any] = {}
    for counter, value in (dict.fromkeys(map(str, COUNTERS), 0) | flat).items():
        group, _, key = counter.rpartition(".")
        (counts.setdefault(group, {}) if group else counts)[key] = value
    return counts


layers = st.builds(Counters, **{name: st.integers(0, 10**12) for name in FIELDS})


def price(name: str, **flat: int) -> EnergyResult:
    counts = nested({key.replace("__", "."): value for key, value in flat.items()})
    return apply(MODELS[name], counters_from("layer", counts))


def test_davies_graded_adds_synops_neurons_and_messages() -> None:
    result = price("davies2018-graded", synops__graded=1000, neuron_updates=10, events=20)
    assert result.total_pj == pytest.approx(1000 * 23.6 + 10 * 81 + 20 * 1.7)
    assert result.low_pj == pytest.approx(1000 * 23.6 + 10 * 52 + 20 * 1.7)


def test_davies_unrolled_updates_every_neuron_in_each_of_d_sub_steps() -> None:
    result = price("davies2018-unrolled", synops__unary=1000, neuron_updates=10, unary_spikes=20)
    assert result.total_pj == pytest.approx(1000 * 23.6 + 4 * 10 * 81 + 20 * 1.7)


def test_horowitz_int8_ranges_from_an_8_bit_to_a_32_bit_adder() -> None:
    result = price("horowitz45-int8", synops__unary=1000, true_macs=100)
    assert result.total_pj == pytest.approx(1000 * 0.1 + 100 * 0.3)
    assert result.low_pj == pytest.approx(1000 * 0.03 + 100 * 0.23)


def test_horowitz_fp32_prices_an_accumulate_and_a_mac_as_the_papers_do() -> None:
    assert price("horowitz45-fp32", synops__unary=1000, true_macs=100).total_pj == pytest.approx(
        1360
    )


def test_horowitz_graded_prices_an_event_as_an_int8_mac() -> None:
    assert price("horowitz45-graded", synops__graded=1000).total_pj == pytest.approx(300)
    assert price("horowitz45-graded", synops__graded=1000).low_pj == pytest.approx(230)


def test_sram_is_charged_per_byte_and_messages_twice() -> None:
    result = price("horowitz45-int8-sram", memory__state_bytes=8, memory__message_bytes=8)
    assert result.total_pj == pytest.approx(8 * 2.5 + 2 * 8 * 2.5)
    assert result.high_pj == pytest.approx(3 * 100)


def test_lemaire_charges_memory_per_byte_at_32_kb() -> None:
    result = price("lemaire2022", synops__unary=100, memory__weight_bytes_read=100)
    assert result.total_pj == pytest.approx(100 * 0.1 + 100 * 5)


def test_loihi_prices_come_close_to_pilotnet_on_silicon_and_45_nm_ones_do_not() -> None:
    scores = energy_scores(energy_models(1))
    ratios = {one.model: one.ratio for one in scores if one.record == "pilotnet-snn"}
    step_uj = 2_269_710 * 23.6e-6 + 158_509 * 81e-6 + 34_607 * 1.7e-6
    assert ratios["davies2018-graded"] == pytest.approx(step_uj / (1093.544 / 16), rel=1e-6)
    assert 0.95 < ratios["davies2018-graded"] < 1.0
    # 24 pJ a SynOp, 51.2 + 21.6 an update, 69.3 + 111 a spike that goes to one reader.
    fit_uj = 2_269_710 * 24e-6 + 158_509 * 72.8e-6 + 34_607 * 180.3e-6
    assert ratios["sanafe-graded"] == pytest.approx(fit_uj / (1093.544 / 16), rel=1e-6)
    assert ratios["horowitz45-fp32"] < 0.05
    assert "lemaire2022" not in ratios


@pytest.mark.parametrize("model", MODELS.values(), ids=lambda model: model.name)
def test_nothing_costs_nothing(model: EnergyModel) -> None:
    result = apply(model, Counters())
    assert (result.total_pj, result.low_pj, result.high_pj, result.unpriced) == (0, 0, 0, ())


@pytest.mark.parametrize("model", MODELS.values(), ids=lambda model: model.name)
@settings(max_examples=25)
@given(counts=st.lists(layers, min_size=1, max_size=2))
def test_energy_is_additive_over_layers(model: EnergyModel, counts: list[Counters]) -> None:
    parts = sum(apply(model, one).total_pj for one in counts)
    assert apply(model, Counters.total(counts)).total_pj == pytest.approx(parts)


@pytest.mark.parametrize("model", MODELS.values(), ids=lambda model: model.name)
@settings(max_examples=25)
@given(counts=layers, frames=st.integers(1, 1000))
def test_energy_is_never_negative_and_scales_with_frames(
    model: EnergyModel, counts: Counters, frames: int
) -> None:
    result = apply(model, counts, frames)
    assert 0 <= result.low_pj <= result.total_pj <= result.high_pj
    assert result.total_pj * frames == pytest.approx(apply(model, counts).total_pj)
    assert result.total_pj == pytest.approx(sum(term.energy_pj for term in result.terms))


@pytest.mark.parametrize("model", MODELS.values(), ids=lambda model: model.name)
@settings(max_examples=25)
@given(counts=layers, more=layers)
def test_more_work_never_costs_less(model: EnergyModel, counts: Counters, more: Counters) -> None:
    less, whole = apply(model, counts), apply(model, counts + more)
    assert whole.total_pj >= less.total_pj * (1 - 1e-12)
    assert whole.low_pj >= less.low_pj * (1 - 1e-12)


@pytest.mark.parametrize("model", MODELS.values(), ids=lambda model: model.name)
def test_a_model_says_what_it_is(model: EnergyModel) -> None:
    assert model.scope in ("compute only", "with memory", "chip dynamic")
    assert model.technology and model.precision and model.events
    assert model.omits and model.uncertainty
    priced = [term.counter for term in model.terms if term.counter.startswith("synops.")]
    assert len(priced) == 1


def test_work_without_a_price_is_named() -> None:
    result = price("davies2018-graded", host_flops=5, memory__state_bytes=3)
    assert result.unpriced == ("host_flops", "memory.state_bytes")
    assert result.total_pj == 0


def test_texts_print_the_constants_themselves() -> None:
    omits = " ".join(MODELS["davies2018-graded"].omits)
    assert "3.0 pJ east-west, 4.0 pJ north-south" in omits
    assert "static power (104 mW per chip" in omits
    assert "3.0 pJ east-west, 4.2 pJ north-south" in " ".join(MODELS["sanafe-graded"].omits)


def test_static_power_is_shown_and_never_added() -> None:
    result = price("davies2018-graded", synops__graded=1)
    assert result.static_power is not None
    assert result.static_power.value == 104
    assert result.total_pj == 23.6


def test_energy_per_no_frame_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one frame, found 0"):
        apply(MODELS["lemaire2022"], Counters(), frames=0)


@pytest.mark.parametrize("model", MODELS.values(), ids=lambda model: model.name)
def test_a_priced_count_that_is_missing_is_refused_instead_of_read_as_zero(
    model: EnergyModel,
) -> None:
    for term in model.terms:
        counts = nested({})
        group, _, key = term.counter.rpartition(".")
        del (counts[group] if group else counts)[key]
        with pytest.raises(ReportError, match=f"'a' '{term.counter}': needed an integer"):
            apply(model, counters_from("layer 'a'", counts))


def test_a_price_in_another_unit_is_refused_and_not_taken_for_picojoules() -> None:
    price_nj = Constant(13.3, "nJ", "assumed: a number for this test", "A")
    with pytest.raises(ValueError, match="price of term 'x': needed one of pJ, pJ/B, found 'nJ'"):
        Term(label="x", counter="synops.unary", group="synapse", cost=price_nj)
    with pytest.raises(ValueError, match="found 'nJ'"):
        Term(label="x", counter="synops.unary", group="synapse", cost=FP32_ADD, high=price_nj)


def test_a_model_of_an_unknown_scope_is_refused() -> None:
    model = energy_models(4)[0]
    with pytest.raises(ValueError, match=f"scope of energy model '{model.name}': needed one of"):
        replace(model, scope="nonsense")  # type: ignore[arg-type]


def test_a_price_for_a_misspelt_counter_is_refused_when_the_term_is_made() -> None:
    with pytest.raises(ValueError, match="term 'x' of a price list: .* found 'synops.graded_'"):
        Term(label="x", counter="synops.graded_", group="synapse", cost=FP32_ADD)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="needed one of synapse, .* found 'synapses'"):
        Term(label="x", counter="synops.graded", group="synapses", cost=FP32_ADD)  # type: ignore[arg-type]


def test_a_network_without_spikes_has_no_models() -> None:
    with pytest.raises(ValueError, match="max_spike must be at least 1, found 0"):
        energy_models(0)
