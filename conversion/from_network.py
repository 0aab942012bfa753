"""Makes two float graphs of a network: `template` ends in six memories, `search` reads them.

The walk follows the module paths of the official checkpoint; every node carries the path of its
module.
"""

import re
from collections.abc import Mapping

import numpy as np

from conversion.builder import FloatBuilder, call_name
from spiketrack.errors import UnsupportedOpError
from spiketrack.graph import float_nodes as f
from spiketrack.graph import structural_nodes as m
from spiketrack.graph.checks import Array
from spiketrack.graph.graph import Graph
from spiketrack.network.variants import Variant

STAGE_3_DEPTH, STAGE_4_DEPTH = 6, 2
MEMORY_AFTER_BLOCK = 2
TOWERS = ("ctr", "offset", "size")
OUTPUTS = ("score_logits", "offset_map", "size_logits")
LATER_TABLES = re.compile(r"\.t_pos_embeds\.\d+$")
GATE = re.compile(r"\.retriever\.(gate\.mlp\.\d|gate_spike)\.\w+$")
REFINEMENT = re.compile(r"\.retriever\.(seg_responder_[dp]w\.\d+|seg_[dp]w_spike|fuser(_spike)?)\.")


def float_graphs(weights: Mapping[str, Array], variant: Variant) -> dict[str, Graph[f.FloatNode]]:
    """Makes both graphs of a network; batch norms and the division by D are nodes of their own.

    Args:
        weights: the network's state dict as NumPy arrays.
        variant: sizes, steps and D.

    Raises:
        UnsupportedOpError: the state dict holds tensors no node stands for, listed by path.
    """
    template = _Branch(weights, variant, "template")
    search = _Branch(weights, variant, "search")
    graphs = {"template": template.build(), "search": search.build()}
    # Both branches together must read everything, or a part of the network would be lost in
    # silence.
    left = sorted(set(weights) - template.builder.read_keys - search.builder.read_keys)
    # A checkpoint of three templates holds tables that one of a single template never looks up.
    unread = [LATER_TABLES]
    unread += [GATE] if variant.n_templates == 1 or variant.mean_fusion else []
    unread += [REFINEMENT] if variant.loops == 0 else []
    unknown = [key for key in left if not any(kind.search(key) for kind in unread)]
    if unknown:
        advice = "The graph builder does not know these modules"
        raise UnsupportedOpError(
            f"tensor '{unknown[0]}'", "a known module", f"{len(unknown)} unknown", advice
        )
    return graphs


