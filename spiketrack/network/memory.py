"""The memory retrieval module (MRM): the template side writes a memory, the search side reads it.

The memory is M = k^T v, one matrix per template and head. Reading: query the memory, refine the
query N times with what came back, then merge the T answers by a gate over the templates.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from spiketrack.network.blocks import (
    NeuronFactory,
    SpikingMLP,
    conv_bn,
    per_step,
    position_tables,
    retrieve,
    split_heads,
    template_table,
)
from spiketrack.network.neuron import NILIF
from spiketrack.network.variants import Variant


class ChannelGate(nn.Module):
    """Weighs the T answers channel by channel: a small MLP over positions, softmax over T."""

    def __init__(self, variant: Variant) -> None:
        """The MLP's neuron has its time axis last."""
        super().__init__()
        cells = variant.grid**2
        neuron = NILIF(variant.max_spike, variant.max_steps, variant.learnable_decay, step_axis=-1)
        self.mlp = nn.Sequential(
            nn.Conv1d(cells, cells // 2, 1), neuron, nn.Conv1d(cells // 2, 1, 1)
        )

    def forward(self, x: Tensor) -> Tensor:
        """(T, B, C, H, W) to (1, B, C, H, W)."""
        steps, batch, channels = x.shape[:3]
        flat = x.flatten(3).permute(1, 2, 3, 0).reshape(batch * channels, -1, steps)
        logits = self.mlp(flat).squeeze(1).reshape(batch, channels, steps)
        weights = functional.softmax(logits, dim=-1)[..., None, None]
        merged: Tensor = (x.permute(1, 2, 0, 3, 4) * weights).sum(dim=2)
        return merged.unsqueeze(0)


def mean_of_steps(x: Tensor) -> Tensor:
    """(T, B, C, H, W) to (1, B, C, H, W); added step by step, as the float graph does."""
    total = x[0]
    for step in x[1:]:
        total = total + step
    return (total / len(x)).unsqueeze(0)


class Retriever(nn.Module):
    """Writes a memory from templates; reads one with a search feature map."""

    def __init__(self, channels: int, variant: Variant, neuron: NeuronFactory) -> None:
        """`channels` is the width of the stage before this module."""
        super().__init__()
        values, cells = variant.value_ratio * channels, variant.grid**2
        norm = nn.BatchNorm2d
        self.heads, self.grid = variant.memory_heads(channels), variant.grid
        self.n_templates, self.loops = variant.n_templates, variant.loops
        self.q_conv = conv_bn(channels, channels, norm)
        self.k_conv = conv_bn(channels, channels, norm)
        self.v_conv = conv_bn(channels, values, norm)
        self.proj_conv = conv_bn(values, channels, norm)
        self.mean_fusion = variant.mean_fusion
        self.gate = ChannelGate(variant)
        templates = range(variant.n_templates)
        self.seg_responder_dw = nn.ModuleList(
            conv_bn(values, values, norm, kernel=3, groups=values) for _ in templates
        )
        self.seg_responder_pw = nn.ModuleList(conv_bn(values, channels, norm) for _ in templates)
        self.fuser = conv_bn(channels, channels, norm)
        self.head_spike, self.q_spike = neuron(), neuron()
        self.k_spike, self.v_spike = neuron(), neuron()
        self.attn_spike, self.gate_spike = neuron(), neuron()
        self.seg_dw_spike, self.seg_pw_spike, self.fuser_spike = neuron(), neuron(), neuron()
        self.s_pos_embed = nn.Parameter(torch.zeros(1, channels, cells))
        self.t_pos_embeds = position_tables(variant.max_steps, channels, cells)

    def remember(self, templates: Tensor) -> Tensor:
        """Templates (T, B, C, H, W) to their memory (T, B, heads, C/heads, values/heads)."""
        x = self._on_grid(templates)
        x = self._add(x, template_table(self.t_pos_embeds, len(x)))
        x = self.head_spike(x)
        values = self.v_spike(per_step(x, self.v_conv)).flatten(3)
        keys = self.k_spike(per_step(x, self.k_conv)).flatten(3)
        return split_heads(keys, self.heads).transpose(-2, -1) @ split_heads(values, self.heads)

    def forward(self, search: Tensor, memory: Tensor) -> Tensor:
        """Search map (1, B, C, H, W) to what the memory says about it, same shape."""
        x = self.head_spike(self._add(self._on_grid(search), self.s_pos_embed))
        shortcut = per_step(x, self.q_conv)
        query = self.q_spike(shortcut.flatten(3).repeat(self.n_templates, 1, 1, 1))
        x = retrieve(split_heads(query, self.heads), memory)
        for _ in range(self.loops):
            x, shortcut = self._refine(x, shortcut, memory)
        x = self.attn_spike(self._unflatten(x))
        if self.n_templates > 1:
            x = self.gate_spike(mean_of_steps(x) if self.mean_fusion else self.gate(x))
        return self._restore(per_step(x, self.proj_conv), search)

    def _refine(self, x: Tensor, shortcut: Tensor, memory: Tensor) -> tuple[Tensor, Tensor]:
        """One loop: answer (T, B, values, N) and shortcut to a better answer and shortcut."""
        q = self.q_spike(self._unflatten(x))
        q = torch.stack([conv(step) for conv, step in zip(self.seg_responder_dw, q, strict=True)])
        q = self.seg_dw_spike(q)
        q = torch.stack([conv(step) for conv, step in zip(self.seg_responder_pw, q, strict=True)])
        q = self.seg_pw_spike(shortcut + q)
        shortcut = per_step(q, self.fuser)
        query = self.fuser_spike(shortcut.flatten(3))
        return retrieve(split_heads(query, self.heads), memory), shortcut

    def _unflatten(self, x: Tensor) -> Tensor:
        return x.reshape(x.shape[:3] + (self.grid, self.grid))

    def _add(self, x: Tensor, table: Tensor) -> Tensor:
        return self._unflatten(x.flatten(3) + table)

    def _on_grid(self, x: Tensor) -> Tensor:
        """Average-pools to the grid where the map is larger."""
        if x.shape[-1] == self.grid:
            return x
        pooled = functional.adaptive_avg_pool2d(x.flatten(0, 1), (self.grid, self.grid))
        return pooled.reshape(x.shape[:2] + pooled.shape[1:])

    def _restore(self, x: Tensor, like: Tensor) -> Tensor:
        """Bilinear upsampling back to the size of `like`."""
        if like.shape[-1] == self.grid:
            return x
        size = (like.shape[-2], like.shape[-1])
        up: Tensor = functional.interpolate(
            x.flatten(0, 1), size, mode="bilinear", align_corners=False
        )
        return up.reshape(x.shape[:2] + up.shape[1:])


class MemoryRetrieval(nn.Module):
    """A retriever and an MLP, each with its shortcut."""

    def __init__(self, channels: int, variant: Variant, neuron: NeuronFactory) -> None:
        """`channels` is the width of the stage before this module."""
        super().__init__()
        self.retriever = Retriever(channels, variant, neuron)
        self.mlp = SpikingMLP(channels, variant.mlp_ratio * channels, neuron, nn.BatchNorm1d)

    def remember(self, templates: Tensor) -> Tensor:
        """Templates (T, B, C, H, W) to their memory (T, B, heads, C/heads, values/heads)."""
        return self.retriever.remember(templates)

    def forward(self, search: Tensor, memory: Tensor) -> Tensor:
        """Search map (1, B, C, H, W), enriched, same shape."""
        search = search + self.retriever(search, memory)
        enriched: Tensor = search + self.mlp(search)
        return enriched
