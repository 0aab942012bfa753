"""How long a search frame takes in the fast engine; run with `pytest --benchmark-only`."""

from typing import Any

import numpy as np
import pytest

from simulation.fast.engine import FastEngine
from spiketrack.graph import spike_nodes as s
from spiketrack.graph.graph import Graph


class Stack:
    """Conv blocks of the small backbone's first stages, with random weights."""

    def __init__(self) -> None:
        self.rng = np.random.default_rng(0)
        zeros = np.zeros(16, np.int32)
        self.nodes: list[s.SpikeNode] = [
            s.SpikeInput(
                name="x",
                shape=(1, 16, 128, 128),
                signal="spikes",
                low=0,
                high=4,
                scale=1.0,
                offset_q=zeros,
            )
        ]

    def neuron(self, source: str, spread: float) -> str:
        levels = np.floor(spread * np.array([[0.5, 1.5, 2.5, 3.5]])).astype(np.int64)
        name = f"{source}.spike"
        node = s.SpikeNILIF(
            name=name,
            inputs=(source,),
            max_spike=4,
            thresholds_q=levels,
            decay_q=np.zeros(0, np.int32),
            reset_q=0,
            bits=24,
        )
        self.nodes.append(node)
        return name

    def conv(
        self, name: str, source: str, c: int, o: int, k: int, groups: int = 1, stride: int = 1
    ) -> str:
        weight = self.rng.integers(-40, 41, (o, c // groups, k, k)).astype(np.int8)
        node = s.SpikeConv(
            name=name,
            inputs=(source,),
            weight_q=weight,
            weight_scale=np.ones(o),
            padding=(k // 2, k // 2),
            groups=groups,
            stride=(stride, stride),
        )
        self.nodes.append(node)
        return name

    def rescale(self, source: str, channels: int) -> str:
        node = s.SpikeRescale(
            name=f"{source}.stream",
            inputs=(source,),
            multiplier_q=self.rng.integers(1, 1 << 16, channels).astype(np.int32),
            shift_q=np.full(channels, 16, np.int8),
            bias_q=np.zeros(channels, np.int64),
            bits=24,
            scale=1.0,
        )
        self.nodes.append(node)
        return node.name

    def add(self, name: str, a: str, b: str) -> str:
        self.nodes.append(s.SpikeAdd(name=name, inputs=(a, b), bits=24, scale=1.0))
        return name

    def block(self, name: str, stream: str, c: int) -> str:
        """Separable 7x7, then two 3x3 convolutions, each with its shortcut."""
        y = self.conv(f"{name}.pw1", self.neuron(stream, 300), c, 2 * c, 1)
        y = self.conv(f"{name}.dw", self.neuron(y, 300), 2 * c, 2 * c, 7, groups=2 * c)
        y = self.conv(f"{name}.pw2", self.neuron(y, 300), 2 * c, c, 1)
        stream = self.add(f"{name}.mid", stream, self.rescale(y, c))
        y = self.conv(f"{name}.conv1", self.neuron(stream, 500), c, 4 * c, 3)
        y = self.conv(f"{name}.conv2", self.neuron(y, 900), 4 * c, c, 3)
        return self.add(f"{name}.end", stream, self.rescale(y, c))


def conv_stages() -> Graph[s.SpikeNode]:
    """Stages 1 and 2: 16 channels at 128x128, 32 at 64x64, twice 64 at 32x32."""
    stack = Stack()
    stream, channels = stack.rescale(stack.conv("stem", "x", 16, 16, 1), 16), 16
    for index, width in enumerate((16, 32, 64, 64)):
        if width != channels:
            y = stack.conv(f"down{index}", stack.neuron(stream, 700), channels, width, 3, stride=2)
            stream, channels = stack.rescale(y, width), width
        stream = stack.block(f"block{index}", stream, width)
    one = np.ones(1)
    stack.nodes.append(s.SpikeOutput(name="y", inputs=(stream,), scale=one, bias=np.zeros(1)))
    return Graph("stages", tuple(stack.nodes))


@pytest.mark.benchmark(group="fast engine")
@pytest.mark.parametrize("fuse", [True, False])
def test_conv_stages_of_a_search_frame(benchmark: Any, fuse: bool) -> None:
    engine = FastEngine(conv_stages(), fuse=fuse)
    x = {"x": np.random.default_rng(1).integers(0, 5, (1, 1, 16, 128, 128))}
    benchmark.pedantic(engine.run, args=(x,), rounds=20, warmup_rounds=3)