class _Branch:
    """One walk through the backbone, as the template branch or as the search branch."""

    def __init__(self, weights: Mapping[str, Array], variant: Variant, name: str) -> None:
        self.builder = FloatBuilder(weights, variant.max_spike)
        self.variant = variant
        self.name = name
        self.is_template = name == "template"

    def build(self) -> Graph[f.FloatNode]:
        """The whole branch."""
        b, v = self.builder, self.variant
        steps = v.n_templates if self.is_template else 1
        size = v.crop_size
        x = b.append(f.FloatInput(name="image", shape=(steps, 3, size, size), signal="image"))
        x = self.downsample(x, "encoder.downsample1_1", kernel=7, stride=2, first=True)
        x = self.conv_block(x, "encoder.ConvBlock1_1.0")
        x = self.downsample(x, "encoder.downsample1_2", kernel=3, stride=2)
        x = self.memory(x, 0)
        x = self.conv_block(x, "encoder.ConvBlock1_2.0")
        x = self.memory(self.downsample(x, "encoder.downsample2", kernel=3, stride=2), 1)
        x = self.conv_block(x, "encoder.ConvBlock2_1.0")
        x = self.conv_block(x, "encoder.ConvBlock2_2.0")
        x = self.memory(self.downsample(x, "encoder.downsample3", kernel=3, stride=2), 2)
        for i in range(STAGE_3_DEPTH):
            x = self.transformer_block(x, f"encoder.block3.{i}")
            x = self.memory(x, 3) if i == MEMORY_AFTER_BLOCK else x
        x = self.memory(self.downsample(x, "encoder.downsample4", kernel=3, stride=1), 4)
        for i in range(STAGE_4_DEPTH):
            x = self.transformer_block(x, f"encoder.block4.{i}")
        x = self.memory(x, 5)
        if not self.is_template:
            b.append(f.FloatOutput(name="features", inputs=(x,)))
            self.head(x)
        return self.pruned()

    def pruned(self) -> Graph[f.FloatNode]:
        """Drops what no output needs: the template branch ends in its last memory."""
        needed: set[str] = set()
        kept: list[f.FloatNode] = []
        # Backwards: a node is needed once a later one that is needed reads it.
        for node in reversed(self.builder.nodes):
            if isinstance(node, f.FloatOutput) or node.name in needed:
                kept.append(node)
                needed.update(node.inputs)
        return Graph(self.name, tuple(reversed(kept)))

    def downsample(
        self, x: str, path: str, *, kernel: int, stride: int, first: bool = False
    ) -> str:
        """A strided convolution, after a neuron except on the image."""
        b = self.builder
        # Pixels enter the first convolution as they are.
        x = x if first else b.neuron(x, f"{path}.encode_spike")
        x = b.conv(x, f"{path}.encode_conv", stride=stride, padding=kernel // 2)
        return b.batch_norm(x, f"{path}.encode_bn")

    def separable_conv(self, x: str, path: str, *, kernel: int) -> str:
        """1x1, depthwise, 1x1, each after a neuron."""
        b = self.builder
        y = b.conv_bn(b.neuron(x, f"{path}.spike1"), f"{path}.pwconv1")
        groups = b.shapes[y][1]
        y = b.conv_bn(
            b.neuron(y, f"{path}.spike2"), f"{path}.dwconv", padding=kernel // 2, groups=groups
        )
        return b.conv_bn(b.neuron(y, f"{path}.spike3"), f"{path}.pwconv2")

    def conv_block(self, x: str, path: str) -> str:
        """Separable convolution and two 3x3 convolutions, both residual."""
        b = self.builder
        x = b.add(f"{path}.residual1", x, self.separable_conv(x, f"{path}.Conv", kernel=7))
        y = b.conv(b.neuron(x, f"{path}.spike1"), f"{path}.conv1", padding=1)
        y = b.neuron(b.batch_norm(y, f"{path}.bn1"), f"{path}.spike2")
        y = b.batch_norm(b.conv(y, f"{path}.conv2", padding=1), f"{path}.bn2")
        return b.add(f"{path}.residual2", x, y)

    def transformer_block(self, x: str, path: str) -> str:
        """Separable convolution, attention and MLP, all residual."""
        b = self.builder
        x = b.add(f"{path}.residual1", x, self.separable_conv(x, f"{path}.conv", kernel=3))
        x = b.add(f"{path}.residual2", x, self.attention(x, f"{path}.attn"))
        return b.add(f"{path}.residual3", x, self.mlp(x, f"{path}.mlp"))

    def mlp(self, x: str, path: str) -> str:
        """Two 1x1 convolutions, each after a neuron."""
        b = self.builder
        y = b.conv(b.neuron(x, f"{path}.fc1_spike"), f"{path}.fc1_conv")
        y = b.neuron(b.batch_norm(y, f"{path}.fc1_bn"), f"{path}.fc2_spike")
        return b.batch_norm(b.conv(y, f"{path}.fc2_conv"), f"{path}.fc2_bn")

    def attention(self, x: str, path: str) -> str:
        """Linear attention on spikes: q (k^T v)."""
        b = self.builder
        x = b.neuron(self.add_position(x, path), f"{path}.head_spike")
        q, k, v = (b.neuron(b.conv_bn(x, f"{path}.{i}_conv"), f"{path}.{i}_spike") for i in "qkv")
        heads = self.variant.heads
        memory = self.write(k, v, f"{path}.kTv", heads)
        y = self.read(q, memory, f"{path}.qkv", heads)
        return b.conv_bn(b.neuron(y, f"{path}.attn_spike"), f"{path}.proj_conv")

    def add_position(self, x: str, path: str) -> str:
        """Adds the branch's positional table."""
        b = self.builder
        if not self.is_template:
            return b.position(x, f"{path}.s_pos_embed", [f"{path}.s_pos_embed"])
        steps = b.shapes[x][0]
        tables = [f"{path}.t_pos_embeds.{step}" for step in range(steps)]
        return b.position(x, f"{path}.t_pos_embeds", tables)

    def write(self, k: str, v: str, name: str, heads: int) -> str:
        """k^T v."""
        return self.builder.append(f.FloatMemoryWrite(name=name, inputs=(k, v), heads=heads))

    def read(self, q: str, memory: str, name: str, heads: int) -> str:
        """Q M times the attention scale, d_head**-0.5 (a float32 in the network) times 2."""
        y = self.builder.append(f.FloatMemoryRead(name=name, inputs=(q, memory), heads=heads))
        d_head = self.builder.shapes[q][1] // heads
        # The float32 rounding is the network's own, and must not be lost on the way to float64.
        return self.builder.scale(y, f"{name}.scale", float(np.float32(d_head**-0.5)) * 2.0)

    def memory(self, x: str, index: int) -> str:
        """The memory module: written by the template branch, read by the search branch."""
        path = f"encoder.mrm.{index}"
        if self.is_template:
            self.write_memory(x, f"{path}.retriever", index)
            return x
        b = self.builder
        x = b.add(f"{path}.residual1", x, self.retrieve(x, f"{path}.retriever", index))
        return b.add(f"{path}.residual2", x, self.mlp(x, f"{path}.mlp"))

    def to_grid(self, x: str, path: str) -> tuple[str, int]:
        """Pools a larger map down to the grid; returns the value and the factor."""
        factor = self.builder.shapes[x][2] // self.variant.grid
        if factor == 1:
            return x, 1
        return self.builder.append(
            f.FloatAvgPool(name=f"{path}.pool", inputs=(x,), factor=factor)
        ), factor

    def write_memory(self, x: str, path: str, index: int) -> None:
        """The template side of a memory module."""
        b = self.builder
        x, _ = self.to_grid(x, path)
        x = b.neuron(self.add_position(x, path), f"{path}.head_spike")
        k, v = (b.neuron(b.conv_bn(x, f"{path}.{i}_conv"), f"{path}.{i}_spike") for i in "kv")
        heads = self.variant.memory_heads(b.shapes[k][1])
        matrix = self.write(k, v, f"{path}.kTv", heads)
        b.append(f.FloatOutput(name=f"memory.{index}", inputs=(matrix,)))

    def retrieve(self, x: str, path: str, index: int) -> str:
        """The search side of a memory module."""
        b, steps = self.builder, self.variant.n_templates
        memory = self.memory_input(index)
        heads = self.variant.memory_heads(b.shapes[x][1])
        x, factor = self.to_grid(x, path)
        x = b.neuron(self.add_position(x, path), f"{path}.head_spike")
        q = shortcut = b.repeat(b.conv_bn(x, f"{path}.q_conv"), f"{path}.repeat", steps)
        y = self.read(b.neuron(q, f"{path}.q_spike"), memory, f"{path}.qkv", heads)
        for loop in range(self.variant.loops):
            shortcut = self.refine(y, shortcut, path, loop)
            q = b.neuron(shortcut, f"{path}.fuser_spike", call=loop)
            y = self.read(q, memory, call_name(f"{path}.qkv", loop + 1), heads)
        y = b.neuron(y, f"{path}.attn_spike")
        # With one template there is nothing to weigh, and the checkpoint's gate stands idle.
        y = b.conv_bn(self.fuse(y, path) if steps > 1 else y, f"{path}.proj_conv")
        return (
            b.append(f.FloatUpsample(name=f"{path}.upsample", inputs=(y,), factor=factor))
            if factor > 1
            else y
        )

    def memory_input(self, index: int) -> str:
        """The input that takes the memory the template branch wrote."""
        steps, _, *matrices = self.variant.memory_shapes()[index]
        shape = (steps, matrices[0], matrices[1], matrices[2])
        return self.builder.append(
            f.FloatInput(name=f"memory.{index}", shape=shape, signal="memory")
        )

    def refine(self, y: str, shortcut: str, path: str, loop: int) -> str:
        """Adds one recurrent refinement: depthwise and pointwise conv per step, shortcut, fuser."""
        b, steps = self.builder, self.variant.n_templates
        y = b.neuron(y, f"{path}.q_spike", call=loop + 1)
        depthwise = [f"{path}.seg_responder_dw.{step}" for step in range(steps)]
        channels = b.shapes[y][1]
        y = b.per_step(
            y, depthwise, f"{path}.seg_responder_dw", padding=1, groups=channels, call=loop
        )
        y = b.neuron(y, f"{path}.seg_dw_spike", call=loop)
        pointwise = [f"{path}.seg_responder_pw.{step}" for step in range(steps)]
        y = b.per_step(y, pointwise, f"{path}.seg_responder_pw", padding=0, groups=1, call=loop)
        y = b.add(call_name(f"{path}.shortcut", loop), shortcut, y)
        return b.conv_bn(b.neuron(y, f"{path}.seg_pw_spike", call=loop), f"{path}.fuser", call=loop)

    def fuse(self, x: str, path: str) -> str:
        """One answer of several: by the gate, or their mean."""
        return self.mean(x, path) if self.variant.mean_fusion else self.gate(x, path)

    def mean(self, x: str, path: str) -> str:
        """The mean over T, added step by step."""
        b, steps = self.builder, self.variant.n_templates
        parts = [
            b.append(m.SelectStep(name=f"{path}.mean.step{t}", inputs=(x,), step=t))
            for t in range(steps)
        ]
        total = b.add(f"{path}.mean.sum", *parts)
        return b.neuron(b.scale(total, f"{path}.mean", 1.0 / steps), f"{path}.gate_spike")

    def gate(self, x: str, path: str) -> str:
        """The T-channel gate: a network over positions gives each step's weight per channel."""
        b = self.builder
        y = b.append(m.PositionsToChannels(name=f"{path}.gate.positions", inputs=(x,)))
        y = b.neuron(b.conv(y, f"{path}.gate.mlp.0"), f"{path}.gate.mlp.1")
        logits = b.conv(y, f"{path}.gate.mlp.2")
        mixed = b.append(f.FloatGateMix(name=f"{path}.gate.mix", inputs=(x, logits)))
        return b.neuron(mixed, f"{path}.gate_spike")

    def head(self, x: str) -> None:
        """Centre head: three towers of four conv-BN-neuron, then 1x1; sigmoid is the host's."""
        b = self.builder
        x = b.neuron(x, "decoder.spike")
        for tower, output in zip(TOWERS, OUTPUTS, strict=True):
            y = x
            for i in range(1, 5):
                y = b.neuron(
                    b.conv_bn(y, f"decoder.conv{i}_{tower}", padding=1), f"decoder.{tower}{i}_spike"
                )
            y = b.conv(y, f"decoder.conv5_{tower}")
            b.append(f.FloatOutput(name=output, inputs=(y,)))
