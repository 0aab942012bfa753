"""Random weights are healthy and the same everywhere."""

import numpy as np
import pytest
import torch

from spiketrack.network import VARIANTS, build_network, random_checkpoint, record_spikes


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("name", ["tiny128-t1", "tiny128-t3"])
def test_every_neuron_layer_fires_and_none_saturates(name: str, seed: int) -> None:
    variant, network = VARIANTS[name], build_network(name)
    network.load_state_dict(random_checkpoint(name, seed))
    rng = np.random.default_rng(3)
    shape = (variant.n_templates + 1, 1, 3, variant.crop_size, variant.crop_size)
    crops = torch.from_numpy(rng.standard_normal(shape).astype(np.float32))
    with record_spikes(network) as spikes:
        out = network.search(crops[-1], network.template(crops[:-1]))
    rates = {layer: float(s.double().mean()) for layer, s in spikes.items()}
    assert {layer: r for layer, r in rates.items() if not 0.001 < r < 3} == {}
    assert 0.15 < float(out.size_map.mean()) < 0.35  # a quarter of the crop keeps the box


def test_the_same_seed_gives_the_same_weights_whatever_the_threads() -> None:
    threads = torch.get_num_threads()
    first = random_checkpoint("tiny128-t1", 5)
    torch.set_num_threads(1)
    again = random_checkpoint("tiny128-t1", 5)
    torch.set_num_threads(threads)
    assert all(torch.equal(first[key], again[key]) for key in first)


def test_another_seed_gives_other_weights() -> None:
    key = "encoder.downsample1_1.encode_conv.weight"
    a, b = (random_checkpoint("tiny128-t1", seed)[key] for seed in (0, 1))
    assert not torch.equal(a, b)


def test_one_value_is_as_numpy_draws_it() -> None:
    # the seed, then the crc32 of the name; the first convolution has gain 0.7 and fan-in 147
    key = "encoder.downsample1_1.encode_conv.weight"
    crc = 3086695538
    drawn = 0.7 / np.sqrt(3 * 7 * 7) * np.random.default_rng((2, crc)).standard_normal()
    assert float(random_checkpoint("tiny128-t1", 2)[key].flatten()[0]) == np.float32(drawn)


def test_a_negative_seed_is_refused() -> None:
    with pytest.raises(ValueError, match="seed must not be negative, found -1"):
        random_checkpoint("tiny128-t1", -1)
