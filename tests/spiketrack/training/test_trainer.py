"""The trainer: both crops in one call, official names, learning, going on exactly."""

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from spiketrack.errors import TrainingError
from spiketrack.network import (
    build_network,
    find_variant,
    load_checkpoint,
    random_checkpoint,
    save_checkpoint,
    state_shapes,
)
from spiketrack.network.blocks import FrozenBatchNorm
from spiketrack.tracking import normalise
from spiketrack.training.first_weights import first_weights
from spiketrack.training.live_norm import LiveBatchNorm, official_state, trainable_network
from spiketrack.training.more_templates import more_templates
from spiketrack.training.pair_forward import pair_forward
from spiketrack.training.pairs import Draw, make_batch
from spiketrack.training.recipe import Recipe
from spiketrack.training.trainer import Trainer, pixels

MINI = "mini64-t1"
CROP = 64


def recipe(**change: Any) -> Recipe:
    options: dict[str, Any] = {
        "variant": MINI,
        "steps": 4,
        "batch": 2,
        "searches": 1,
        "warmup": 0.25,
    }
    return Recipe(**(options | change))


def second_stage(**change: Any) -> Trainer:
    """Three templates, from untrained weights of one."""
    start = more_templates(first_weights(find_variant(MINI), 1), find_variant("mini64-t3"))
    return Trainer(recipe(variant="mini64-t3", started_from="one.safetensors", **change), start)


def run(trainer: Trainer, steps: int) -> list[float]:
    losses = []
    for _ in range(steps):
        step, it = trainer.step_index, trainer.recipe
        batch = make_batch(it.seed, step, it.batch, it.draw())
        losses.append(trainer.step(batch).loss)
    return losses


def same(a: dict[str, torch.Tensor], b: dict[str, torch.Tensor]) -> bool:
    return a.keys() == b.keys() and all(torch.equal(a[key], b[key]) for key in a)


def test_pixels_are_normalised_as_the_tracker_does() -> None:
    crops = make_batch(0, 0, 2, Draw(CROP)).templates
    expected = np.stack([normalise(crop) for crop in crops[0]])
    np.testing.assert_allclose(pixels(crops)[0].numpy(), expected, rtol=1e-5, atol=1e-6)


def test_a_pair_in_one_call_is_template_then_search() -> None:
    network = build_network(MINI)
    network.load_state_dict(random_checkpoint(MINI, 1))
    batch = make_batch(0, 0, 3, Draw(CROP, searches=2))
    z, x = pixels(batch.templates), pixels(batch.searches)
    each = z.repeat_interleave(2, dim=1)
    with torch.no_grad():
        apart = network.search(x, network.template(each))
        together = pair_forward(network, z, x)
    # Why not equal: a batch of another size may be summed in another order, and a rounded spike
    # makes one step of what was the last bit.
    close = torch.isclose(apart.score_logits, together.score_logits, atol=1e-3).float().mean()
    assert close > 0.9
    shuffled = network.search(x, network.template(each.flip(1)))
    assert not torch.allclose(shuffled.score_logits, together.score_logits, atol=1e-3)


def test_templates_are_as_many_as_are_remembered_and_crops_go_together() -> None:
    z = torch.zeros(1, 2, 3, CROP, CROP)
    with pytest.raises(ValueError, match="mini64-t3 does not remember 1 templates"):
        pair_forward(build_network("mini64-t3"), z, z[0])
    with pytest.raises(ValueError, match=r"together: \(1, 2, 3, 64, 64\), \(3, 3, 64, 64\)"):
        pair_forward(build_network(MINI), z, torch.zeros(3, 3, CROP, CROP))


