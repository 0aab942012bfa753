"""The backbone (SDT-V3 style), one class for both branches.

The template branch leaves one memory at each of the six memory modules, the search branch reads
them there; the layers between are the same. Attribute names are those of the official checkpoint.
"""

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

from torch import Tensor, nn

from spiketrack.network.blocks import (
    Branch,
    ConvBlock,
    Downsample,
    FrozenBatchNorm,
    LinearAttention,
    NeuronFactory,
    SeparableConv,
    SpikingMLP,
    TransformerBlock,
)
from spiketrack.network.memory import MemoryRetrieval
from spiketrack.network.neuron import NILIF
from spiketrack.network.variants import MEMORY_STAGES, Variant

N_BLOCKS_3, N_BLOCKS_4 = 6, 2
MEMORY_AFTER_BLOCK_3 = 3
"""How many blocks of stage 3 come before its inner memory module."""


def neuron_factory(variant: Variant) -> NeuronFactory:
    """Makes this variant's neuron layers, time axis first."""
    return partial(NILIF, variant.max_spike, variant.max_steps, variant.learnable_decay)


def _transformer(channels: int, variant: Variant, neuron: NeuronFactory) -> TransformerBlock:
    attention = LinearAttention(
        channels,
        heads=variant.heads,
        value_ratio=variant.value_ratio,
        cells=variant.grid**2,
        n_tables=variant.max_steps,
        neuron=neuron,
    )
    mlp = SpikingMLP(channels, variant.mlp_ratio * channels, neuron, FrozenBatchNorm)
    return TransformerBlock(SeparableConv(channels, 3, neuron), attention, mlp)


class Backbone(nn.Module):
    """Four stages with six memory modules between them."""

    def __init__(self, variant: Variant) -> None:
        """Builds the layers of `variant`."""
        super().__init__()
        neuron = neuron_factory(variant)
        w0, w1, w2, w3 = variant.widths
        ratio = variant.mlp_ratio

        def conv_block(channels: int) -> nn.ModuleList:
            return nn.ModuleList([ConvBlock(channels, ratio, neuron)])

        def transformers(channels: int, count: int) -> nn.ModuleList:
            return nn.ModuleList(_transformer(channels, variant, neuron) for _ in range(count))

        self.downsample1_1 = Downsample(3, w0 // 2, None, kernel=7)
        self.ConvBlock1_1 = conv_block(w0 // 2)
        self.downsample1_2 = Downsample(w0 // 2, w0, neuron)
        self.ConvBlock1_2 = conv_block(w0)
        self.downsample2 = Downsample(w0, w1, neuron)
        self.ConvBlock2_1 = conv_block(w1)
        self.ConvBlock2_2 = conv_block(w1)
        self.downsample3 = Downsample(w1, w2, neuron)
        self.block3 = transformers(w2, N_BLOCKS_3)
        self.downsample4 = Downsample(w2, w3, neuron, stride=1)
        self.block4 = transformers(w3, N_BLOCKS_4)
        self.mrm = nn.ModuleList(
            MemoryRetrieval(variant.widths[stage], variant, neuron) for stage in MEMORY_STAGES
        )

    def sections(self) -> tuple[tuple[nn.Module, ...], ...]:
        """The layers before each of the six memory modules, in order."""
        early, late = self.block3[:MEMORY_AFTER_BLOCK_3], self.block3[MEMORY_AFTER_BLOCK_3:]
        return (
            (self.downsample1_1, *self.ConvBlock1_1, self.downsample1_2),
            (*self.ConvBlock1_2, self.downsample2),
            (*self.ConvBlock2_1, *self.ConvBlock2_2, self.downsample3),
            tuple(early),
            (*late, self.downsample4),
            tuple(self.block4),
        )

    def template(self, z: Tensor) -> tuple[Tensor, ...]:
        """Template crops (T, B, 3, H, W) to the six memories."""
        memories = []
        # Why Any: newer releases of torch type what a module list holds as bare modules.
        retrievals: Iterable[Any] = self.mrm
        for section, module in zip(self.sections(), retrievals, strict=True):
            z = _run(section, z, "template")
            memories.append(module.remember(z))
        return tuple(memories)

    def forward(self, x: Tensor, memories: Sequence[Tensor]) -> Tensor:
        """Search crop (1, B, 3, H, W) and the six memories to features (1, B, C, g, g)."""
        for section, module, memory in zip(self.sections(), self.mrm, memories, strict=True):
            x = module(_run(section, x, "search"), memory)
        return x


def _run(section: tuple[nn.Module, ...], x: Tensor, branch: Branch) -> Tensor:
    for layer in section:
        x = layer(x, branch) if isinstance(layer, TransformerBlock) else layer(x)
    return x
