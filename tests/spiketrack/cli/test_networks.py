"""The commands on networks that are no tracker: what they print, write and refuse."""

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from simulation.selftest import run as selftest
from simulation.selftest.report import BackendReport, Disagreement, SelftestReport
from spiketrack.report import read_profile
from tests.small_networks import save_netx, save_nir, save_strange_nir, spikes
from tests.spiketrack.cli.run import refused, run
from tests.tiny_models import Tiny


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two networks and their spikes."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")
    save_nir(Path("net.nir"))
    save_netx(Path("net.net"))
    np.save("s.npy", spikes())
    np.save("line.npy", np.eye(3, dtype=np.uint8)[[0, 1, 2, 2, 0]])
    return tmp_path


def test_convert_prints_what_was_chosen_proved_and_rounded() -> None:
    done = run("convert", "net.nir", "-o", "new/net.stk", "--dt", "2e-4", "--calibration", "s.npy")
    assert done.code == 0 and done.err == ""
    assert "dt = 0.0002 s, reset 'zero'" in done.out and "Proved free of overflow" in done.out
    assert "What rounding did to neurons" in done.out and "spikes that differ" in done.out
    assert "Wrote new/net.stk: net, 8-bit weights" in done.out
    told = run("inspect", "new/net.stk")
    assert "network from a nir file, net" in told.out and "2 neuron layers" in told.out
    assert "Proved free of overflow" in told.out
    found = json.loads(run("convert", "net.net", "-o", "b.stk", "--json").out)
    assert (
        found["variant"]["source"] == "netx" and found["report"]["netx"]["certified_steps"] == 256
    )


def test_what_is_not_proved_is_said_with_what_would_save_it() -> None:
    done = run("convert", "net.nir", "-o", "a.stk", "--input-range", "-99999,99999")
    assert done.code == 0 and "Not proved, checked while running: " in done.out
    assert "All would be proved with " in done.out


def test_check_warns_of_what_the_conversion_calls_severe() -> None:
    fine = run("check", "net.nir")
    assert "Warning" not in fine.out and "no obstacle; it can be run as 7 integer nodes" in fine.out
    assert json.loads(run("check", "net.nir", "--json").out)["warnings"] == []
    # A step of 1e-7 s leaks a share of 1e-5 or less, which is no whole 4096th.
    done = run("check", "net.nir", "--dt", "1e-7")
    told = "the share of its membrane v that leaks away in a step is off by 100%"
    assert done.code == 0 and done.out.count(told) == 2
    assert "but read the 2 warnings above" in " ".join(done.out.split())
    assert told in run("convert", "net.nir", "-o", "a.stk", "--dt", "1e-7").out
    stored = json.loads(run("check", "a.stk", "--json").out)
    assert [told in one for one in stored["warnings"]] == [True, True]


def test_a_run_that_overflows_names_the_width_that_would_do() -> None:
    run("convert", "net.nir", "-o", "a.stk", "--stream-bits", "10")
    stopped = run("simulate", "a.stk", "--input", "s.npy", "-o", "o.npz")
    assert stopped.code == 1
    error = " ".join(stopped.err.split())
    assert "needed a value within 10 bits signed" in error
    named = re.search(r"No value can overflow with convert --stream-bits (\d+)", error)
    assert named
    wide = run("convert", "net.nir", "-o", "b.stk", "--stream-bits", named[1])
    assert "Proved free of overflow" in wide.out
    assert run("simulate", "b.stk", "--input", "s.npy", "-o", "o.npz").code == 0


def test_inspect_tells_what_foreign_files_hold() -> None:
    assert "Note: dt = 0.0001" in run("inspect", "net.nir").out
    told = run("inspect", "net.net", "--nodes")
    assert "net.net: netx file" in told.out and "1.lif: SpikeCubaLIF" in told.out


