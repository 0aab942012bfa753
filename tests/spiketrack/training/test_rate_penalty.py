"""The price on spikes: its weights, its value and its gradient by hand, and runs that go on."""

import numpy as np
import pytest
import torch

from spiketrack.network import find_variant
from spiketrack.training.first_weights import first_weights
from spiketrack.training.live_norm import trainable_network
from spiketrack.training.more_templates import more_templates
from spiketrack.training.pair_forward import pair_forward
from spiketrack.training.pairs import make_batch
from spiketrack.training.rate_penalty import RateMeter, driven_macs, weighted_mean
from spiketrack.training.recipe import Recipe
from spiketrack.training.trainer import Trainer, pixels

MINI = find_variant("mini64-t1")


def recipe(rate_penalty: float) -> Recipe:
    return Recipe(
        variant="mini64-t1", steps=4, batch=2, searches=1, warmup=0.25, rate_penalty=rate_penalty
    )


def test_the_weighted_mean_by_hand() -> None:
    means = {"a": torch.tensor(2.0), "b": torch.tensor(0.5)}
    # (30 x 2.0 + 10 x 0.5) / (30 + 10)
    assert weighted_mean(means, {"a": 30, "b": 10}).item() == pytest.approx(65 / 40)


def test_macs_of_a_layer_are_those_of_the_convolutions_that_read_it() -> None:
    macs = driven_macs(MINI)
    # Stage 3 has 48 channels on 4 x 4 cells; the MLP's first layer goes to 4 x 48 channels.
    assert macs["encoder.block3.0.mlp.fc1_spike"] == 48 * (4 * 48) * 4 * 4
    # Three 1x1 convolutions, query, key and value, read the head of attention; values are 4 wide.
    assert macs["encoder.block3.0.attn.head_spike"] == 48 * (48 + 48 + 4 * 48) * 4 * 4


@pytest.mark.parametrize("name", ["mini64-t1", "mini64-t3"])
def test_every_weighted_layer_is_watched_once_a_pass(name: str) -> None:
    variant, macs = find_variant(name), driven_macs(find_variant(name))
    weights = first_weights(MINI, 1)
    if variant.n_templates > 1:
        weights = more_templates(weights, variant)
    network = trainable_network(variant, weights, frozen_backbone=True)
    fired: dict[str, torch.Tensor] = {}
    for path, layer in network.named_modules():
        if path == "encoder.block3.0.mlp.fc1_spike":
            layer.register_forward_hook(lambda _, __, output: fired.update(last=output))
    meter = RateMeter(network, macs)
    start = Recipe(variant=name, steps=1, batch=2, searches=1, started_from="x")
    batch = make_batch(0, 0, 2, start.draw())
    pair_forward(network, pixels(batch.templates), pixels(batch.searches))
    means = dict(meter._means)
    assert means.keys() == macs.keys()
    mean = 4 * fired["last"].mean()
    assert means["encoder.block3.0.mlp.fc1_spike"].item() == pytest.approx(mean.item())
    found = meter.take()
    expected = sum(macs[key] * means[key].item() for key in macs) / sum(macs.values())
    assert found.item() == pytest.approx(expected, rel=1e-5) and 0 < found.item() < 4
    found.backward()  # type: ignore[no-untyped-call]
    gradient = network.get_parameter("encoder.block3.0.mlp.fc1_conv.weight").grad
    assert gradient is not None and gradient.abs().sum() > 0


def test_the_loss_is_the_published_one_and_the_priced_mean() -> None:
    batch = make_batch(0, 0, 2, recipe(0).draw())
    free, priced = Trainer(recipe(0)).step(batch), Trainer(recipe(0.5)).step(batch)
    assert priced.mean_integer is not None and free.mean_integer is None
    assert priced.loss == pytest.approx(free.loss + 0.5 * priced.mean_integer, rel=1e-5)
    assert "mean_integer" in priced.row() and "mean_integer" not in free.row()


@pytest.mark.slow
def test_a_priced_run_goes_on_exactly() -> None:
    def steps(trainer: Trainer, count: int) -> None:
        for _ in range(count):
            trainer.step(make_batch(0, trainer.step_index, 2, trainer.recipe.draw()))

    whole, first, second = (Trainer(recipe(0.5)) for _ in range(3))
    steps(whole, 3)
    steps(first, 1)
    second.restore(first.state())
    steps(second, 2)
    a, b = whole.state(), second.state()
    assert a.keys() == b.keys() and all(np.array_equal(a[key], b[key]) for key in a)


def test_a_price_below_zero_is_refused() -> None:
    with pytest.raises(ValueError, match="rate penalty must be a number from 0"):
        recipe(-1.0)


def test_a_record_without_the_price_means_none() -> None:
    assert Recipe.defaults()["rate_penalty"] == 0.0 and "steps" not in Recipe.defaults()
