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
    """What `search` and `template` give, for several searches of one template each.

    Args:
        network: T = 1.
        templates: (B, 3, S, S), normalised.
        searches: (B * K, 3, S, S), normalised, group by group.

    Raises:
        ValueError: the network remembers more than one template, or the batches do not go together.
    """
    if network.variant.n_templates != 1:
        raise ValueError(f"training in pairs needs T = 1, found {network.variant.name}")
    count, each = len(templates), len(searches) // len(templates)
    if templates.shape[1:] != searches.shape[1:] or each * count != len(searches):
        raise ValueError(
            f"crops do not go together: {tuple(templates.shape)}, {tuple(searches.shape)}"
        )
    x = torch.cat([templates, searches]).unsqueeze(0)
    encoder = network.encoder
    for section, module in zip(encoder.sections(), encoder.mrm, strict=True):
        for layer in section:
            x = layer(x, count) if isinstance(layer, TransformerBlock) else layer(x)
        memory = module.remember(x[:, :count]).repeat_interleave(each, dim=1)
        found = module(x[:, count:], memory)
        x = torch.cat([x[:, :count], found], dim=1)
    maps = network.decoder(found)
    return SearchOutput(
        features=found,
        score_map=bounded_sigmoid(maps.score_logits),
        size_map=bounded_sigmoid(maps.size_logits),
        offset_map=maps.offset_map,
        score_logits=maps.score_logits,
        size_logits=maps.size_logits,
    )
