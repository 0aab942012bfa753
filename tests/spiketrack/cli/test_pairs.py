"""Every two files that belong together: the right ones go, foreign ones are refused by name."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simulation.selftest import cases as selftest_cases
from simulation.selftest.run import random_case
from spiketrack.network import random_checkpoint, save_checkpoint
from tests.small_networks import save_nir, spikes
from tests.spiketrack.cli.run import refused, run
from tests.tiny_models import Tiny

MAP = ["--moves", "0"]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A network, the same at other widths, and a profile of the first."""
    monkeypatch.chdir(tmp_path)
    save_nir(Path("net.nir"))
    np.save("s.npy", spikes())
    assert run("convert", "net.nir", "-o", "net.stk").code == 0
    assert run("convert", "net.nir", "-o", "wide.stk", "--weight-bits", "4").code == 0
    assert run("profile", "net.stk", "--input", "s.npy", "-o", "out").code == 0
    return tmp_path


def edited(path: str, change: Any) -> None:
    document = json.loads(Path(path).read_text("utf-8"))
    change(document["provenance"]["sha256"])
    Path(path).write_text(json.dumps(document), "utf-8")


@pytest.mark.slow
def test_a_profile_goes_with_its_model_in_every_form_and_with_no_other() -> None:
    # The same graphs: the model itself, its copy with a report, the file it was converted from.
    assert run("convert", "net.nir", "-o", "again.stk", "--calibration", "s.npy").code == 0
    assert Path("again.stk").read_bytes() != Path("net.stk").read_bytes()
    for model in ("net.stk", "again.stk", "net.nir"):
        done = run("map", model, "--profile", "out", "-o", "map", *MAP)
        assert done.code == 0 and done.err == "", model
    message = refused(run("map", "wide.stk", "--profile", "out", "-o", "foreign", *MAP))
    assert "profile 'out/profile.json' and model 'wide.stk': needed the same integer" in message
    assert "Profile this model: spiketrack profile wide.stk" in message
    assert not Path("foreign").exists()


@pytest.mark.slow
def test_a_profile_that_says_nothing_is_used_with_a_warning() -> None:
    edited("out/profile.json", dict.clear)
    done = run("map", "wide.stk", "--profile", "out", "-o", "map", *MAP)
    assert done.code == 0 and done.err.count("\n") == 1
    assert "profile 'out/profile.json' belongs to model 'wide.stk' could not be" in done.err


@pytest.mark.slow
def test_a_profile_of_an_older_version_is_compared_by_the_files_bytes() -> None:
    edited("out/profile.json", lambda hashes: hashes.pop("model_content"))
    assert run("map", "net.stk", "--profile", "out", "-o", "map", *MAP).code == 0
    message = refused(run("map", "wide.stk", "--profile", "out", "-o", "map", *MAP))
    assert "needed the same model file" in message


@pytest.mark.slow
def test_a_mapping_goes_with_the_counts_and_the_model_it_was_made_with() -> None:
    assert run("map", "net.stk", "--profile", "out", "-o", "map", *MAP).code == 0
    # The same counts in another run: other times, so other bytes.
    assert run("profile", "net.stk", "--input", "s.npy", "-o", "again").code == 0
    for profile in ("out", "again"):
        assert run("audit", profile, "--mapping", "map", "-o", "a").code == 0
    np.save("more.npy", np.concatenate([spikes(), spikes()], axis=1))
    assert run("profile", "net.stk", "--input", "more.npy", "-o", "more").code == 0
    message = refused(run("audit", "more", "--mapping", "map", "-o", "b"))
    both = "mapping 'map/mapping.json' and profile 'more/profile.json'"
    assert f"{both}: needed the same counts" in message
    assert "Map again: spiketrack map MODEL --profile more/profile.json" in message
    # A mapping that an older version made of another model with these counts.
    edited("map/mapping.json", lambda hashes: hashes.update(model_content="0" * 64))
    message = refused(run("audit", "out", "--mapping", "map", "-o", "b"))
    assert "needed the same integer graphs" in message and not Path("b").exists()
    edited("map/mapping.json", lambda hashes: (hashes.pop("model_content"), hashes.pop("model")))
    done = run("audit", "out", "--mapping", "map", "-o", "b")
    assert done.code == 0 and "mapping 'map/mapping.json' does not say" in done.err


@pytest.mark.slow
def test_beside_a_model_goes_only_the_checkpoint_it_was_made_from(t1: Tiny) -> None:
    save_checkpoint(random_checkpoint(t1.name, 1), "other.pth")
    command = ["profile", t1.stk, *t1.target, "-n", "1", "-o", "p", "--json", "--beside"]
    message = refused(run(*command, "other.pth"))
    assert f"model '{t1.stk}' and checkpoint 'other.pth': needed the same weights" in message
    assert "spiketrack convert other.pth" in message
    # The same weights in the other format.
    save_checkpoint(random_checkpoint(t1.name, 0), "same.pth")
    assert run(*command, "same.pth").code == 0
    floats = ["profile", "same.pth", *t1.target, "--float", "-n", "1", "-o", "f", "--beside"]
    assert "Give the same checkpoint: --beside same.pth" in refused(run(*floats, "other.pth"))
    # Spikes of the float network are of the weights, at any width.
    assert run(*floats, "same.pth").code == 0
    assert run("map", t1.stk, "--profile", "f", "-o", "m", *MAP).code == 0
    save_checkpoint(random_checkpoint(t1.name, 1), "other.pth")
    assert run("convert", "other.pth", "-o", "other.stk").code == 0
    message = refused(run("map", "other.stk", "--profile", "f", "-o", "m", *MAP))
    assert "needed the same weights" in message


def test_a_saved_graph_goes_with_its_own_inputs() -> None:
    one, other = (selftest_cases.save_case(Path("f"), random_case(0, index)) for index in (1, 2))
    assert run("selftest", "--replay", one, "--backends", "fast").code == 0
    other.with_suffix(".npz").replace(one.with_suffix(".npz"))
    message = refused(run("selftest", "--replay", one, "--backends", "fast"))
    both = f"graph '{one}' and inputs '{one.with_suffix('.npz')}'"
    assert f"{both}: needed the same inputs" in message
