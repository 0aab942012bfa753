"""Prices that are fitted to measurements: known ones are found, what cannot be told is refused."""

from pathlib import Path

import numpy as np
import pytest

from calibration.energy_fit import EnergyFit, fit_energy
from calibration.energy_measurements import (
    MAX_BYTES,
    MAX_ROWS,
    Measurements,
    read_measurements,
)
from hardware.energy import read_model, write_model
from spiketrack.errors import MeasurementError

COLUMNS = ("synops.graded", "neuron_updates", "events", "steps")
TRUE_PJ = (24.0, 80.0, 200.0, 30_000.0)


def drawn(seed: int, noise: float = 0.03, n_runs: int = 24) -> Measurements:
    """Runs of random work on a chip of known prices, measured with some relative error."""
    random = np.random.default_rng(seed)
    spans = ((5, 7), (4, 6), (3, 5.5), (1, 3.5))
    counts = np.column_stack([10 ** random.uniform(low, high, n_runs) for low, high in spans])
    energy = counts @ np.array(TRUE_PJ) * (1 + noise * random.standard_normal(n_runs))
    return Measurements(
        source="runs", names=tuple(f"run {i}" for i in range(n_runs)), columns=COLUMNS,
        counts=counts, dynamic_pj=energy, sd_pj=None, static_w=0.21,
    )  # fmt: skip


def holds(fitted: EnergyFit) -> bool:
    return all(
        price.low_pj <= true <= price.high_pj
        for price, true in zip(fitted.prices, TRUE_PJ, strict=True)
    )


@pytest.mark.parametrize(("noise", "n_runs"), [(0.03, 24), (0.1, 24), (0.03, 8)])
def test_all_known_prices_lie_in_their_intervals_in_90_of_100_trials(
    noise: float, n_runs: int
) -> None:
    found = [fit_energy(drawn(seed, noise, n_runs), seed=seed) for seed in range(100)]
    assert sum(map(holds, found)) >= 90
    # And the intervals say something: half of them are narrower than the price at 3 % of error.
    if noise == 0.03 and n_runs == 24:
        widths = [
            (price.high_pj - price.low_pj) / true
            for fitted in found
            for price, true in zip(fitted.prices, TRUE_PJ, strict=True)
        ]
        assert np.median(widths) < 0.3


def test_without_error_the_prices_are_exact_and_every_run_is_predicted() -> None:
    fitted = fit_energy(drawn(1, noise=0.0))
    assert [price.price_pj for price in fitted.prices] == pytest.approx(list(TRUE_PJ), rel=1e-6)
    assert fitted.predicted == pytest.approx(np.ones(24), rel=1e-6)
    assert fitted.residual < 1e-6


def test_a_price_is_never_negative_and_one_that_may_be_nothing_says_so() -> None:
    runs = drawn(2)
    # The spikes cost nothing on this chip, and are measured to cost less than nothing.
    energy = runs.counts @ np.array([24.0, 80.0, -5.0, 30_000.0])
    fitted = fit_energy(
        Measurements(
            source="runs", names=runs.names, columns=COLUMNS, counts=runs.counts,
            dynamic_pj=energy, sd_pj=None, static_w=None,
        )
    )  # fmt: skip
    price = fitted.prices[2]
    assert price.price_pj == 0.0 and price.low_pj == 0.0 and price.reaches_zero
    assert not fitted.prices[0].reaches_zero


def test_runs_with_a_smaller_deviation_count_for_more() -> None:
    counts = np.array([[1.0], [1.0], [1.0]])
    runs = Measurements(
        source="runs", names=("a", "b", "c"), columns=("synops.graded",), counts=counts,
        dynamic_pj=np.array([10.0, 20.0, 20.0]), sd_pj=np.array([1.0, 10.0, 10.0]), static_w=None,
    )  # fmt: skip
    # Weights 1, 1/100 and 1/100: (10 + 0.2 + 0.2) / 1.02.
    assert fit_energy(runs).prices[0].price_pj == pytest.approx((10 + 0.4) / 1.02)


