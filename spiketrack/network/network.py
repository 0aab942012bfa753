"""The whole network: a backbone with its memories, and a head.

Two calls, as a tracker needs them: `template` once per template update, `search` once per frame.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import NamedTuple

import torch
from torch import Tensor, nn

from spiketrack.network.backbone import Backbone, neuron_factory
from spiketrack.network.head import CentreHead, bounded_sigmoid
from spiketrack.network.random_mark import seed_in
from spiketrack.network.variants import Variant, ablated, find_variant


class SearchOutput(NamedTuple):
    """What one search frame gives; g is the grid.

    Attributes:
        features: (1, B, C, g, g), the backbone's output.
        score_map: (B, 1, g, g), sigmoid, within [1e-4, 1 - 1e-4].
        size_map: (B, 2, g, g), width and height as shares of the crop, within the same bounds.
        offset_map: (B, 2, g, g), x and y inside the cell, in cells.
        score_logits: (B, 1, g, g), before the sigmoid.
        size_logits: (B, 2, g, g), before the sigmoid.
    """

    features: Tensor
    score_map: Tensor
    size_map: Tensor
    offset_map: Tensor
    score_logits: Tensor
    size_logits: Tensor


class SpikeTrackNetwork(nn.Module):
    """SpikeTrack in floating point.

    Gradients flow in training mode only: in eval mode both calls run without recording them.

    Attributes:
        variant: the sizes this network was built with.
        branch: which call is running, "template" or "search", or "" between calls.
        mark: what the checkpoint says of random weights, as `network.random_mark` writes it.
    """

    def __init__(self, variant: Variant) -> None:
        """Builds the layers; weights are PyTorch's defaults until a checkpoint is loaded."""
        super().__init__()
        self.variant = variant
        self.branch = ""
        self.mark: object = None
        self.encoder = Backbone(variant)
        self.decoder = CentreHead(variant.widths[3], variant.head_channels, neuron_factory(variant))

    def template(self, z: Tensor) -> tuple[Tensor, ...]:
        """Encodes templates.

        Args:
            z: normalised template crops, (T, B, 3, H, W).

        Returns:
            Six memories, each (T, B, heads, C/heads, 4C/heads).

        Raises:
            ValueError: `z` has another shape.
        """
        size, steps = self.variant.crop_size, self.variant.n_templates
        if z.dim() != 5 or (z.shape[0], *z.shape[2:]) != (steps, 3, size, size):
            raise ValueError(
                f"templates must be ({steps}, B, 3, {size}, {size}), found {tuple(z.shape)}"
            )
        with self._running("template"):
            return self.encoder.template(z)

    def search(self, x: Tensor, memories: Sequence[Tensor]) -> SearchOutput:
        """Looks for the target in a search crop.

        Args:
            x: normalised search crops, (B, 3, H, W).
            memories: what `template` gave, six tensors.

        Returns:
            The maps of the head on a g x g grid, and the features that they were made from.

        Raises:
            ValueError: `x` or a memory has another shape.
        """
        size = self.variant.crop_size
        if x.dim() != 4 or x.shape[1:] != (3, size, size):
            raise ValueError(f"search must be (B, 3, {size}, {size}), found {tuple(x.shape)}")
        shapes, needed = tuple(tuple(m.shape) for m in memories), self.variant.memory_shapes(len(x))
        if shapes != needed:
            raise ValueError(f"memories must have shapes {needed}, found {shapes}")
        with self._running("search"):
            features = self.encoder(x.unsqueeze(0), memories)
            maps = self.decoder(features)
            return SearchOutput(
                features=features,
                score_map=bounded_sigmoid(maps.score_logits),
                size_map=bounded_sigmoid(maps.size_logits),
                offset_map=maps.offset_map,
                score_logits=maps.score_logits,
                size_logits=maps.size_logits,
            )

    def random_weights(self) -> dict[str, object] | None:
        """{"seed": n} if the weights are still those that were drawn at random, else None."""
        seed = None if self.mark is None else seed_in(self.mark, self.state_dict())
        return None if seed is None else {"seed": seed}

    @contextmanager
    def _running(self, branch: str) -> Iterator[None]:
        """Why: NNPACK, which PyTorch takes where oneDNN is off, convolves inexactly."""
        grad = self.training and torch.is_grad_enabled()
        self.branch = branch
        try:
            with torch.backends.nnpack.flags(enabled=False), torch.set_grad_enabled(grad):
                yield
        finally:
            self.branch = ""


def build_network(variant: str | Variant, ablation: str | None = None) -> SpikeTrackNetwork:
    """Builds a network in eval mode, with PyTorch's default weights.

    Args:
        variant: a `Variant`, or the name of one.
        ablation: name of the ablation of it to build; None builds the variant itself.

    Raises:
        ValueError: no variant or ablation has that name, or the ablation would change nothing.
    """
    chosen = find_variant(variant)
    return SpikeTrackNetwork(ablated(chosen, ablation) if ablation else chosen).eval()


@lru_cache(maxsize=16)
def _shapes(variant: Variant) -> tuple[tuple[str, tuple[int, ...]], ...]:
    with torch.device("meta"):
        network = SpikeTrackNetwork(variant)
    return tuple((key, tuple(value.shape)) for key, value in network.state_dict().items())


def state_shapes(variant: Variant) -> dict[str, tuple[int, ...]]:
    """Name and shape of every tensor in a checkpoint.

    Args:
        variant: whose checkpoint.
    """
    return dict(_shapes(variant))
