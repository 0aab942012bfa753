"""The layers of the backbone: downsampling, conv block, attention, MLP, transformer block.

All work on (T, B, C, H, W) and are membrane-shortcut: x + f(neuron(x)). Attribute names are those
of the official checkpoint, so they may not change.
"""

from collections.abc import Callable, Sequence
from typing import Literal

import torch
from torch import Tensor, nn

from spiketrack.network.neuron import NILIF

Branch = Literal["template", "search"] | int
"""Which positional tables a layer adds; a number says how many of a batch, from its start, are
templates (T = 1)."""

NeuronFactory = Callable[[], NILIF]
Norm = Callable[[int], nn.Module]

BN_EPS = 1e-5


class FrozenBatchNorm(nn.Module):
    """Batch normalisation with fixed statistics, applied as x * scale + shift.

    Why: folding into one multiply and one add, in this order, is what the official code computes;
    torch's own batch norm rounds differently.
    """

    weight: Tensor
    bias: Tensor
    running_mean: Tensor
    running_var: Tensor

    def __init__(self, channels: int) -> None:
        """Starts as the identity, up to eps."""
        super().__init__()
        self.register_buffer("weight", torch.ones(channels))
        self.register_buffer("bias", torch.zeros(channels))
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_var", torch.ones(channels))

    def forward(self, x: Tensor) -> Tensor:
        """Normalises the channels (axis 1) of `x`."""
        scale = self.weight * (self.running_var + BN_EPS).rsqrt()
        shift = self.bias - self.running_mean * scale
        shape = (1, -1) + (1,) * (x.dim() - 2)
        return x * scale.reshape(shape) + shift.reshape(shape)


def conv_bn(
    inputs: int, outputs: int, norm: Norm, *, kernel: int = 1, groups: int = 1, bias: bool = False
) -> nn.Sequential:
    """A size-preserving convolution and its normalisation, named `0` and `1`."""
    conv = nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, groups=groups, bias=bias)
    return nn.Sequential(conv, norm(outputs))


def per_step(x: Tensor, *modules: nn.Module) -> Tensor:
    """Applies `modules`, one after another, to every step of `x` (T, B, ...) alike."""
    y = x.flatten(0, 1)
    for module in modules:
        y = module(y)
    return y.reshape(x.shape[:2] + y.shape[1:])


