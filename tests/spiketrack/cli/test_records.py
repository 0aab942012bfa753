"""`spiketrack records` and `spiketrack fit`: what people and programs get of them."""

import json
from pathlib import Path

import numpy as np
import pytest

from hardware.energy import read_model
from hardware.energy.records import load_records
from tests.hardware.energy.sample_profile import sample_profile
from tests.spiketrack.cli.run import refused, run


def test_all_records_scores_error_bars_and_what_is_no_work_are_shown() -> None:
    done = run("records")
    assert done.code == 0
    for record in load_records():
        assert f"\n{record.name} " in done.out
    assert "Predicted over measured dynamic energy" in done.out
    assert "0.195x" in done.out and "0.972x" in done.out and "5.12x" in done.out
    assert "box of 16 chips" in done.out and "93.6 %" in done.out
    assert "26.7 nJ to 44.1 nJ" in done.out


def test_one_record_is_shown_with_the_source_of_every_figure() -> None:
    done = run("records", "ntidigits")
    assert done.code == 0
    assert "10,514,929" in done.out and "2,262,000" in done.out and "67,107" in done.out
    assert "notebook ntidigitsEnergy" in done.out and "0.749x" in done.out
    assert "One sample was counted" in done.out
    quartz = run("records", "quartz-mnist").out
    # (85.76 - 45.59) uJ over 80 steps.
    assert "502 nJ" in quartz and "2^5 steps a layer" in quartz
    assert "needed one of autoencoder-2026" in refused(run("records", "mine"))


def test_a_program_gets_records_scores_and_error_bars() -> None:
    value = json.loads(run("records", "--json").out)
    assert {one["name"] for one in value["records"]} == {one.name for one in load_records()}
    bar = next(one for one in value["error_bars"] if one["model"] == "davies2018-graded")
    assert bar["low"] == pytest.approx(7.924 / 40.6)
    assert value["recounted"] == []


@pytest.mark.slow
def test_the_pair_of_neurons_is_counted_again_without_any_file() -> None:
    done = run("records", "two-neurons", "--recount")
    assert done.code == 0
    assert "99 SynOps, 2,000 updates, 199 spikes in 1,000 steps: as in the record" in done.out
    value = json.loads(run("records", "two-neurons", "--recount", "--json").out)
    (found,) = value["recounted"]
    assert found["same"] is True and found["activity"]["synops"] == 99


def test_a_network_that_is_missing_or_another_one_is_refused(tmp_path: Path) -> None:
    done = run("records", "ntidigits", "--recount", "--networks", tmp_path)
    assert "needed a file of lava-dl's netx tests, found none in" in refused(done)
    (tmp_path / "ntidigits").mkdir()
    (tmp_path / "ntidigits" / "ntidigits.net").write_bytes(b"another one")
    done = run("records", "ntidigits", "--recount", "--networks", tmp_path)
    assert "needed the file with sha256 ae1c15f258ae..." in refused(done)


def test_the_records_determine_no_price(tmp_path: Path) -> None:
    path = tmp_path / "records.csv"
    assert run("records", "--measurements", path).code == 0
    assert "needed at least 5 runs for 3 prices" in refused(
        run("fit", path, "--columns", "synops.graded,neuron_updates,steps")
    )
    done = run("fit", path, "--columns", "synops.graded,steps")
    assert done.code == 0
    assert "The measurements allow that synops.graded costs nothing." in done.out
    assert "The measurements allow that steps costs nothing." in done.out
    with_bounds = run("records", "sddpg", "--measurements", path)
    assert "needed a record with known counts, found none" in refused(with_bounds)


def chip_csv(path: Path) -> None:
    """Twelve runs of a chip with 20 pJ a SynOp, 100 pJ an update and 30 nJ a step."""
    random = np.random.default_rng(0)
    lines = ["synops.graded,neuron_updates,steps,dynamic_uj,static_w"]
    for _ in range(12):
        counts = [int(10 ** random.uniform(*span)) for span in ((5, 7), (3, 5.5), (1, 3))]
        uj = sum(n * pj for n, pj in zip(counts, (20, 100, 30_000), strict=True)) * 1e-6
        lines.append(f"{counts[0]},{counts[1]},{counts[2]},{uj},0.25")
    path.write_text("\n".join(lines), encoding="utf-8")


def test_a_fit_is_shown_and_written_as_a_price_list(tmp_path: Path) -> None:
    csv, toml = tmp_path / "runs.csv", tmp_path / "mine.toml"
    chip_csv(csv)
    done = run("fit", csv, "-o", toml, "--name", "mine", "--title", "My chip")
    assert done.code == 0
    assert "20.0 pJ" in done.out and "100 pJ" in done.out and "30.0 nJ" in done.out
    assert "Static power, which is apart: 0.250 W" in done.out and f"Wrote {toml}" in done.out
    model = read_model(toml)
    assert (model.name, model.title) == ("mine", "My chip")
    assert [round(term.cost.value, 3) for term in model.terms] == [20, 100]
    value = json.loads(run("fit", csv, "--json").out)
    columns = [one["column"] for one in value["prices"]]
    assert columns == ["synops.graded", "neuron_updates", "steps"]
    assert len(value["runs"]) == 12 and value["static_w"] == 0.25
    scored = json.loads(run("records", "--model", toml, "--json").out)
    assert "mine" in {one["model"] for one in scored["error_bars"]}


def test_a_name_that_the_project_has_is_refused_before_a_file_is_written(tmp_path: Path) -> None:
    csv, toml = tmp_path / "runs.csv", tmp_path / "mine.toml"
    chip_csv(csv)
    done = run("fit", csv, "-o", toml, "--name", "sanafe-graded")
    assert "needed a name that no other price list has" in refused(done)
    assert not toml.exists()


@pytest.mark.slow
def test_an_audit_applies_a_fitted_price_list_and_is_repeated_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    chip_csv(Path("runs.csv"))
    Path("profile.json").write_text(json.dumps(sample_profile()), encoding="utf-8")
    named = ("--name", "mine", "--title", "A <b> chip")
    assert run("fit", "runs.csv", "-o", "mine.toml", *named).code == 0
    done = run("audit", "profile.json", "--model", "mine.toml", "-o", "out")
    assert done.code == 0 and "A <b> chip" in done.out
    document = json.loads(Path("out/audit.json").read_text("utf-8"))
    (mine,) = (one for one in document["counted"] if one["model"] == "mine")
    assert mine["per_step"]["value"] == pytest.approx(30_000, rel=1e-6)
    scores = [one for one in document["silicon"] if one["model"] == "mine"]
    assert {"model", "predicted_uj", "measured_uj", "ratio"} <= scores[0].keys()
    page = Path("out/report.html").read_text("utf-8")
    assert "A &lt;b&gt; chip" in page and "A <b> chip" not in page
    again = run("audit", "--reproduce", "out/audit.json", "--model", "mine.toml")
    assert again.code == 0 and again.out.startswith("Identical: all ")
    without = run("audit", "--reproduce", "out/audit.json")
    assert without.code == 1 and without.out.startswith("Changed: ")
