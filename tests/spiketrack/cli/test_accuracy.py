"""`spiketrack accuracy`: its record, table and picture, and a run that goes on."""

import json
from pathlib import Path

import pytest

from spiketrack.network import random_checkpoint, save_checkpoint, trained_checkpoint
from spiketrack.pipeline.accuracy import measure as measuring
from tests.spiketrack.cli.run import refused, run

FEW = ("--precision", "int8", "--scenes", "2", "--frames", "3", "--crops", "1")


@pytest.mark.slow
def test_the_table_compares_forms_and_engines(tmp_path: Path) -> None:
    folder = tmp_path / "a"
    done = run("accuracy", trained_checkpoint("mini64-t1"), "-o", folder, *FEW)
    assert done.code == 0, done.err
    assert "Accuracy on 2 held-out scenes of 3 frames" in done.out
    record = json.loads((folder / "accuracy.json").read_text())
    assert record["finished"] and (folder / "accuracy.png").read_bytes().startswith(b"\x89PNG")
    forms = record["networks"][0]["forms"]
    assert list(forms) == ["float", "int8"]
    assert forms["float"]["equal_spikes"] == 1.0 and forms["float"]["auc_minus_float_points"] == 0
    assert 0.5 < forms["int8"]["equal_spikes"] < 1.0
    assert forms["int8"]["engines"]["reference"]["differing"] == 0
    assert forms["int8"]["engines"]["reference"]["values"] > 100_000


@pytest.mark.slow
def test_a_run_that_was_stopped_goes_on_to_the_same_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkpoint = trained_checkpoint("mini64-t1")
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    assert run("accuracy", checkpoint, "-o", whole, *FEW).code == 0
    with monkeypatch.context() as patched:
        patched.setattr(measuring, "deferred_interrupt", _asked_at_once)
        stopped = run("accuracy", checkpoint, "-o", parts, *FEW)
    assert stopped.code == 130 and "of 1 scene, and --resume" in stopped.err
    assert "1 held-out scene of" in stopped.out
    assert run("accuracy", checkpoint, "-o", parts, *FEW, "--resume").code == 0
    first, second = ((folder / "accuracy.json").read_text() for folder in (whole, parts))
    assert first == second


class _asked_at_once:
    def __enter__(self) -> object:
        return lambda: True

    def __exit__(self, *error: object) -> None:
        return None


def test_only_the_same_run_goes_on(tmp_path: Path) -> None:
    checkpoint = tmp_path / "random.safetensors"
    save_checkpoint(random_checkpoint("mini64-t1", 0), checkpoint, random_seed=0)
    nothing = run("accuracy", checkpoint, "-o", tmp_path, "--resume")
    assert "needed a record to go on from" in refused(nothing)
    record = {"format": 1, "settings": {}, "networks": []}
    (tmp_path / "accuracy.json").write_text(json.dumps(record))
    assert "the same settings" in refused(run("accuracy", checkpoint, "-o", tmp_path, "--resume"))
    for text in ("{", "[]", '{"format": 2, "networks": []}', '{"format": 1, "networks": [1]}'):
        (tmp_path / "accuracy.json").write_text(text)
        assert "accuracy.json" in refused(run("accuracy", checkpoint, "-o", tmp_path, "--resume"))


def test_wrong_names_of_forms_are_wrong_usage(tmp_path: Path) -> None:
    checkpoint = tmp_path / "a.safetensors"
    checkpoint.touch()
    done = run("accuracy", checkpoint, "-o", tmp_path / "x", "--precision", "int9")
    told = " ".join(done.err.replace("│", " ").split())
    assert done.code == 2 and "'int9' is neither float nor int2 to int8, with or without" in told
    assert not (tmp_path / "x").exists()
