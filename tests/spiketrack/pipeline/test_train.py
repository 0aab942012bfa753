"""A training run on disk: what it leaves, how it goes on after a kill, what it refuses."""

import json
import signal
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from spiketrack.errors import CheckpointError, StoreError
from spiketrack.network import load_checkpoint, random_checkpoint, save_checkpoint
from spiketrack.pipeline.train import CURVES_FILE, STATE_FILE, Checks, train
from spiketrack.training.recipe import Recipe

MINI = "mini64-t1"
LOOKS = Checks(every=2, pairs=2, scenes=1, frames=3, save_every=1)


def recipe(**change: Any) -> Recipe:
    options: dict[str, Any] = {"variant": MINI, "steps": 3, "batch": 2, "searches": 1}
    return Recipe(**(options | change))


def weights(path: Path) -> dict[str, torch.Tensor]:
    return load_checkpoint(path).state_dict()


@pytest.fixture(autouse=True)
def handler_of_python() -> Iterator[None]:
    """Why: Brian2 puts a handler of its own in its place, wherever a test has imported it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an uninterrupted run."""
    folder = tmp_path_factory.mktemp("whole") / "run"
    assert train(recipe(), folder, checks=LOOKS).finished
    return folder


def test_a_run_leaves_weights_state_and_record(whole: Path) -> None:
    names = {path.name for path in whole.iterdir()}
    assert names == {STATE_FILE, CURVES_FILE, f"{MINI}.safetensors"}
    curves = json.loads((whole / CURVES_FILE).read_text())
    assert curves["recipe"] == recipe().as_json()
    assert len(curves["data_sha256"]) == 64
    assert [row["steps"] for row in curves["rows"]] == [3]
    assert [one["step"] for one in curves["checks"]] == [2, 3]
    assert set(curves["checks"][0]["tracker"]) == {"auc", "precision", "mean_iou", "held"}
    assert load_checkpoint(whole / f"{MINI}.safetensors").variant.name == MINI


@pytest.mark.slow
def test_a_run_stopped_by_ctrl_c_and_resumed_equals_one_that_was_not(
    whole: Path, tmp_path: Path
) -> None:
    def press(done: int, row: Mapping[str, Any]) -> None:
        if done == 1:
            signal.raise_signal(signal.SIGINT)

    folder = tmp_path / "run"
    with pytest.raises(KeyboardInterrupt):
        train(recipe(), folder, checks=replace(LOOKS, save_every=100), on_step=press)
    assert int(load_file(folder / STATE_FILE)["step"]) == 1
    train(recipe(), folder, checks=LOOKS, resume=True)
    a, b = (weights(place / f"{MINI}.safetensors") for place in (whole, folder))
    assert all(torch.equal(a[key], b[key]) for key in a)
    curves = [json.loads((place / CURVES_FILE).read_text()) for place in (whole, folder)]
    assert curves[0] == curves[1]


def test_a_folder_with_a_run_is_not_written_over(whole: Path) -> None:
    with pytest.raises(StoreError, match=r"no run in it, found state\.safetensors\. Go on"):
        train(recipe(), whole, checks=LOOKS)


def test_another_recipe_is_refused_with_what_differs(whole: Path) -> None:
    with pytest.raises(CheckpointError, match="began with, found steps 3 and now 9"):
        train(recipe(steps=9), whole, checks=LOOKS, resume=True)


def test_nothing_to_go_on_from_is_said(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="needed the state of a training run"):
        train(recipe(), tmp_path, checks=LOOKS, resume=True)


@pytest.mark.parametrize("content", [b"", b"not a state", b"\xff" * 64])
def test_a_damaged_state_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / STATE_FILE).write_bytes(content)
    with pytest.raises(CheckpointError, match="needed the state of a training run"):
        train(recipe(), tmp_path, checks=LOOKS, resume=True)


def test_a_state_of_something_else_is_refused(tmp_path: Path) -> None:
    save_file({"a": torch.zeros(1)}, tmp_path / STATE_FILE, metadata={"record": "{}"})
    with pytest.raises(CheckpointError, match="needed the state of a training run"):
        train(recipe(), tmp_path, checks=LOOKS, resume=True)


def test_a_run_may_start_from_a_checkpoint(tmp_path: Path) -> None:
    start = tmp_path / "first.safetensors"
    first = random_checkpoint(MINI, 5)
    save_checkpoint(first, start)
    run = train(recipe(steps=1), tmp_path / "run", checks=LOOKS, start=start)
    assert run.curves["recipe"]["started_from"] == "first.safetensors"
    key = "encoder.downsample2.encode_conv.weight"
    # One step of AdamW moves a number by the rate, here a tenth of it: it is near the start's.
    assert (weights(run.weights)[key] - first[key]).abs().max() < 1e-2


@pytest.mark.parametrize("given", [MINI, "mini64-t3"])
def test_three_templates_start_from_one_or_three(given: str, tmp_path: Path) -> None:
    start = tmp_path / "first.safetensors"
    save_checkpoint(random_checkpoint(given, 5), start)
    second = recipe(variant="mini64-t3", steps=1, started_from=start.name)
    run = train(second, tmp_path / "run", checks=LOOKS, start=start)
    assert run.curves["recipe"]["started_from"] == "first.safetensors"
    assert load_checkpoint(run.weights).variant.name == "mini64-t3"


@pytest.mark.parametrize("wanted", [MINI, "mini64-t3"])
def test_a_checkpoint_of_another_variant_is_no_start(wanted: str, tmp_path: Path) -> None:
    start = tmp_path / "tiny.safetensors"
    save_checkpoint(random_checkpoint("tiny128-t1", 0), start)
    with pytest.raises(CheckpointError, match=f"tensors of {wanted}"):
        other = recipe(variant=wanted, started_from=start.name)
        train(other, tmp_path / "run", start=start)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["mini64-t1+modulation", "mini64-t3+fixed-decay"])
def test_a_resumed_run_of_an_ablation_equals_one_that_was_not_stopped(
    name: str, tmp_path: Path
) -> None:
    start = tmp_path / "start.safetensors"
    save_checkpoint(random_checkpoint(MINI), start)
    plan = recipe(variant=name, steps=2, started_from=start.name)
    assert train(plan, tmp_path / "whole", checks=LOOKS, start=start).finished

    def stop(done: int, row: Mapping[str, Any]) -> None:
        if done == 1:
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        train(plan, tmp_path / "stopped", checks=LOOKS, start=start, on_step=stop)
    run = train(plan, tmp_path / "stopped", checks=LOOKS, start=start, resume=True)
    network = load_checkpoint(run.weights)
    expected = load_checkpoint(tmp_path / "whole" / f"{name}.safetensors")
    assert network.variant.name == expected.variant.name == name
    assert run.curves["recipe"]["variant"] == name
    found, wanted = network.state_dict(), expected.state_dict()
    assert all(torch.equal(found[key], wanted[key]) for key in wanted)