def test_check_ends_with_1_if_there_is_an_obstacle() -> None:
    done = run("check", "net.nir")
    assert done.code == 0 and "no obstacle" in done.out
    save_strange_nir(Path("x.nir"))
    bad = run("check", "x.nir")
    assert bad.code == 1 and bad.err == "" and "1 obstacle" in bad.out and "loop" in bad.out
    told = run("check", "x.nir", "--json")
    assert told.code == 1 and json.loads(told.out)["obstacles"][0]["rewrite"]
    assert "'none.nir': needed a readable file, found No such" in refused(run("check", "none.nir"))


@pytest.mark.parametrize("backend", ["fast", "reference"])
def test_simulate_writes_spikes_and_counts(backend: str) -> None:
    run_it = ("simulate", "net.nir", "--input", "s.npy", "--backend", backend)
    done = run(*run_it, "-o", "out.npz", "--keep", "conv2d,lif", "--counts", "c.json")
    assert done.code == 0 and done.err == ""
    assert "dt = 0.0001 s" in done.out and "Counted over 3 samples" in done.out
    assert f"3 samples of 30 steps on '{backend}'" in done.out and "model sha256" in done.out
    archive = np.load("out.npz")
    assert set(archive.files) == {"output", "real/output", "keep/conv2d", "keep/lif"}
    assert archive["output"].shape == (30, 3, 5, 1, 1) and archive["output"].any()
    counts = json.loads(Path("c.json").read_text("utf-8"))
    events = next(one for one in counts["phases"]["run"]["layers"] if one["name"] == "affine")
    # The last layer's neurons send to nobody; what the first send all arrives.
    assert events["events"] == np.count_nonzero(archive["keep/lif"])
    pure = json.loads(run(*run_it, "-o", "out.npy", "--json").out)
    assert pure["counts"]["frames"] == 3 and pure["outputs"]["output"]["non_zero"] > 0
    np.testing.assert_array_equal(np.load("out.npy"), archive["output"])


def test_simulate_takes_a_model_a_netx_file_and_nir_data() -> None:
    assert run("convert", "net.net", "-o", "net.stk").code == 0
    for model, out in (("net.stk", "a.h5"), ("net.net", "b.h5")):
        done = run("simulate", model, "--input", "line.npy", "-o", out)
        assert done.code == 0, done
    assert run("simulate", "net.net", "--input", "line.npy", "-o", "o.npy").code == 0
    again = run("simulate", "net.net", "--input", "a.h5", "-o", "o.npy")
    assert "needed 3 neurons, C*H*W of (3, 1, 1), found 2" in refused(again)


def test_simulate_tells_silence_and_counts_overflows_only_on_the_reference() -> None:
    np.save("zero.npy", np.zeros((4, 3), np.uint8))
    done = run("simulate", "net.net", "--input", "zero.npy", "-o", "o.npz", "--no-strict")
    assert done.code == 0 and "on 'reference'" in done.out
    assert "alarm: " in done.err and "silent" in done.err


def test_bad_spikes_are_one_line_and_leave_nothing() -> None:
    for array, message in (
        (np.zeros((4, 2)), r"needed an array (T, B, 2, 4, 4) or (T, 2, 4, 4), found shape (4, 2)"),
        (np.full((4, 2, 4, 4), 7), "needed values in 0..1"),
        (np.full((4, 2, 4, 4), 0.5), "needed whole numbers"),
    ):
        np.save("bad.npy", array)
        done = run("simulate", "net.nir", "--input", "bad.npy", "-o", "out.npz")
        assert message in refused(done)
    assert "none.npy" in refused(run("simulate", "net.nir", "--input", "none.npy", "-o", "o.npz"))
    assert not Path("out.npz").exists() and not Path("o.npz").exists()


def test_a_tracker_can_be_simulated_graph_by_graph_but_no_network_tracks(t1: Tiny) -> None:
    run_it = ("simulate", t1.stk, "--input", "s.npy", "-o", "o.npz")
    assert "Choose with --graph NAME" in refused(run(*run_it))
    assert "needed an array" in refused(run(*run_it, "--graph", "template"))
    for command in (["track"], ["profile", "-o", "d"]):
        done = run(command[0], "net.net", *t1.target, *command[1:])
        assert "needed a converted tracker" in refused(done)


