"""Ablations have names, are carried by checkpoints, and refuse what they cannot change."""

import math
from pathlib import Path

import pytest
import torch

from spiketrack.errors import CheckpointError
from spiketrack.network import (
    ablated,
    build_network,
    find_variant,
    load_checkpoint,
    random_checkpoint,
    save_checkpoint,
    state_shapes,
)


@pytest.mark.parametrize("suffix", [".safetensors", ".pth.tar"])
@pytest.mark.parametrize("ablation", ["modulation", "fixed-decay"])
def test_a_checkpoint_carries_its_ablation(ablation: str, suffix: str, tmp_path: Path) -> None:
    file = tmp_path / f"weights{suffix}"
    name = f"mini64-t3+{ablation}"
    save_checkpoint(random_checkpoint(name, 3), file, random_seed=3, ablation=ablation)
    network = load_checkpoint(file)
    assert network.variant == find_variant(name)
    assert network.random_weights() == {"seed": 3}
    again = tmp_path / f"again{suffix}"
    save_checkpoint(network, again)
    assert load_checkpoint(again, "mini64-t3").variant.ablation == ablation
    assert load_checkpoint(again, name).variant == find_variant(name)


def test_an_ablation_reads_a_file_that_names_none_and_refuses_another_ones(tmp_path: Path) -> None:
    file = tmp_path / "weights.safetensors"
    save_checkpoint(random_checkpoint("mini64-t1"), file)
    assert load_checkpoint(file, "mini64-t1+modulation").variant.per_channel
    save_checkpoint(random_checkpoint("mini64-t1"), file, ablation="loops-2")
    with pytest.raises(CheckpointError, match=r"loops-2: mini64-t1\+modulation is an ablation"):
        load_checkpoint(file, "mini64-t1+modulation")


def test_an_unknown_ablation_in_a_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "weights.safetensors"
    save_checkpoint(random_checkpoint("mini64-t1"), file, ablation="x" * 200)
    with pytest.raises(CheckpointError, match="needed no ablation, or one that is known and fits"):
        load_checkpoint(file)


@pytest.mark.parametrize(
    ("variant", "ablation", "message"),
    [
        ("mini64-t1", "mean-fusion", "mini64-t1 remembers one template: mean-fusion changes noth"),
        ("mini64-t1", "one-stream", "unknown ablation 'one-stream'; known are cross-attention"),
        ("mini64-t1+modulation", "loops-2", r"mini64-t1\+modulation is an ablation already"),
    ],
)
def test_what_is_no_ablation_is_refused(variant: str, ablation: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        build_network(variant, ablation=ablation)


def test_every_ablation_has_the_tensors_of_the_whole_network() -> None:
    whole = state_shapes(find_variant("mini64-t3"))
    for ablation in ("cross-attention", "modulation", "mean-fusion", "fixed-decay", "loops-2"):
        network = build_network("mini64-t3", ablation=ablation)
        assert network.variant == ablated(find_variant("mini64-t3"), ablation)
        assert state_shapes(network.variant) == whole


def test_fixed_decays_are_a_quarter_and_learn_nothing() -> None:
    state = random_checkpoint("mini64-t3+fixed-decay")
    logit = math.log(0.25 / 0.75)
    decays = [value for key, value in state.items() if key.endswith(".decay")]
    assert decays
    assert all((value == torch.full_like(value, logit)).all() for value in decays)
    parameters = dict(build_network("mini64-t3", ablation="fixed-decay").named_parameters())
    assert not any(name.endswith(".decay") for name in parameters)
