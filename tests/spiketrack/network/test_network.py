"""Shapes, parameters and what the two branches share."""

from dataclasses import replace

import pytest
import torch

from spiketrack.network import (
    VARIANTS,
    SpikeTrackNetwork,
    Variant,
    build_network,
    random_checkpoint,
    record_spikes,
)

TINY = VARIANTS["tiny128-t1"]


def network_of(variant: Variant) -> SpikeTrackNetwork:
    network = build_network(variant)
    network.load_state_dict(random_checkpoint(variant, 1))
    return network


def images(variant: Variant, batch: int) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    size, steps = variant.crop_size, variant.n_templates
    z = torch.randn(steps, batch, 3, size, size, generator=generator)
    return z, torch.randn(batch, 3, size, size, generator=generator)


@pytest.mark.parametrize(
    "variant",
    [
        TINY,
        VARIANTS["tiny128-t3"],
        replace(TINY, loops=0),
        replace(TINY, loops=2, n_templates=2),
        replace(TINY, crop_size=64, max_spike=2, learnable_decay=False),
        replace(TINY, n_templates=5, max_steps=6, crop_size=64),
    ],
    ids=["t1", "t3", "no loop", "two loops", "grid 4, D 2, fixed decay", "T 5"],
)
def test_outputs_have_the_promised_shapes(variant: Variant) -> None:
    network = network_of(variant)
    z, x = images(variant, batch=2)
    memories = network.template(z)
    out = network.search(x, memories)
    g = variant.grid
    assert tuple(tuple(m.shape) for m in memories) == variant.memory_shapes(2)
    assert out.features.shape == (1, 2, variant.widths[3], g, g)
    assert out.score_map.shape == out.score_logits.shape == (2, 1, g, g)
    assert out.size_map.shape == out.size_logits.shape == out.offset_map.shape == (2, 2, g, g)
    assert out.score_map.min() >= 1e-4 and out.score_map.max() <= 1 - 1e-4
    assert torch.allclose(out.size_map, out.size_logits.sigmoid())


def test_a_batch_gives_what_its_images_give_alone() -> None:
    network = network_of(TINY).double()
    z, x = (t.double() for t in images(TINY, batch=2))
    both = network.search(x, network.template(z))
    for i in range(2):
        one = network.search(x[i : i + 1], network.template(z[:, i : i + 1]))
        assert torch.allclose(both.offset_map[i], one.offset_map[0])


def test_refinement_loops_call_their_neurons_once_each() -> None:
    network = network_of(replace(TINY, loops=2))
    z, x = images(network.variant, batch=1)
    memories = network.template(z)
    with record_spikes(network) as spikes:
        network.search(x, memories)
    path = "encoder.mrm.0.retriever"
    assert [f"{path}.q_spike/{i}" in spikes for i in range(4)] == [True, True, True, False]
    assert [f"{path}.fuser_spike/{i}" in spikes for i in range(3)] == [True, True, False]


def test_the_template_branch_stops_at_the_last_memory_and_is_named_temp() -> None:
    network = network_of(TINY)
    z, _ = images(TINY, batch=1)
    with record_spikes(network) as spikes:
        network.template(z)
    assert all(name.startswith("temp.") for name in spikes)
    assert not any("q_spike" in name or ".mlp." in name for name in spikes if ".mrm." in name)
    assert list(spikes)[-1].startswith("temp.mrm.5.")
    with record_spikes(network) as later:
        pass
    assert not later


def test_recorded_spikes_are_integers_up_to_the_ceiling() -> None:
    network = network_of(replace(TINY, max_spike=2))
    z, _ = images(TINY, batch=1)
    with record_spikes(network) as spikes:
        network.template(z)
    assert {s.dtype for s in spikes.values()} == {torch.uint8}
    assert max(int(s.max()) for s in spikes.values()) == 2


def test_eval_mode_records_no_gradients_and_training_mode_does() -> None:
    network = network_of(TINY)
    z, x = images(TINY, batch=2)
    assert not network.search(x, network.template(z)).score_map.requires_grad
    network.train()
    torch.autograd.backward(network.search(x, network.template(z)).score_map.sum())
    grad = network.get_parameter("encoder.downsample1_1.encode_conv.weight").grad
    assert grad is not None and bool(grad.isfinite().all()) and float(grad.abs().sum()) > 0


def test_inputs_of_another_shape_are_refused() -> None:
    network = network_of(TINY)
    z, x = images(TINY, batch=1)
    memories = network.template(z)
    with pytest.raises(ValueError, match=r"templates must be \(1, B, 3, 128, 128\), found \(2, "):
        network.template(z.repeat(2, 1, 1, 1, 1))
    with pytest.raises(ValueError, match=r"search must be \(B, 3, 128, 128\), found \(1, 3, 64"):
        network.search(x[..., :64, :64], memories)
    with pytest.raises(ValueError, match="memories must have shapes"):
        network.search(x, memories[:5])
    assert network.branch == ""
