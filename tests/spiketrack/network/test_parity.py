"""The network equals the official one, spike for spike, on weights that make every sum exact."""

import pytest
import torch

from spiketrack.network import record_spikes, state_shapes
from spiketrack.network.variants import VARIANTS
from tests.spiketrack.network.golden_network import (
    arrays,
    dyadic_network,
    fingerprint,
    fingerprints,
    inputs,
    official_shapes,
)

CASES = [
    ("s256-t1", torch.float32),
    ("s256-t1", torch.float64),
    ("s256-t3", torch.float32),
]
N_NEURON_CALLS = {"s256-t1": 293, "s256-t3": 305}


@pytest.mark.parametrize("variant", ["s256-t1", "s256-t3"])
def test_names_and_shapes_are_those_of_the_official_checkpoint(variant: str) -> None:
    assert state_shapes(VARIANTS[variant]) == official_shapes(variant)


@pytest.mark.slow
@pytest.mark.parametrize(("variant", "dtype"), CASES)
def test_spikes_memories_and_maps_equal_the_official_ones_on_dyadic_weights(
    variant: str, dtype: torch.dtype
) -> None:
    network = dyadic_network(variant).to(dtype)
    if dtype == torch.float64:  # var + eps must be 1 in the precision that computes
        for name, buffer in network.named_buffers():
            if name.endswith("running_var"):
                buffer.fill_(1 - 1e-5)
    z, x = inputs(variant, dtype)
    with record_spikes(network) as spikes:
        memories = network.template(z)
        out = network.search(x, memories)

    expected, vectors = fingerprints(variant), arrays(variant)
    assert len(spikes) == N_NEURON_CALLS[variant]
    assert {name: fingerprint(s) for name, s in spikes.items()} == expected["spikes"]
    exact = {f"cross_block_{i}": fingerprint(m.float()) for i, m in enumerate(memories)}
    exact["xz"] = fingerprint(out.features.float())
    assert exact == expected["float32"]
    assert (memories[0].float().numpy() == vectors["cross_block_0"]).all()
    assert (out.offset_map.float().numpy() == vectors["offset_map"]).all()
    assert abs(out.score_map.numpy() - vectors["score_map"]).max() <= 1e-6
    assert abs(out.size_map.numpy() - vectors["size_map"]).max() <= 1e-6