def test_columns_that_rise_together_are_refused_by_name() -> None:
    runs = drawn(3)
    counts = runs.counts.copy()
    counts[:, 2] = 0.1 * counts[:, 0]
    both = Measurements(
        source="runs", names=runs.names, columns=COLUMNS, counts=counts,
        dynamic_pj=runs.dynamic_pj, sd_pj=None, static_w=None,
    )  # fmt: skip
    with pytest.raises(MeasurementError, match="columns synops.graded, events of runs: needed"):
        fit_energy(both)
    fitted = fit_energy(both.only(["syn_ops", "neuron_updates", "steps"]))
    assert [price.column for price in fitted.prices] == ["synops.graded", "neuron_updates", "steps"]


@pytest.mark.parametrize(
    ("columns", "n_runs", "message"),
    [
        (("synops.graded", "synops.unary", "events", "steps"), 24, "one definition of a synaptic"),
        (("synops.graded", "dense_macs", "events", "steps"), 24, "column 'dense_macs': needed one"),
        (COLUMNS, 5, "at least 6 runs for 4 prices, found 5"),
    ],
)
def test_what_cannot_be_fitted_is_refused(
    columns: tuple[str, ...], n_runs: int, message: str
) -> None:
    runs = drawn(4, n_runs=n_runs)
    with pytest.raises(MeasurementError, match=message):
        fit_energy(
            Measurements(
                source="runs", names=runs.names, columns=columns, counts=runs.counts,
                dynamic_pj=runs.dynamic_pj, sd_pj=None, static_w=None,
            )
        )  # fmt: skip


def test_a_column_of_zeros_a_missing_column_and_a_wrong_level_are_refused() -> None:
    runs = drawn(5)
    runs.counts[:, 1] = 0
    with pytest.raises(MeasurementError, match="'neuron_updates' of runs: needed a run in which"):
        fit_energy(runs)
    with pytest.raises(MeasurementError, match="column 'true_macs' of runs: needed one of synops"):
        runs.only(["true_macs"])
    with pytest.raises(ValueError, match=r"level must be from 0.5 to below 1, found 1"):
        fit_energy(drawn(5), level=1.0)


def test_the_fit_is_a_price_list_that_a_file_holds(tmp_path: Path) -> None:
    fitted = fit_energy(drawn(6))
    model = fitted.model("mine", "My chip")
    assert [term.counter for term in model.terms] == list(COLUMNS[:3])
    assert [term.group for term in model.terms] == ["synapse", "neuron", "messages"]
    for term, price in zip(model.terms, fitted.prices, strict=False):
        assert term.low is not None and term.high is not None
        assert (term.cost.value, term.low.value, term.high.value) == (
            price.price_pj, price.low_pj, price.high_pj,
        )  # fmt: skip
        assert term.cost.unit == "pJ" and term.cost.mark == "D"
    assert model.per_step is not None and model.per_step.value == fitted.prices[3].price_pj
    assert model.static_power is not None and model.static_power.value == 0.21
    write_model(model, tmp_path / "mine.toml")
    assert read_model(tmp_path / "mine.toml") == model


def test_bytes_are_priced_per_byte() -> None:
    runs = drawn(7)
    columns = ("synops.graded", "neuron_updates", "memory.state_bytes", "steps")
    fitted = fit_energy(
        Measurements(
            source="runs", names=runs.names, columns=columns, counts=runs.counts,
            dynamic_pj=runs.dynamic_pj, sd_pj=None, static_w=None,
        )
    )  # fmt: skip
    assert [term.cost.unit for term in fitted.model("a", "A").terms] == ["pJ", "pJ", "pJ/B"]


# --- files ----------------------------------------------------------------------------------------


def read(folder: Path, text: str) -> Measurements:
    path = folder / "runs.csv"
    path.write_text(text, encoding="utf-8")
    return read_measurements(path)


