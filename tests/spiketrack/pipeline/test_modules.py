"""Counting a module of the user's own: from a script and an array to an audited profile."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

import spiketrack
from spiketrack.errors import ModuleError, StoreError
from spiketrack.pipeline.modules import load_factory, read_inputs
from tests.simulation.modules.small_modules import Accumulate
from tests.spiketrack.cli.run import refused, run

SCRIPT = """
from torch import nn
from parts import Fire

def make():
    net = nn.Sequential(nn.Linear(2, 2, bias=False), Fire(), nn.Linear(2, 3, bias=False))
    net[0].weight.data.fill_(1.0)
    net[2].weight.data.fill_(1.0)
    return net

def broken():
    raise RuntimeError("no such data set")

def other():
    return 3

VALUE = 4
"""
PARTS = """
from torch import nn

class Fire(nn.Module):
    def forward(self, x):
        return (x >= 1.5).float()
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("net.py").write_text(SCRIPT, "utf-8")
    Path("parts.py").write_text(PARTS, "utf-8")
    np.save("x.npy", np.array([[1.0, 1.0], [0.25, 0.5]], np.float32))
    return tmp_path


def test_a_script_and_an_array_become_a_profile_that_can_be_audited() -> None:
    done = run("count", "net.py:make", "--input", "x.npy", "-o", "out")
    assert done.code == 0 and "Report: out/report.html" in done.out
    profile = json.loads(Path("out/profile.json").read_text("utf-8"))
    phase = profile["phases"]["run"]
    layers = {layer["name"]: layer for layer in phase["layers"]}
    # The first sample drives both neurons, the second none: two spikes, three weights each.
    assert phase["frames"] == 2 and layers["2"]["synops"]["graded"] == 6
    assert layers["1"]["memory"]["messages"] == 2 and layers["1"]["neuron_updates"] == 4
    assert profile["model"]["variant"] == "Sequential" and profile["model"]["float_weights"]
    assert set(profile["provenance"]["sha256"]) == {"input", "weights"}
    audited = run("audit", "out", "-o", "audit")
    assert audited.code == 0 and "as if weights were int8" in audited.out


def test_steps_and_time_are_options() -> None:
    np.save("t.npy", np.ones((3, 2, 2), np.float32))
    done = run("count", "net.py:make", "--input", "t.npy", "--steps", "3", "--time-first",
               "-o", "out", "--json")  # fmt: skip
    told = json.loads(done.out)
    assert told["model"]["steps"] == 3 and told["phases"]["run"]["frames"] == 2
    assert told["phases"]["run"]["totals"]["synops"]["graded"] == 3 * 2 * (2 * 2 + 2 * 3)


@pytest.mark.parametrize(
    ("reference", "words"),
    [
        ("net.py", "'net.py': needed FILE.py:NAME"),
        ("net.txt:make", "'net.txt:make': needed FILE.py:NAME"),
        ("gone.py:make", "'gone.py': needed a Python file, found none"),
        ("net.py:absent", "'net.py': needed a function 'absent', found none"),
        ("net.py:VALUE", "'net.py': needed a function 'VALUE', found none"),
        ("net.py:broken", "found RuntimeError: no such data set"),
        ("net.py:other", "'net.py:other': needed a torch.nn.Module, found a int"),
    ],
)
def test_a_reference_that_makes_no_module_is_refused(reference: str, words: str) -> None:
    message = refused(run("count", reference, "--input", "x.npy", "-o", "out"))
    assert words in message and not Path("out").exists()


def test_a_script_that_fails_is_named_and_leaves_no_folder_on_the_path() -> None:
    Path("bad.py").write_text("import no_such_package_at_all", "utf-8")
    with pytest.raises(ModuleError, match="'bad.py': needed a script that runs, found ModuleNotF"):
        load_factory("bad.py:make")
    with pytest.raises(StoreError, match="needed a .npy or .npz file, found '.pt'"):
        read_inputs(Path("x.pt"))


def test_the_verb_takes_steps_and_shows_itself() -> None:
    first, last = nn.Linear(2, 2, bias=False), nn.Linear(2, 3, bias=False)
    first.weight.data = torch.tensor([[0.5, 0.0], [0.0, 1.0]])
    nn.init.ones_(last.weight)
    net = nn.Sequential(first, Accumulate(), last)
    counted = spiketrack.count(net, torch.tensor([[1.0, 1.0]]), steps=4)
    assert counted.counted.phases["run"].totals.graded == 18 + 4 * 2
    assert "Counted events" in counted._repr_html_()
    request = spiketrack.CountRequest(how=spiketrack.ModuleRun(steps=2), name="mine")
    named = spiketrack.count(net, torch.tensor([[1.0, 1.0]]), request=request)
    assert named.counted.model.variant == "mine" and named.counted.model.steps == 2