def test_a_second_stage_begins_with_what_the_first_one_knows() -> None:
    one, three = build_network(MINI), build_network("mini64-t3")
    state = random_checkpoint(MINI, 1)
    one.load_state_dict(state)
    grown = more_templates(state, three.variant)
    three.load_state_dict(grown)
    batch = make_batch(0, 0, 2, Draw(CROP, searches=1))
    z = pixels(batch.templates)
    first_alone, all_three = one.template(z), three.template(z.expand(3, -1, -1, -1, -1))
    for alone, steps in zip(first_alone, all_three, strict=True):
        # Why not equal: a step more in the batch may be summed in another order.
        assert torch.isclose(steps[:1], alone, atol=1e-3).float().mean() > 0.9
    key = "encoder.mrm.2.retriever.seg_responder_dw.2.0.weight"
    assert torch.equal(grown[key], state[key.replace("dw.2", "dw.0")])
    assert same(more_templates(grown, three.variant), grown)


def test_only_the_backbones_normalisation_stands_still_in_a_run_from_a_checkpoint() -> None:
    trainer = second_stage()
    before = trainer.network.state_dict()
    before = {key: value.clone() for key, value in before.items()}
    run(trainer, 1)
    after = trainer.network.state_dict()
    moved = {key for key in after if "running" in key and not torch.equal(before[key], after[key])}
    assert moved and all("mrm" in key or "decoder" in key for key in moved)


@pytest.mark.slow
def test_three_templates_learn_from_weights_of_one() -> None:
    trainer = second_stage(steps=12, learning_rate=3e-3)
    batch = make_batch(0, 0, 2, trainer.recipe.draw())
    losses = [trainer.step(batch).loss for _ in range(12)]
    assert np.mean(losses[-3:]) < 0.95 * np.mean(losses[:3])
    gates = [name for name, _ in trainer.network.named_parameters() if ".gate.mlp." in name]
    first = second_stage().weights()
    learned = trainer.weights()
    assert all(not torch.equal(first[name], learned[name]) for name in gates if "decay" not in name)


@pytest.mark.slow
def test_a_second_stage_that_was_killed_goes_on_exactly_and_opens_as_official(
    tmp_path: Any,
) -> None:
    whole, first, second = (second_stage(steps=2) for _ in range(3))
    losses = run(whole, 2)
    before = run(first, 1)
    second.restore(first.state())
    assert before + run(second, 1) == losses
    assert same(whole.weights(), second.weights())
    path = tmp_path / "trained.pth.tar"
    save_checkpoint(whole.weights(), path)
    assert load_checkpoint(path).variant.name == "mini64-t3"


def test_every_normalisation_learns_and_keeps_its_name() -> None:
    variant = find_variant(MINI)
    state = random_checkpoint(MINI, 0)
    network = trainable_network(variant, state)
    kinds = [type(module) for module in network.modules()]
    assert FrozenBatchNorm not in kinds and LiveBatchNorm in kinds
    norms = [m for m in network.modules() if isinstance(m, nn.modules.batchnorm._BatchNorm)]
    assert all(norm.training and norm.weight.requires_grad for norm in norms)
    assert same(official_state(network.state_dict(), variant), state)


def test_a_live_normalisation_equals_the_frozen_one_once_it_stands_still() -> None:
    frozen = FrozenBatchNorm(3)
    for buffer in frozen.buffers():
        buffer.copy_(torch.rand(3) + 0.5)
    live = LiveBatchNorm(frozen).eval()
    for shape in ((4, 3, 5), (4, 3, 5, 5)):
        x = torch.randn(shape)
        torch.testing.assert_close(live(x), frozen(x))


@pytest.mark.slow
def test_a_run_that_was_killed_gives_the_weights_of_one_that_was_not() -> None:
    whole, first, second = (Trainer(recipe()) for _ in range(3))
    losses = run(whole, 4)
    before = run(first, 2)
    second.restore(first.state())
    run(first, 1)  # a state is a copy: what the first does now changes nothing
    assert before + run(second, 2) == losses
    assert same(whole.weights(), second.weights())
    assert same(whole.network.state_dict(), second.network.state_dict())


@pytest.mark.slow
def test_training_on_one_batch_makes_its_loss_fall() -> None:
    trainer = Trainer(recipe(steps=25, batch=4, learning_rate=3e-3))
    batch = make_batch(0, 0, 4, Draw(CROP, searches=1))
    losses = [trainer.step(batch).loss for _ in range(25)]
    assert np.mean(losses[-3:]) < 0.95 * np.mean(losses[:3])