@pytest.mark.parametrize(
    ("header", "row", "dynamic_pj", "static_w"),
    [
        ("steps,dynamic_uj", "3,2.5", 2.5e6, None),
        ("steps,dynamic_nj,static_w", "3,2.5,0.2", 2.5e3, 0.2),
        ("steps,total_mj,static_mj", "3,2.5,0.5", 2e9, None),
        ("steps,total_w,static_w,time_us", "3,0.7,0.2,100", 0.5 * 100e-6 * 1e12, 0.2),
        ("steps,total_w,static_w,time_s", "3,0.7,0.2,1", 0.5e12, 0.2),
    ],
)
def test_dynamic_energy_is_read_or_worked_out_in_pj(
    tmp_path: Path, header: str, row: str, dynamic_pj: float, static_w: float | None
) -> None:
    runs = read(tmp_path, f"{header}\n{row}\n")
    assert runs.dynamic_pj == pytest.approx([dynamic_pj])
    assert runs.static_w == static_w
    assert runs.names == ("run 1",)


def test_names_of_lavas_profiler_and_comments_are_read(tmp_path: Path) -> None:
    runs = read(
        tmp_path,
        "# a chip\nname, syn_ops,dendrite_updates,spikes_in,axon_out,steps,dynamic_uj,sd_uj\n"
        '"a, b",1,2,3,4,5,6,0.5\n\nc,10,20,30,40,50,60,5\n',
    )
    assert runs.columns == (
        "synops.graded", "neuron_updates", "events", "memory.messages", "steps",
    )  # fmt: skip
    assert runs.names == ("a, b", "c")
    assert runs.counts.tolist() == [[1, 2, 3, 4, 5], [10, 20, 30, 40, 50]]
    assert runs.sd_pj == pytest.approx([0.5e6, 5e6])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "a line of columns and lines of runs"),
        ("steps,power\n1,2\n", "column 'power' of measurements .*: needed a counter, steps"),
        ("steps,steps,dynamic_uj\n1,1,2\n", "column 'steps' .*: needed one, found 2"),
        ("syn_ops,synops.graded,dynamic_uj\n1,1,2\n", "one column for synops.graded, found 2"),
        ("dynamic_uj\n1\n", "needed at least one counter, or steps"),
        ("steps\n1\n", "needed dynamic energy; or total and static energy"),
        ("steps,total_uj\n1,2\n", "needed dynamic energy; or total and static energy"),
        ("steps,dynamic_uj,dynamic_nj\n1,2,3\n", "dynamic energy in .*: needed one column"),
        ("steps,dynamic_uj\n1\n", "run 1 of .*: needed 2 cells, found 1"),
        ("steps,dynamic_uj\nx,1\n", "column 'steps' of run 'run 1' .* a number from 0, found 'x'"),
        ("steps,dynamic_uj\n-1,1\n", "a number from 0, found '-1'"),
        ("steps,dynamic_uj\nnan,1\n", "a number from 0, found 'nan'"),
        ("name,steps,dynamic_uj\na,1,0\n", "run 'a' of .*: needed a dynamic energy above zero"),
        ("steps,total_uj,static_uj\n1,2,3\n", "a dynamic energy above zero, found -1e"),
        ("steps,dynamic_uj,sd_uj\n1,1,0\n", "standard deviations of .*: needed numbers above 0"),
        ('steps,dynamic_uj\n"1,1\n', "a line of columns and lines of runs"),
        ("steps,dynamic_uj\n" + "1,1\n" * (MAX_ROWS + 1), f"at most {MAX_ROWS:,} runs"),
        ("#" * (MAX_BYTES + 1), f"at most {MAX_BYTES:,} bytes"),
    ],
)
def test_a_wrong_file_is_refused_and_the_place_is_named(
    tmp_path: Path, text: str, message: str
) -> None:
    with pytest.raises(MeasurementError, match=message):
        read(tmp_path, text)


def test_a_file_that_is_none_or_no_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MeasurementError, match="needed a readable file"):
        read_measurements(tmp_path / "none.csv")
    (tmp_path / "runs.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(MeasurementError, match="needed text in UTF-8"):
        read_measurements(tmp_path / "runs.csv")
