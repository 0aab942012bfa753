"""Scores of price lists on silicon records, worked out by hand, and what is made of them."""

from dataclasses import replace

import pytest

from hardware.energy import EnergyModel, Term
from hardware.energy.models import energy_models
from hardware.energy.records import (
    EnergyScore,
    energy_scores,
    error_bars,
    load_records,
    record_of_name,
    scored_constants,
)
from spiketrack.constants import Constant
from spiketrack.errors import ReportError

DAVIES = next(model for model in energy_models(1) if model.name == "davies2018-graded")


def score(name: str) -> EnergyScore:
    (found,) = energy_scores([DAVIES], [record_of_name(name)])
    return found


@pytest.mark.parametrize(
    ("name", "synops", "updates", "spikes", "measured_uj"),
    [
        ("ntidigits", 10_514_929, 2_262_000, 67_107, 575.963),
        ("pilotnet-snn", 36_315_366, 16 * 158_509, 553_715, 1093.544),
        ("autoencoder-2026", 300_000, 10_000, 20_000, 40.6),
        ("two-neurons", 99, 2000, 199, 34.24),
    ],
)
def test_a_score_is_counts_times_prices_over_the_measured_energy(
    name: str, synops: int, updates: int, spikes: int, measured_uj: float
) -> None:
    found = score(name)
    predicted_uj = (synops * 23.6 + updates * 81 + spikes * 1.7) * 1e-6
    assert found.predicted_uj == found.predicted_most_uj == pytest.approx(predicted_uj)
    assert found.ratio == found.ratio_most == pytest.approx(predicted_uj / measured_uj)


def test_bounds_of_the_counts_are_bounds_of_the_score() -> None:
    found = score("sddpg")
    assert found.ratio == pytest.approx(3850 * 81e-6 / 15.53)
    most_uj = (688_640 * 23.6 + 3970 * 81 + 3970 * 1.7) * 1e-6
    assert found.ratio_most == pytest.approx(most_uj / 15.53)
    for one in energy_scores([DAVIES]):
        assert one.ratio <= one.ratio_most


def test_the_error_bar_spans_the_records_whose_counts_are_known_and_no_others() -> None:
    scores = energy_scores([DAVIES])
    bar = error_bars(scores)["davies2018-graded"]
    assert (bar.low, bar.high) == (score("autoencoder-2026").ratio, score("pilotnet-snn").ratio)
    assert bar.low == pytest.approx(7.924 / 40.6, rel=1e-4)
    assert bar.high == pytest.approx(1063.41 / 1093.544, rel=1e-4)
    assert bar.records == (
        "Autoencoder 256-32-256 on a Loihi 2 box", "NTIDIGITS on Loihi 1",
        "PilotNet SNN on Loihi 2",
    )  # fmt: skip
    # Where 97.24 uJ are predicted, chips drew 100 to 498 uJ.
    least, most = bar.measured_pj(97.24e6)
    assert least == pytest.approx(100.0e6, rel=1e-3)
    assert most == pytest.approx(97.24e6 * 40.6 / 7.924, rel=1e-4)
    floors = [one for one in scores if one.kind != "network"]
    assert floors and error_bars(floors) == {}


def test_a_price_list_with_memory_or_without_any_energy_has_no_error_bar() -> None:
    free = EnergyModel(
        name="free", title="Free", technology="none", precision="none", scope="chip dynamic",
        events="none", omits=(), uncertainty="",
        terms=(
            Term(label="host", counter="host_flops", group="host",
                 cost=Constant(1.0, "pJ", "assumed: an example", "A")),
        ),
    )  # fmt: skip
    assert {one.predicted_uj for one in energy_scores([free])} == {0.0}
    assert error_bars(energy_scores([free])) == {}
    assert energy_scores([replace(DAVIES, scope="with memory")]) == ()


def test_the_figures_behind_the_error_bars_have_sources() -> None:
    used = scored_constants()
    assert len(used) == 4 * 3
    assert used["NTIDIGITS on Loihi 1: neuron_updates"].value == 2_262_000
    assert used["Autoencoder 256-32-256 on a Loihi 2 box: synops"].mark == "M"


def test_a_record_without_counts_has_no_score_and_an_unknown_name_is_refused() -> None:
    without = {one.name for one in load_records() if one.activity is None}
    assert without == {"pilotnet-sdnn", "quartz-mnist", "relnet"}
    assert without.isdisjoint(one.record for one in energy_scores([DAVIES]))
    with pytest.raises(ReportError, match="silicon record 'mine': needed one of autoencoder-2026"):
        record_of_name("mine")
