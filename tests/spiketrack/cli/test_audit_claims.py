"""`audit --claims`, `--table`, `--bibtex`, `--neurobench`, `--reproduce`, and `claims`."""

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

import spiketrack
from hardware.energy.claims import TEMPLATE, shipped_names
from tests.hardware.energy.claims.claim_texts import claim_text, row
from tests.hardware.energy.sample_profile import sample_profile
from tests.spiketrack.cli.run import refused, run


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("profile.json").write_text(json.dumps(sample_profile("s256-t1")), "utf-8")
    return tmp_path


def mine() -> None:
    text = claim_text(row("a", "synops_g = 10.00", "energy_mj = 9.00"))
    Path("mine.toml").write_text(text, "utf-8")


def test_claims_are_checked_without_a_profile_and_the_outcomes_are_counted() -> None:
    mine()
    done = run("audit", "--claims", "mine.toml")
    assert done.code == 0 and done.err == ""
    assert "holds within 0.01 %: 0.9 pJ x 10 GSOP." in done.out
    assert done.out.splitlines()[-1] == (
        "1 check: 1 holds, 0 hold under a condition, 0 do not follow, 0 cannot be decided"
    )


def test_several_papers_have_a_table_each() -> None:
    mine()
    done = run("audit", "--claims", "mine.toml", "--claims", "seed", "--claims", "syops")
    titles = [line for line in done.out.splitlines() if line.startswith("Verdicts on")]
    assert len(titles) == 3 and titles[0] == "Verdicts on: A paper"


def test_checking_claims_loads_nothing_that_reads_or_runs_a_network() -> None:
    code = (
        "import sys; sys.argv = ['spiketrack', 'audit', '--claims', 'seed', '--json']\n"
        "from spiketrack.cli import main\n"
        "try: main()\nexcept SystemExit: pass\n"
        "print(sorted(set('torch h5py nir cv2 numba lava matplotlib'.split()) & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True,
                          cwd=Path(__file__).parents[3])  # fmt: skip
    assert done.stdout.splitlines()[-1] == "[]"


def test_json_has_every_verdict_as_a_sentence() -> None:
    mine()
    (claim,) = json.loads(run("audit", "--claims", "mine.toml", "--json").out)
    assert claim["claim"] == "a" and claim["energy_mj"] == 9.0 and claim["mark"] == "H"
    assert claim["verdicts"] == [
        {"check": "price", "outcome": "holds",
         "sentence": "holds within 0.01 %: 0.9 pJ x 10 GSOP."}
    ]  # fmt: skip


def test_a_wrong_file_is_one_line_that_names_the_key() -> None:
    Path("bad.toml").write_text(claim_text(row("a", "energy_mj = 0")), "utf-8")
    assert "claim 'a' 'energy_mj': needed a number above 0, found 0" in refused(
        run("audit", "--claims", "bad.toml")
    )
    assert "needed a file, seed or one of spiketrack" in refused(run("audit", "--claims", "x"))


def test_claims_can_name_profiles_of_their_own() -> None:
    Path("papers/counted").mkdir(parents=True)
    Path("profile.json").rename("papers/counted/profile.json")
    own = row("a", "dense_g = 3.525", 'profile = "counted"')
    Path("papers/mine.toml").write_text(claim_text(own, row("b", "energy_mj = 9.0")), "utf-8")
    done = run("audit", "--claims", "papers/mine.toml")
    assert done.code == 0
    assert "holds within 1 %: 3.525 in the file, 3.525 counted, in GMAC." in done.out
    Path("papers/counted/profile.json").unlink()
    message = refused(run("audit", "--claims", "papers/mine.toml"))
    assert "profile 'papers/counted/profile.json': needed a readable file" in message


def test_two_files_of_one_name_are_refused_and_a_file_may_be_called_as_a_paper() -> None:
    Path("other").mkdir()
    mine()
    Path("mine.toml").rename("spiketrack.toml")
    mine()
    Path("mine.toml").rename("other/spiketrack.toml")
    twice = ("audit", "--claims", "spiketrack.toml", "--claims", "other/spiketrack.toml")
    assert "claims: needed files of different names, found spiketrack.toml twice" in refused(
        run(*twice)
    )
    done = run("audit", "profile.json", "--claims", "spiketrack.toml")
    assert "S256-T1 (presumed)" in done.out and "Verdicts on: A paper" in done.out


def test_the_verb_takes_claims_by_path_and_by_name() -> None:
    mine()
    audited = spiketrack.audit("profile.json", claims=[Path("mine.toml"), "seed"])
    assert [one.claim.id for one in audited.report.verdicts][:2] == ["a", "transt"]
    verdicts = audited.to_dict()["verdicts"]
    assert verdicts[0]["verdicts"][0]["outcome"] == "holds"
    assert "Verdicts on: A paper" in audited._repr_html_()


def test_an_audit_needs_something_to_audit() -> None:
    done = run("audit")
    assert done.code == 2 and "needs a PROFILE, --claims or --reproduce" in done.err


def test_a_profile_and_claims_lead_the_audit_with_verdicts() -> None:
    mine()
    done = run("audit", "profile.json", "--claims", "mine.toml")
    assert done.code == 0 and "Report:" not in done.out
    titles = [line for line in done.out.splitlines() if line.startswith("Verdicts")]
    assert titles == [
        "Verdicts on: SpikeTrack: A Spike-driven Framework for Efficient Visual Tracking",
        "Verdicts on: A paper",
    ]
    assert done.out.index("Verdicts") < done.out.index("By stage") < done.out.index("Energy per")
    assert sorted(path.name for path in Path().iterdir()) == ["mine.toml", "profile.json"]


