"""What must be read beside a figure is in the terminal, on the page and in the JSON: all three."""

import json
from pathlib import Path

import numpy as np
import pytest

from spiketrack.graph.model import Model
from spiketrack.graph.store import load_model, save_model
from spiketrack.provenance import random_words
from tests.small_networks import integrator, narrow, save_netx
from tests.spiketrack.cli.run import Done, run
from tests.tiny_models import Tiny

pytestmark = pytest.mark.slow
RANDOM = random_words({"random_weights": {"seed": 4}})


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A network that no spike reaches."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")
    save_netx(Path("net.net"))
    np.save("dead.npy", np.zeros((6, 1, 3, 1, 1), np.uint8))


def alarms_of(done: Done) -> list[str]:
    start = "spiketrack: alarm: "
    return [line[len(start) :] for line in done.err.splitlines() if line.startswith(start)]


def in_words(texts: list[str]) -> list[str]:
    """As one line each, as stderr shows them."""
    return [" ".join(one.split()) for one in texts]


@pytest.mark.parametrize("json_flag", [[], ["--json"]])
def test_every_alarm_of_a_dead_network_is_in_the_terminal(json_flag: list[str]) -> None:
    done = run("profile", "net.net", "--input", "dead.npy", "-o", "out", *json_flag)
    kept = json.loads(Path("out/profile.json").read_text("utf-8"))["alarms"]
    told = alarms_of(done)
    assert done.code == 0 and len(kept) >= 2 and set(in_words(kept)) <= set(told)
    assert any("The network is silent" in one for one in told)
    audited = run("audit", "out", "-o", "audit", *json_flag)
    found = json.loads(Path("audit/audit.json").read_text("utf-8"))["alarms"]
    assert audited.code == 0 and alarms_of(audited) == in_words(found) == told
    page = Path("audit/report.html").read_text("utf-8")
    assert "Do not trust these counts" in page and "The network is silent" in page
    mapped = run("map", "net.net", "--profile", "out", "-o", "map", "--moves", "0", *json_flag)
    assert mapped.code == 0 and alarms_of(mapped) == in_words(kept)
    simulated = run("simulate", "net.net", "--input", "dead.npy", "-o", "o.npz", *json_flag)
    assert simulated.code == 0 and alarms_of(simulated) == in_words(kept)


def test_a_lively_network_raises_none() -> None:
    np.save("s.npy", np.ones((6, 1, 3, 1, 1), np.uint8))
    done = run("simulate", "net.net", "--input", "s.npy", "-o", "o.npz")
    assert done.code == 0 and done.err == ""


def test_counted_overflows_are_alarms() -> None:
    save_model("narrow.stk", Model({"narrow": narrow()}, {"kind": "generic", "name": "narrow"}))
    np.save("much.npy", np.array([3, 1, 2])[:, None, None, None])
    command = ["simulate", "narrow.stk", "--input", "much.npy", "-o", "o.npz", "--no-strict"]
    for flags in ([], ["--json"]):
        done = run(*command, *flags)
        assert done.code == 0 and "overflow: 2 elements of stream 'sum'" in alarms_of(done)


def test_random_weights_are_said_wherever_a_figure_is() -> None:
    graph = integrator()
    origin = {"random_weights": {"seed": 4}}
    save_model("net.stk", Model({graph.name: graph}, {"kind": "generic", "name": "net"}, origin))
    np.save("s.npy", np.ones((6, 1, 3, 1, 1), np.uint8))
    commands = {
        "inspect": ["net.stk"],
        "simulate": ["net.stk", "--input", "s.npy", "-o", "o.npz", "--counts", "c.json"],
        "profile": ["net.stk", "--input", "s.npy", "-o", "out"],
        "audit": ["out", "-o", "audit"],
        "map": ["net.stk", "-o", "map", "--moves", "0"],
    }
    for name, arguments in commands.items():
        done = run(name, *arguments)
        assert done.code == 0 and done.out.splitlines()[0] == RANDOM, name
        as_json = run(name, *arguments, "--json")
        assert json.loads(as_json.out) and f"spiketrack: {RANDOM}\n" in as_json.err, name
    for file in ("out/profile.json", "map/mapping.json", "c.json"):
        found = json.loads(Path(file).read_text("utf-8"))
        assert found["provenance"]["random_weights"] == {"seed": 4}, file
    assert json.loads(Path("audit/audit.json").read_text("utf-8"))["banners"] == [RANDOM]
    for page in ("out/report.html", "audit/report.html"):
        assert f'<p class="banner" role="note">{RANDOM}</p>' in Path(page).read_text("utf-8")


def test_the_mark_of_random_weights_goes_from_checkpoint_to_boxes(t1: Tiny) -> None:
    made = run("random-checkpoint", t1.name, "-o", "a.pth.tar", "--seed", "4")
    assert made.code == 0 and "the file is marked as such" in made.out
    assert RANDOM in run("inspect", "a.pth.tar").out and RANDOM in run("check", "a.pth.tar").out
    done = run("convert", "a.pth.tar", "-o", "a.stk")
    assert done.code == 0 and RANDOM in done.out
    assert load_model("a.stk").provenance["random_weights"] == {"seed": 4}
    for model in (["a.stk"], ["a.pth.tar", "--float"]):
        done = run("track", *model, *t1.target, "-n", "1", "-o", "b.json")
        assert done.code == 0 and RANDOM in done.out
        assert json.loads(Path("b.json").read_text("utf-8"))["random_weights"] == {"seed": 4}
    # The weights of this one are as random, but nobody said so.
    assert "Random weights" not in run("track", t1.stk, *t1.target, "-n", "1").out
