"""Templates and searches of a batch through the network, in one call where T = 1.

Why together: batch normalisation takes its statistics from the batch. Apart, templates and searches
would be normalised by statistics of their own in training, but by shared running ones afterwards.
One call is also a third faster. Several templates are T steps of the same neurons and cannot share
a call with searches; they are trained with the backbone's normalisation frozen, so they need not.
"""

from typing import Any, cast

import torch
from torch import Tensor

from spiketrack.network import SearchOutput, SpikeTrackNetwork
from spiketrack.network.blocks import TransformerBlock
from spiketrack.network.head import bounded_sigmoid


def pair_forward(network: SpikeTrackNetwork, templates: Tensor, searches: Tensor) -> SearchOutput:
    """What `search` and `template` give, for several searches of one template each.

    Args:
        network: what learns.
        templates: (T, B, 3, S, S), normalised.
        searches: (B * K, 3, S, S), normalised, group by group.

    Raises:
        ValueError: the network remembers another number of templates, or the batches do not go
            together.
    """
    steps, count = templates.shape[:2]
    each = len(searches) // count
    if steps != network.variant.n_templates:
        raise ValueError(f"{network.variant.name} does not remember {steps} templates")
    if templates.shape[2:] != searches.shape[1:] or each * count != len(searches):
        raise ValueError(
            f"crops do not go together: {tuple(templates.shape)}, {tuple(searches.shape)}"
        )
    if steps > 1:
        memories = network.template(templates)
        return network.search(searches, [m.repeat_interleave(each, dim=1) for m in memories])
    return _in_one_call(network, templates[0], searches, each)


def _in_one_call(
    network: SpikeTrackNetwork, templates: Tensor, searches: Tensor, each: int
) -> SearchOutput:
    """T = 1: templates (B, 3, S, S) at the head of one batch with their searches."""
    count = len(templates)
    x = torch.cat([templates, searches]).unsqueeze(0)
    encoder = network.encoder
    for section, module in zip(encoder.sections(), encoder.mrm, strict=True):
        for layer in section:
            x = layer(x, count) if isinstance(layer, TransformerBlock) else cast(Any, layer)(x)
        memory = cast(Any, module).remember(x[:, :count]).repeat_interleave(each, dim=1)
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
