"""Both crops of every pair through the network in one call.

Why together: batch normalisation takes its statistics from the batch. Apart, templates and searches
would be normalised by statistics of their own in training, but by shared running ones afterwards.
One call is also a third faster.
"""

import torch
from torch import Tensor

from spiketrack.network import SearchOutput, SpikeTrackNetwork
from spiketrack.network.blocks import TransformerBlock
from spiketrack.network.head import bounded_sigmoid


def pair_forward(network: SpikeTrackNetwork, templates: Tensor, searches: Tensor) -> SearchOutput:
    """What `network.search(searches, network.template(templates))` gives, for one template each.

    Args:
        network: T = 1.
        templates: (B, 3, S, S), normalised.
        searches: (B, 3, S, S), normalised.

    Raises:
        ValueError: the network remembers more than one template, or the shapes differ.
    """
    if network.variant.n_templates != 1:
        raise ValueError(f"pairs need T = 1, found {network.variant.name}")
    if templates.shape != searches.shape:
        raise ValueError(f"crops differ: {tuple(templates.shape)}, {tuple(searches.shape)}")
    half = len(templates)
    x = torch.cat([templates, searches]).unsqueeze(0)
    encoder = network.encoder
    for section, module in zip(encoder.sections(), encoder.mrm, strict=True):
        for layer in section:
            x = layer(x, "pair") if isinstance(layer, TransformerBlock) else layer(x)
        memory = module.remember(x[:, :half])
        found = module(x[:, half:], memory)
        x = torch.cat([x[:, :half], found], dim=1)
    maps = network.decoder(found)
    return SearchOutput(
        features=found,
        score_map=bounded_sigmoid(maps.score_logits),
        size_map=bounded_sigmoid(maps.size_logits),
        offset_map=maps.offset_map,
        score_logits=maps.score_logits,
        size_logits=maps.size_logits,
    )