@pytest.mark.slow
def test_profile_and_audit_of_a_network_speak_of_samples() -> None:
    done = run("profile", "net.nir", "--input", "s.npy", "-o", "out")
    assert done.code == 0 and done.err == ""
    assert "Connections, per sample" in done.out and "Report: out/report.html" in done.out
    assert read_profile(Path("out/profile.json")).phases["run"].frames == 3
    audited = run("audit", "out", "-o", "audit")
    assert audited.code == 0 and "per sample" in audited.out
    page = Path("audit/report.html").read_text("utf-8")
    for word in (
        "tracked frame",
        "template is renewed",
        "TransT",
        "RGB values",
        "not of a tracker",
    ):
        assert word not in page, word
    assert "No published energy is known for this network" in page
    assert "Its spikes are binary" in page


@pytest.mark.slow
def test_an_audit_with_a_mapping_of_the_same_spikes_prices_hops_and_static_power() -> None:
    assert run("profile", "net.nir", "--input", "s.npy", "-o", "out").code == 0
    assert run("map", "net.nir", "--profile", "out", "-o", "map", "--moves", "0").code == 0
    audited = run("audit", "out", "--mapping", "map", "-o", "audit")
    assert audited.code == 0 and "Placed on oheo-gulch of Intel Loihi 2" in audited.out
    told = json.loads(Path("audit/audit.json").read_text("utf-8"))["placed"]
    assert (told["chips"], told["chips_touched"]) == (1, 1) and told["frame_us"] > 0
    for name in ("cores_synops.png", "cores_synops.json"):
        assert Path("audit", name).read_bytes() == Path("map", name).read_bytes()
    assert "SynOps of each core</figcaption>" in Path("audit/report.html").read_text("utf-8")
    assert run("map", "net.nir", "-o", "assumed", "--moves", "0").code == 0
    done = run("audit", "out", "--mapping", "assumed", "-o", "other")
    assert "found one made with assumed rates" in refused(done)
    assert not Path("other").exists()


def test_export_writes_what_can_be_said_and_lists_the_rest() -> None:
    assert run("export", "net.net", "-o", "new/b.net").code == 0 and Path("new/b.net").exists()
    told = json.loads(run("export", "net.nir", "-o", "b.nir", "--json").out)
    assert told["output"] == "b.nir" and "Steps of dt = 0.0001 s" in told["notes"]
    message = refused(run("export", "net.nir", "-o", "b.net"))
    assert "node 'conv2d': " in message and "node 'lif': " in message
    assert not Path("b.net").exists()


@pytest.mark.slow
def test_selftest_compares_and_says_so() -> None:
    done = run("selftest", "-n", "3", "--seed", "5", "--backends", "fast")
    assert done.code == 0 and "3 random graphs, seed 5" in done.out
    assert "No divergence" in done.out
    assert json.loads(run("selftest", "-n", "1", "--backends", "fast", "--json").out)["passed"]
    assert "needed one of" in refused(run("selftest", "--backends", "gpu"))
    assert "none.stk" in refused(run("selftest", "--replay", "none.stk"))


def test_a_divergence_ends_with_1_and_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    one = Disagreement(
        index=3, seed=0, backend="fast", node="n", what="value", place=(0, 0, 0, 0, 0), expected=1,
        found=2, n_differing=1, message="node 'n' differs", saved="f/3.stk",
    )  # fmt: skip
    backend = BackendReport(
        name="fast", n_graphs=0, n_numbers=0, seconds=0.0, first_seconds=0.0, skipped=()
    )
    report = SelftestReport(
        n=1, seed=0, n_nodes={}, n_lively={}, backends=(backend,), divergences=(one,) * 12
    )
    monkeypatch.setattr(selftest, "selftest", lambda *_, **__: report)
    monkeypatch.setattr(selftest, "replay", lambda *_, **__: replace(report, divergences=(one,)))
    done = run("selftest", "-o", "f")
    assert done.code == 1 and "Graph 3, fast: node 'n' differs. Saved: f/3.stk" in done.out
    assert "and 2 more" in done.out and "FAILED: 12 divergences" in done.out
    assert run("selftest", "--replay", "f/3.stk").code == 1