@pytest.mark.slow
def test_the_page_leads_with_verdicts_and_the_file_holds_them() -> None:
    mine()
    assert run("audit", "profile.json", "--claims", "mine.toml", "-o", "out").code == 0
    page = Path("out/report.html").read_text("utf-8")
    assert page.index('id="verdicts"') < page.index('aria-label="Summary"')
    assert 'href="#verdicts"' in page and "0.9 pJ x 10 GSOP" in page
    document = json.loads(Path("out/audit.json").read_text("utf-8"))
    assert [one["claim"] for one in document["verdicts"]] == ["s256-t1", "a"]
    assert document["claim_files"][0]["name"] == "mine.toml"
    claim = document["claims"][0]["claim"]
    assert claim["energy_mj"] == 2.9 and claim["energy"] == {"value": 2.9, "half_unit": 0.05}
    assert {"id", "subject", "variants", "mark", "source", "note", "scores"} <= claim.keys()
    assert len(document["provenance"]["profile_sha256"]) == 64


@pytest.mark.slow
def test_an_audit_is_reproduced_from_its_own_folder() -> None:
    mine()
    run("audit", "profile.json", "--claims", "mine.toml", "-o", "out")
    Path("mine.toml").unlink()
    done = run("audit", "--reproduce", "out/audit.json")
    assert done.code == 0 and done.out.startswith("Identical: all ")
    path = Path("out/audit.json")
    document = json.loads(path.read_text("utf-8"))
    document["mean_integer"] = 0.5
    document["provenance"]["spiketrack"] = "0.0.9"
    path.write_text(json.dumps(document), "utf-8")
    done = run("audit", "--reproduce", "out/audit.json")
    assert done.code == 1 and done.out.startswith("Changed: 1 of ")
    assert "written by spiketrack 0.0.9" in done.out and "  mean_integer: was 0.5, is " in done.out
    told = json.loads(run("audit", "--reproduce", "out/audit.json", "--json").out)
    assert told["identical"] is False and told["changes"][0]["place"] == "mean_integer"


@pytest.mark.slow
def test_an_audit_of_another_profile_or_without_its_mapping_is_refused() -> None:
    run("audit", "profile.json", "-o", "out")
    path = Path("out/audit.json")
    Path("map").mkdir()
    message = refused(run("audit", "--reproduce", "out/audit.json", "--mapping", "map"))
    assert "needed no --mapping, as when it was made" in message
    document = json.loads(path.read_text("utf-8"))
    document["provenance"]["with_mapping"] = True
    path.write_text(json.dumps(document), "utf-8")
    assert "needed --mapping, as when" in refused(run("audit", "--reproduce", "out/audit.json"))
    Path("out/profile.json").write_text(json.dumps(sample_profile("s256-t3")), "utf-8")
    message = refused(run("audit", "--reproduce", "out/audit.json"))
    assert "needed the one that was audited, sha256" in message
    path.write_text("{}", "utf-8")
    assert "'provenance': needed an object" in refused(run("audit", "--reproduce", str(path)))
    path.write_text("{", "utf-8")
    assert "needed JSON" in refused(run("audit", "--reproduce", str(path)))


def test_tables_are_printed_in_forms_to_paste() -> None:
    mine()
    latex = run("audit", "--claims", "mine.toml", "--table", "latex").out
    assert latex.startswith("\\begin{table}\n\\caption{Verdicts on: A paper}")
    markdown = run("audit", "--claims", "mine.toml", "--table", "markdown").out
    assert markdown.startswith("**Verdicts on: A paper**\n\n| claim |")
    comma = run("audit", "--claims", "mine.toml", "--table", "csv").out
    rows = list(csv.reader(io.StringIO(comma)))
    assert rows[1][:4] == ["Net a", "9.00 mJ", "H", "price"]
    whole = run("audit", "profile.json", "--table", "markdown").out
    assert "**The paper's formula in each reading, per tracked frame**" in whole


def test_bibtex_has_the_sources_that_were_used_and_no_others() -> None:
    mine()
    told = run("audit", "--claims", "mine.toml", "--claims", "syops", "--bibtex").out
    assert "@inproceedings{horowitz2014computing," in told and "@article{chen2023training," in told
    assert "% no entry was given for: A paper (nowhere)" in told and "davies2018" not in told
    whole = run("audit", "profile.json", "--bibtex").out
    assert "@article{davies2018loihi," in whole and "@misc{zhang2026spike," in whole
    assert run("audit", "profile.json", "--claims", "seed", "--bibtex").out == whole


def test_neurobench_has_its_own_keys() -> None:
    told = json.loads(run("audit", "profile.json", "--neurobench").out)
    assert told.keys() == {"ActivationSparsity", "SynapticOperations"}
    assert told["SynapticOperations"].keys() == {"Effective_MACs", "Effective_ACs", "Dense"}
    track = sample_profile("s256-t1")["phases"]["track"]
    dense = track["totals"]["dense_macs"] / track["frames"]
    assert told["SynapticOperations"]["Dense"] == pytest.approx(dense)


def test_claims_lists_shows_and_prints_a_template() -> None:
    listed = run("claims", "list")
    assert all(name in listed.out for name in shipped_names())
    assert [one["name"] for one in json.loads(run("claims", "list", "--json").out)] == list(
        shipped_names()
    )
    assert "ablation: one-stream" in run("claims", "show", "seed").out
    (shown,) = json.loads(run("claims", "show", "syops", "--json").out)
    assert shown["claims"] == ["spiking_resnet18", "sew_resnet18", "dsnn18", "resnet18"]
    assert run("claims", "template").out == TEMPLATE.read_text("utf-8")
    assert json.loads(run("claims", "template", "--json").out)["template"].startswith("# Claims")
    done = run("claims", "show")
    assert done.code == 2 and "show needs the NAME of a paper" in done.err
