"""Price lists in files: what is written is read back, and a wrong entry is named."""

from dataclasses import replace
from pathlib import Path

import pytest

from hardware.energy import EnergyModel, apply, audit, energy_models, read_model, write_model
from hardware.energy.price_file import MAX_BYTES
from spiketrack.constants import Constant
from spiketrack.counts import Counters, profile_from
from spiketrack.errors import ReportError
from tests.hardware.energy.sample_profile import sample_profile

TEXT = """
name = "mine"
title = "My chip"
technology = "28 nm"
precision = "8-bit weights"
scope = "chip dynamic"
events = "graded SynOps"
omits = ["hops"]
uncertainty = "Made up."

[[terms]]
label = "synaptic operation"
counter = "synops.graded"
group = "synapse"
cost = { value = 2.0, unit = "pJ", source = "assumed: an example" }

[[terms]]
label = "state"
counter = "memory.state_bytes"
group = "memory"
times = 2
cost = { value = 5, unit = "pJ/B", source = "a table", mark = "H" }
low = { value = 4, unit = "pJ/B", source = "another table" }

[per_step]
value = 30000
unit = "pJ"
source = "a table"

[static_power]
value = 0.23
unit = "W"
source = "a table, chip rails"
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_price_list_of_ones_own_is_read_and_applied(tmp_path: Path) -> None:
    model = read_model(written(tmp_path, TEXT))
    result = apply(model, Counters(graded=1000, state_bytes=10))
    assert result.total_pj == pytest.approx(1000 * 2.0 + 10 * 2 * 5)
    assert result.low_pj == pytest.approx(1000 * 2.0 + 10 * 2 * 4)
    assert result.per_step == Constant(30000, "pJ", "a table", "U")
    assert [term.cost.mark for term in model.terms] == ["A", "H"]
    assert result.static_power is not None and result.static_power.value == 0.23


@pytest.mark.parametrize("model", energy_models(4), ids=lambda one: one.name)
def test_every_price_list_of_the_project_is_written_and_read_back(
    tmp_path: Path, model: EnergyModel
) -> None:
    write_model(model, tmp_path / "model.toml")
    assert read_model(tmp_path / "model.toml") == model


def test_texts_of_any_kind_survive_the_file(tmp_path: Path) -> None:
    model = replace(read_model(written(tmp_path, TEXT)), title='a "b" \\ ü é', omits=("#", "]"))
    write_model(model, tmp_path / "model.toml")
    assert read_model(tmp_path / "model.toml") == model


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ('name = "mine"', "", "'name': needed text"),
        ('name = "mine"', 'name = " "', "'name': needed a text that is not empty"),
        ('name = "mine"', 'name = "mine"\nnmae = 3', "needed only the keys name.*found 'nmae'"),
        ('"chip dynamic"', '"chip"', "scope of energy model 'mine': needed one of"),
        ('"synops.graded"', '"synops"', "counter|needed one of dense_macs"),
        ('group = "synapse"', 'group = "x"', "needed one of synapse"),
        ("value = 2.0", "value = -2.0", "'value': needed a number from 0"),
        ('unit = "pJ",', 'unit = "nJ",', "needed one of pJ, pJ/B, found 'nJ'"),
        ('unit = "pJ"\nsource = "a table"', 'unit = "uJ"\nsource = "a table"', "needed pJ, found"),
        ("times = 2", "times = 2.5", "'times': needed a whole number"),
        ('mark = "H"', 'mark = "X"', "mark of a constant is one of"),
        ("cost = { value = 2.0", "price = { value = 2.0", "needed only the keys label"),
        ('omits = ["hops"]', 'omits = "hops"', "'omits': needed a list of texts"),
        ("[per_step]", "[per_step", "needed TOML"),
    ],
)
def test_a_wrong_entry_is_refused_by_name(
    tmp_path: Path, before: str, after: str, message: str
) -> None:
    assert before in TEXT
    with pytest.raises(ReportError, match=message) as caught:
        read_model(written(tmp_path, TEXT.replace(before, after, 1)))
    assert "mine.toml" in str(caught.value)


def test_a_term_without_a_cost_and_files_that_are_none_are_refused(tmp_path: Path) -> None:
    lines = TEXT.splitlines()
    without = "\n".join(line for line in lines if not line.startswith("cost = { value = 2.0"))
    with pytest.raises(ReportError, match="'cost': needed value, unit and source"):
        read_model(written(tmp_path, without))
    with pytest.raises(ReportError, match="needed a readable file"):
        read_model(tmp_path / "none.toml")
    with pytest.raises(ReportError, match=f"at most {MAX_BYTES:,} bytes"):
        read_model(written(tmp_path, "#" * (MAX_BYTES + 1)))
    with pytest.raises(ReportError, match="needed TOML"):
        read_model(written(tmp_path, "a = " + "[" * 100_000))


def test_an_audit_applies_scores_and_lists_a_price_list_of_ones_own(tmp_path: Path) -> None:
    profile = profile_from(sample_profile())
    mine = read_model(written(tmp_path, TEXT))
    report = audit(profile, own_models=(mine,))
    assert report.counted[-1].model == "mine"
    assert report.constants["mine: a step, not added to counts"].value == 30000
    # 10,514,929 SynOps at 2 pJ over 575.963 uJ.
    bar = report.error_bar_of("mine")
    assert bar is not None and len(bar.records) == 3
    score = next(
        one for one in report.silicon if one.model == "mine" and one.record == "ntidigits"
    )
    assert score.ratio == pytest.approx(10_514_929 * 2e-6 / 575.963)
    with pytest.raises(ReportError, match="'mine': needed a name that no other price list has"):
        audit(profile, own_models=(mine, mine))
