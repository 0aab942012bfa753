"""Builds a float graph layer by layer from a state dict, and remembers which keys it has read."""

from collections.abc import Mapping

import numpy as np
import torch

from spiketrack.errors import CheckpointError
from spiketrack.graph import float_nodes as f
from spiketrack.graph import structural_nodes as m
from spiketrack.graph.checks import Array
from spiketrack.graph.float_nodes import FloatNode, Shape
from spiketrack.graph.graph import Graph
from spiketrack.graph.shapes import output_shape

BATCH_NORM_EPS = np.float32(1e-5)


class FloatBuilder:
    """Appends nodes one after another; every method returns the name of the value it made.

    Args:
        weights: state dict as NumPy arrays, keys as in the official checkpoint.
        max_spike: D of every neuron.
    """

    def __init__(self, weights: Mapping[str, Array], max_spike: int) -> None:
        self.weights = weights
        self.max_spike = max_spike
        self.nodes: list[FloatNode] = []
        self.shapes: dict[str, Shape] = {}
        self.read_keys: set[str] = set()

    def graph(self, name: str) -> Graph[FloatNode]:
        """The finished, verified graph."""
        return Graph(name, tuple(self.nodes))

    def append(self, node: FloatNode) -> str:
        """Adds any node."""
        self.shapes[node.name] = output_shape(node, [self.shapes[name] for name in node.inputs])
        self.nodes.append(node)
        return node.name

    def array(self, key: str) -> Array:
        """Reads a tensor of the state dict as float64.

        Raises:
            CheckpointError: the key is missing.
        """
        if key not in self.weights:
            raise CheckpointError(f"state dict key '{key}'", "a tensor", "nothing")
        self.read_keys.add(key)
        return np.asarray(self.weights[key]).astype(np.float64)

    def conv(
        self,
        x: str,
        path: str,
        *,
        stride: int = 1,
        padding: int = 0,
        groups: int = 1,
        call: int = 0,
    ) -> str:
        """A Conv2d, or a Conv1d of kernel 1, stored at `path`."""
        weight = self.array(f"{path}.weight")
        weight = weight[..., None] if weight.ndim == 3 else weight
        has_bias = f"{path}.bias" in self.weights
        bias = self.array(f"{path}.bias") if has_bias else np.zeros(len(weight))
        return self.append(
            f.FloatConv(
                name=call_name(path, call), inputs=(x,), weight=weight, bias=bias,
                stride=(stride, stride), padding=(padding, padding), groups=groups,
            )
        )  # fmt: skip

    def batch_norm(self, x: str, path: str, *, call: int = 0) -> str:
        """A BatchNorm in inference, its gain computed in float32 as the network computes it."""
        weight, bias, mean, var = (
            self.array(f"{path}.{leaf}").astype(np.float32)
            for leaf in ("weight", "bias", "running_mean", "running_var")
        )
        tracked = f"{path}.num_batches_tracked"
        if tracked in self.weights:
            self.read_keys.add(tracked)
        gain = (weight * (np.float32(1) / np.sqrt(var + BATCH_NORM_EPS))).astype(np.float64)
        return self.append(
            f.FloatBatchNorm(
                name=call_name(path, call), inputs=(x,), gain=gain,
                mean=mean.astype(np.float64), bias=bias.astype(np.float64),
            )
        )  # fmt: skip

    def conv_bn(
        self,
        x: str,
        path: str,
        *,
        stride: int = 1,
        padding: int = 0,
        groups: int = 1,
        call: int = 0,
    ) -> str:
        """A Sequential of convolution (`path`.0) and BatchNorm (`path`.1)."""
        x = self.conv(x, f"{path}.0", stride=stride, padding=padding, groups=groups, call=call)
        return self.batch_norm(x, f"{path}.1", call=call)

    def neuron(self, x: str, path: str, *, call: int = 0) -> str:
        """An NI-LIF layer and the division of its spikes by D."""
        n_steps = self.shapes[x][0]
        theta = self.array(f"{path}.decay").astype(np.float32)[: n_steps - 1]
        # Why torch: NumPy's exponential differs from the network's sigmoid in the last bit.
        decay = torch.from_numpy(theta).sigmoid().numpy().astype(np.float64)
        name = call_name(path, call)
        self.append(f.FloatNILIF(name=name, inputs=(x,), max_spike=self.max_spike, decay=decay))
        return self.scale(name, f"{name}.normalise", 1.0 / self.max_spike)

    def scale(self, x: str, name: str, factor: float) -> str:
        """A multiplication by a number."""
        return self.append(f.FloatScale(name=name, inputs=(x,), factor=factor))

    def add(self, name: str, *inputs: str) -> str:
        """A sum of values."""
        return self.append(f.FloatAdd(name=name, inputs=inputs))

    def position(self, x: str, path: str, keys: list[str]) -> str:
        """Adds one stored table (1, C, N) per step of the value, `keys` naming them."""
        _, c, h, w = self.shapes[x]
        table = np.stack([self.array(key).reshape(c, h, w) for key in keys])
        return self.append(f.FloatBias(name=path, inputs=(x,), table=table))

    def repeat(self, x: str, name: str, n_steps: int) -> str:
        """Shows a single step n times; nothing for n = 1."""
        return x if n_steps == 1 else self.append(m.Repeat(name=name, inputs=(x,), n_steps=n_steps))

    def per_step(
        self, x: str, paths: list[str], name: str, *, padding: int, groups: int, call: int
    ) -> str:
        """Adds a convolution and batch norm for each step, each with weights of its own."""
        outputs = []
        for step, path in enumerate(paths):
            part = x
            if len(paths) > 1:
                part = self.append(
                    m.SelectStep(name=f"{call_name(path, call)}.step", inputs=(x,), step=step)
                )
            outputs.append(self.conv_bn(part, path, padding=padding, groups=groups, call=call))
        if len(outputs) == 1:
            return outputs[0]
        return self.append(m.StackSteps(name=call_name(name, call), inputs=tuple(outputs)))


def call_name(path: str, call: int) -> str:
    """Module path, with '@n' for the n-th further call of the same module."""
    return f"{path}@{call}" if call else path