def test_a_state_that_does_not_fit_is_refused_and_changes_nothing() -> None:
    trainer = Trainer(recipe())
    state = trainer.state()
    key = "mean.decoder.conv5_ctr.bias"
    short = {name: value for name, value in state.items() if name != key}
    with pytest.raises(ValueError, match=rf"tensor '{key}': needed \(1,\), found none"):
        trainer.restore(short)
    with pytest.raises(ValueError, match=rf"tensor '{key}': needed \(1,\), found \(2,\)"):
        trainer.restore(state | {key: torch.zeros(2), "step": torch.tensor(3)})
    with pytest.raises(ValueError, match=r"'optimiser\.nobody\.exp_avg' belongs to no parameter"):
        trainer.restore(state | {"optimiser.nobody.exp_avg": torch.zeros(2)})
    assert same(trainer.state(), state)


def test_a_loss_that_is_no_number_stops_the_run() -> None:
    trainer = Trainer(recipe())
    with torch.no_grad():
        trainer.network.decoder.get_parameter("conv5_ctr.bias").fill_(float("nan"))
    with pytest.raises(TrainingError, match="step 0: needed a finite number, found nan"):
        run(trainer, 1)


def test_the_running_mean_follows_the_weights() -> None:
    trainer = Trainer(recipe(ema=0.5))
    first = trainer.weights()
    run(trainer, 1)
    key = "decoder.conv1_ctr.0.weight"
    # d of the first step is min(0.5, 1 / 10).
    expected = 0.1 * first[key] + 0.9 * trainer.network.state_dict()[key]
    torch.testing.assert_close(trainer.weights()[key], expected)


def test_the_weights_open_as_an_official_checkpoint(tmp_path: Any) -> None:
    trainer = Trainer(recipe())
    run(trainer, 1)
    weights = trainer.weights()
    assert {k: tuple(v.shape) for k, v in weights.items()} == state_shapes(find_variant(MINI))
    path = tmp_path / "trained.pth.tar"
    save_checkpoint(weights, path)
    network = load_checkpoint(path)
    assert network.variant.name == MINI
    assert same(network.state_dict(), weights)
    assert same(trainer.mean_network().state_dict(), weights)


def test_a_backbone_that_is_given_learns_at_a_tenth_of_the_rate() -> None:
    trainer = Trainer(recipe(started_from="other.safetensors"), random_checkpoint(MINI, 3))
    names = {id(p): name for name, p in trainer.network.named_parameters()}
    for group in trainer._optimiser.param_groups:
        for parameter in group["params"]:
            name = names[id(parameter)]
            new = any(part in name for part in ("mrm", "decay", "pos_embed", "decoder"))
            assert group["share"] == (1.0 if new else 0.1), name
            kernel = name.endswith(".weight") and parameter.dim() > 1
            assert group["weight_decay"] == (0.01 if kernel else 0.0), name


def test_the_rate_rises_then_falls_as_a_cosine() -> None:
    it = recipe(steps=100, warmup=0.1, learning_rate=1e-3, last_rate=0.0)
    assert [it.rate(s) for s in (0, 4, 9, 10)] == pytest.approx([1e-4, 5e-4, 1e-3, 1e-3])
    assert it.rate(55) == pytest.approx(0.5e-3)  # half of the way from 10 to 100
    assert it.rate(99) < 1e-6


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"variant": "mini64-t3"}, r"mini64-t3 remembers several templates .* \(--from\)"),
        ({"variant": "none"}, "unknown variant 'none'"),
        ({"steps": 0}, "1 search each, found 0, 2 and 1"),
        ({"batch": 1}, "1 search each, found 4, 1 and 1"),
        ({"searches": 0}, "1 search each, found 4, 2 and 0"),
        ({"seed": -1}, "seed must not be negative, found -1"),
        ({"ema": 1.0}, r"an ema in \[0, 1\)"),
    ],
)
def test_impossible_recipes_are_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        recipe(**change)
