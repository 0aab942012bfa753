"""The paper's formula in its readings, and the chain of corrections from it to a count."""

import pytest

from hardware.energy import apply, audit, energy_models
from hardware.energy.formula import READINGS, exact_energy, formula
from hardware.energy.gap import gap_chain
from hardware.energy.phases import main_phase
from spiketrack.counts import profile_from
from spiketrack.counts.profile_json import layer_from
from spiketrack.errors import ReportError
from tests.hardware.energy.sample_profile import connection, sample_profile, small_profile


def readings_of(profile: dict[str, object], n_templates: int) -> dict[str, float]:
    phase = main_phase(profile_from(profile))
    return {one.name: formula(one, phase, n_templates, 4).total_pj for one in READINGS}


def test_counted_once_the_formula_is_dense_macs_times_the_mean_integer() -> None:
    # dense 1000, spikes 50 of 100 inputs: mean integer 0.5
    assert readings_of(small_profile(connection()), 1)["single-d"] == pytest.approx(
        1000 * 0.9 * 0.5
    )


def test_counted_twice_it_is_d_times_as_much() -> None:
    found = readings_of(small_profile(connection()), 1)
    assert found["double-d"] == pytest.approx(4 * found["single-d"])


def test_t_on_everything_multiplies_only_what_runs_once() -> None:
    once, thrice = connection("a", n_steps=1), connection("b", n_steps=3)
    found = readings_of(small_profile(once, thrice), 3)
    assert found["single-d"] == pytest.approx(2 * 450)
    assert found["global-t"] == pytest.approx(3 * 450 + 450)
    assert found["global-t-double-d"] == pytest.approx(4 * (3 * 450 + 450))


def test_with_one_template_t_changes_nothing() -> None:
    found = readings_of(sample_profile("s256-t1"), 1)
    assert found["global-t"] == found["single-d"]


def test_the_convolution_on_rgb_costs_macs_and_knows_no_d() -> None:
    rgb = {"name": "rgb", "kind": "rgb_conv", "dense_macs": 100, "true_macs": 90, "inputs": 30}
    found = readings_of(small_profile(rgb), 1)
    assert found["single-d"] == found["double-d"] == pytest.approx(100 * 4.6)


def test_the_formula_on_the_golden_counts_of_s256_t1() -> None:
    phase = main_phase(profile_from(sample_profile("s256-t1", frames=7)))
    rgb = 38_535_168 * 4.6
    spiking = 0.9 * sum(layer.counters.rate_x_dense for layer in phase.layers) / 7
    found = formula(READINGS[0], phase, 1, 4)
    assert found.rgb_pj == pytest.approx(rgb)
    assert found.total_pj == pytest.approx(rgb + spiking)
    assert 2.1e9 < found.total_pj < 2.2e9


def test_a_layer_that_does_not_say_its_steps_is_refused() -> None:
    assert layer_from("layer 0", connection(n_steps=3)).steps == 3
    layer = connection("a")
    del layer["n_steps"]
    with pytest.raises(ReportError, match="layer 0 'a' 'n_steps': needed an integer from 0"):
        layer_from("layer 0", layer)


def test_two_flops_a_mac_double_everything_and_a_template_call_is_shared_out() -> None:
    rgb = {"name": "rgb", "kind": "rgb_conv", "dense_macs": 100, "true_macs": 90, "inputs": 30}
    profile = small_profile(connection(), rgb, frames=1)
    alone = {one.name: one for one in audit(profile_from(profile)).further_readings}
    assert list(alone) == ["two-flops-a-mac"]
    # 1000 MACs x mean integer 0.5 x 0.9 pJ = 450; 100 MACs x 4.6 pJ = 460.
    doubled = alone["two-flops-a-mac"]
    assert (doubled.spiking_pj, doubled.rgb_pj) == pytest.approx((900, 920))
    assert doubled.total_pj == pytest.approx(1820)
    # Two calls of the template branch of 10,000 MACs each at the same rate: 4,500 pJ a call.
    template = small_profile(connection(dense_macs=20_000, synops={"rate_x_dense": 10_000}))
    calls = {"frames": 2, "layers": template["phases"]["track"]["layers"]}
    profile["phases"]["init"] = calls
    shared = {one.name: one.total_pj for one in audit(profile_from(profile)).further_readings}
    assert shared["template-over-25"] == pytest.approx(910 + 4500 / 25)
    assert shared["template-over-40"] == pytest.approx(910 + 4500 / 40)


@pytest.mark.parametrize("variant", ["s256-t1", "s256-t3"])
@pytest.mark.parametrize("model", energy_models(4), ids=lambda model: model.name)
def test_the_corrections_add_up_to_the_whole_gap(variant: str, model: object) -> None:
    phase = main_phase(profile_from(sample_profile(variant)))
    n_templates = int(variant[-1])
    readings = [formula(one, phase, n_templates, 4) for one in READINGS]
    result = apply(model, phase.totals, phase.frames)  # type: ignore[arg-type]
    chain = gap_chain(readings, phase, result)
    assert chain.start_pj == readings[3].total_pj
    assert chain.end_pj == pytest.approx(result.total_pj)
    assert chain.start_pj + sum(step.delta_pj for step in chain.steps) == pytest.approx(
        chain.end_pj
    )


def test_the_gate_is_a_correction_of_its_own() -> None:
    gate = {"name": "gate.mix", "kind": "gate_mix", "true_macs": 40}
    rgb = {"name": "rgb", "kind": "rgb_conv", "dense_macs": 100, "true_macs": 90, "inputs": 30}
    phase = main_phase(profile_from(small_profile(connection(), gate, rgb, frames=2)))
    found = exact_energy(phase)
    assert (found.spiking_pj, found.rgb_pj) == pytest.approx((0.9 * 225, 4.6 * 45))
    assert found.gate_pj == pytest.approx(4.6 * 20)
    assert found.total_pj == found.spiking_pj + found.rgb_pj
    readings = [formula(one, phase, 1, 4) for one in READINGS]
    fp32 = next(model for model in energy_models(4) if model.name == "horowitz45-fp32")
    chain = gap_chain(readings, phase, apply(fp32, phase.totals, 2))
    steps = {step.name: step.delta_pj for step in chain.steps}
    assert steps["channel gate"] == pytest.approx(4.6 * 20)
    assert steps["borders and where spikes lie"] == pytest.approx(0.9 * (240 - 250) - 4.6 * 5)


def test_each_correction_has_its_size() -> None:
    phase = main_phase(profile_from(small_profile(connection())))
    readings = [formula(one, phase, 1, 4) for one in READINGS]
    graded = next(model for model in energy_models(4) if model.name == "horowitz45-graded")
    steps = {
        s.name: s.delta_pj for s in gap_chain(readings, phase, apply(graded, phase.totals)).steps
    }
    assert steps["D counted twice"] == pytest.approx(450 - 1800)
    assert steps["T on everything"] == 0
    assert steps["borders and where spikes lie"] == pytest.approx(0.9 * (480 - 500))
    assert steps["zero weights"] == pytest.approx(0.9 * (450 - 480))
    assert steps["graded spikes"] == pytest.approx(0.9 * (180 - 450))
    assert steps["price of one operation"] == pytest.approx((0.3 - 0.9) * 180)