def split_heads(x: Tensor, heads: int) -> Tensor:
    """(T, B, C, N) to (T, B, heads, N, C/heads)."""
    steps, batch, channels, cells = x.shape
    y = x.reshape(steps, batch, heads, channels // heads, cells)
    return y.transpose(-1, -2).contiguous()


def merge_heads(x: Tensor) -> Tensor:
    """(T, B, heads, N, C/heads) to (T, B, C, N)."""
    return x.transpose(-1, -2).flatten(2, 3).contiguous()


def retrieve(query: Tensor, memory: Tensor) -> Tensor:
    """Scaled query times memory.

    Query (T, B, heads, N, d) and memory (T, B, heads, d, dv) give (T, B, heads * dv, N).
    """
    scale: float = query.shape[-1] ** -0.5 * 2
    return merge_heads((query @ memory) * scale)


def template_table(tables: Sequence[Tensor] | nn.ParameterList, n_templates: int) -> Tensor:
    """The positional tables of the first templates as one (T, 1, C, N)."""
    return torch.stack([tables[t] for t in range(n_templates)])


def position_tables(count: int, channels: int, cells: int) -> nn.ParameterList:
    """`count` zero tables (1, C, N)."""
    return nn.ParameterList(nn.Parameter(torch.zeros(1, channels, cells)) for _ in range(count))


class Downsample(nn.Module):
    """Neuron (not on pixels), strided convolution, normalisation."""

    def __init__(
        self,
        inputs: int,
        outputs: int,
        neuron: NeuronFactory | None,
        *,
        kernel: int = 3,
        stride: int = 2,
    ) -> None:
        """`neuron` is None for the layer that sees pixels."""
        super().__init__()
        self.encode_conv = nn.Conv2d(inputs, outputs, kernel, stride, padding=kernel // 2)
        self.encode_bn = FrozenBatchNorm(outputs)
        self.encode_spike = neuron() if neuron else None

    def forward(self, x: Tensor) -> Tensor:
        """(T, B, C, H, W) to (T, B, C', H/stride, W/stride)."""
        if self.encode_spike is not None:
            x = self.encode_spike(x)
        return per_step(x, self.encode_conv, self.encode_bn)


class SeparableConv(nn.Module):
    """1x1 to twice the channels, depthwise k x k, 1x1 back; a neuron before each."""

    def __init__(self, channels: int, kernel: int, neuron: NeuronFactory) -> None:
        """`kernel` is the side of the depthwise kernel."""
        super().__init__()
        hidden = 2 * channels
        self.spike1 = neuron()
        self.pwconv1 = conv_bn(channels, hidden, FrozenBatchNorm)
        self.spike2 = neuron()
        self.dwconv = conv_bn(hidden, hidden, FrozenBatchNorm, kernel=kernel, groups=hidden)
        self.spike3 = neuron()
        self.pwconv2 = conv_bn(hidden, channels, FrozenBatchNorm)

    def forward(self, x: Tensor) -> Tensor:
        """(T, B, C, H, W) to the same shape, without the shortcut."""
        x = per_step(self.spike1(x), self.pwconv1)
        x = per_step(self.spike2(x), self.dwconv)
        return per_step(self.spike3(x), self.pwconv2)


class ConvBlock(nn.Module):
    """Stages 1 and 2: a 7x7 separable convolution, then two full 3x3 ones."""

    def __init__(self, channels: int, ratio: int, neuron: NeuronFactory) -> None:
        """`ratio` widens between the two full convolutions."""
        super().__init__()
        hidden = ratio * channels
        self.Conv = SeparableConv(channels, 7, neuron)
        self.spike1 = neuron()
        self.conv1 = nn.Conv2d(channels, hidden, 3, padding=1, bias=False)
        self.bn1 = FrozenBatchNorm(hidden)
        self.spike2 = neuron()
        self.conv2 = nn.Conv2d(hidden, channels, 3, padding=1, bias=False)
        self.bn2 = FrozenBatchNorm(channels)

    def forward(self, x: Tensor) -> Tensor:
        """(T, B, C, H, W) to the same shape."""
        x = self.Conv(x) + x
        y = per_step(self.spike1(x), self.conv1, self.bn1)
        return x + per_step(self.spike2(y), self.conv2, self.bn2)


class SpikingMLP(nn.Module):
    """Two 1x1 layers on flattened positions, a neuron before each."""

    def __init__(self, channels: int, hidden: int, neuron: NeuronFactory, norm: Norm) -> None:
        """`norm` is frozen in the backbone, torch's own in the memory modules."""
        super().__init__()
        self.fc1_conv = nn.Conv1d(channels, hidden, 1)
        self.fc1_spike = neuron()
        self.fc2_conv = nn.Conv1d(hidden, channels, 1)
        self.fc2_spike = neuron()
        self.fc1_bn = norm(hidden)
        self.fc2_bn = norm(channels)

    def forward(self, x: Tensor) -> Tensor:
        """(T, B, C, H, W) to the same shape, without the shortcut."""
        y = per_step(self.fc1_spike(x.flatten(3)), self.fc1_conv, self.fc1_bn)
        y = per_step(self.fc2_spike(y), self.fc2_conv, self.fc2_bn)
        return y.reshape(x.shape)


class LinearAttention(nn.Module):
    """Spiking self-attention in linear order: q (k^T v), no softmax."""

    def __init__(
        self,
        channels: int,
        *,
        heads: int,
        value_ratio: int,
        cells: int,
        n_tables: int,
        neuron: NeuronFactory,
    ) -> None:
        """`cells` is the number of grid positions, `n_tables` of template tables."""
        super().__init__()
        values = value_ratio * channels
        self.heads = heads
        self.head_spike = neuron()
        self.q_spike = neuron()
        self.k_spike = neuron()
        self.v_spike = neuron()
        self.attn_spike = neuron()
        self.q_conv = conv_bn(channels, channels, FrozenBatchNorm)
        self.k_conv = conv_bn(channels, channels, FrozenBatchNorm)
        self.v_conv = conv_bn(channels, values, FrozenBatchNorm)
        self.proj_conv = conv_bn(values, channels, FrozenBatchNorm)
        self.s_pos_embed = nn.Parameter(torch.zeros(1, channels, cells))
        self.t_pos_embeds = position_tables(n_tables, channels, cells)

    def forward(self, x: Tensor, branch: Branch) -> Tensor:
        """(T, B, C, H, W) to the same shape, without the shortcut."""
        x = self.head_spike((x.flatten(3) + self._table(branch, x)).reshape(x.shape))
        q = split_heads(self.q_spike(per_step(x, self.q_conv).flatten(3)), self.heads)
        k = split_heads(self.k_spike(per_step(x, self.k_conv).flatten(3)), self.heads)
        v = split_heads(self.v_spike(per_step(x, self.v_conv).flatten(3)), self.heads)
        y = retrieve(q, k.transpose(-2, -1) @ v)
        y = self.attn_spike(y.reshape(y.shape[:3] + x.shape[3:]))
        return per_step(y, self.proj_conv)

    def _table(self, branch: Branch, x: Tensor) -> Tensor:
        if branch == "search":
            return self.s_pos_embed
        templates = template_table(self.t_pos_embeds, len(x))
        if branch == "template":
            return templates
        searches = self.s_pos_embed.expand(1, x.shape[1] - branch, -1, -1)
        return torch.cat([templates.expand(-1, branch, -1, -1), searches], dim=1)


class TransformerBlock(nn.Module):
    """Stages 3 and 4: 3x3 separable convolution, attention, MLP, each with its shortcut."""

    def __init__(self, conv: SeparableConv, attn: LinearAttention, mlp: SpikingMLP) -> None:
        """Takes its three parts."""
        super().__init__()
        self.conv = conv
        self.attn = attn
        self.mlp = mlp

    def forward(self, x: Tensor, branch: Branch) -> Tensor:
        """(T, B, C, H, W) to the same shape; `branch` selects the positional table."""
        x = x + self.conv(x)
        x = x + self.attn(x, branch)
        y: Tensor = x + self.mlp(x)
        return y
