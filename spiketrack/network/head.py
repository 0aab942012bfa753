"""The centre head: three towers of convolutions give a score map, a size map and an offset map.

Attribute names (`conv1_ctr`, `ctr1_spike`, ...) are those of the official checkpoint.
"""

from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from spiketrack.network.blocks import NeuronFactory, conv_bn, per_step

TOWERS = {"ctr": 1, "offset": 2, "size": 2}
"""Output channels of each tower."""

N_LAYERS = 4
SIGMOID_MARGIN = 1e-4


class HeadMaps(NamedTuple):
    """What the towers say, each (B, channels, g, g), before any sigmoid."""

    score_logits: Tensor
    size_logits: Tensor
    offset_map: Tensor


def bounded_sigmoid(logits: Tensor) -> Tensor:
    """Sigmoid, clamped a margin away from 0 and 1."""
    return torch.clamp(logits.sigmoid(), min=SIGMOID_MARGIN, max=1 - SIGMOID_MARGIN)


def sigmoid_array(logits: NDArray[Any]) -> NDArray[np.float32]:
    """The same of an array, in float32: what a host does with logits that a chip sends."""
    y: NDArray[np.float32] = bounded_sigmoid(torch.from_numpy(logits.astype(np.float32))).numpy()
    return y


class CentreHead(nn.Module):
    """A neuron, then three towers of four conv-BN-neuron layers and a 1x1 convolution."""

    def __init__(self, inputs: int, channels: int, neuron: NeuronFactory) -> None:
        """`channels` of the first layer; each next one has half."""
        super().__init__()
        self.spike = neuron()
        widths = [inputs, *(channels >> i for i in range(N_LAYERS))]
        for tower, outputs in TOWERS.items():
            for i in range(N_LAYERS):
                conv = conv_bn(widths[i], widths[i + 1], nn.BatchNorm2d, kernel=3, bias=True)
                self.add_module(f"conv{i + 1}_{tower}", conv)
                self.add_module(f"{tower}{i + 1}_spike", neuron())
            self.add_module(f"conv5_{tower}", nn.Conv2d(widths[-1], outputs, 1))

    def forward(self, features: Tensor) -> HeadMaps:
        """Features (1, B, C, g, g) to the three maps."""
        x = self.spike(features)
        return HeadMaps(
            score_logits=self._tower("ctr", x),
            size_logits=self._tower("size", x),
            offset_map=self._tower("offset", x),
        )

    def _tower(self, tower: str, x: Tensor) -> Tensor:
        for i in range(1, N_LAYERS + 1):
            x = per_step(x, self.get_submodule(f"conv{i}_{tower}"))
            x = self.get_submodule(f"{tower}{i}_spike")(x)
        return per_step(x, self.get_submodule(f"conv5_{tower}")).mean(0)
