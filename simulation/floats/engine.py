"""The float engine runs a float graph in torch, in the network's own order of operations."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F
from typing_extensions import assert_never

from simulation.floats.neurons import exceed, fire_cuba, integrate_cuba
from simulation.reference.neurons import delay
from simulation.run import Observer, Run, current_name
from spiketrack.errors import GraphError
from spiketrack.graph import float_nodes as f
from spiketrack.graph import structural_nodes as m
from spiketrack.graph.graph import Graph
from spiketrack.graph.kinds import FloatFiring, FloatNeuron
from spiketrack.graph.signals import memory_values

BACKEND = "float"


@torch.no_grad()
@torch.backends.nnpack.flags(enabled=False)  # as the network: NNPACK convolves inexactly
def run_float(
    graph: Graph[f.FloatNode],
    inputs: Mapping[str, Any],
    *,
    dtype: torch.dtype = torch.float32,
    keep: bool = True,
    forced: Mapping[str, Any] | None = None,
    observer: Observer | None = None,
) -> Run:
    """Runs a float graph once.

    Args:
        graph: a verified float graph.
        inputs: arrays (T, B, C, H, W) per input node.
        dtype: torch.float32 as the network, or torch.float64.
        keep: keep every value and membrane, not only outputs.
        forced: values that replace what these nodes would compute (for layer by layer comparison).
        observer: is shown every watched value, channels last, spikes as uint8.

    Returns:
        A `Run`; neuron values are integers as uint8.
    """
    engine = _FloatRun(dtype)
    dropped, memories = graph.last_uses(), memory_values(graph)
    values: dict[str, Tensor] = {}
    states: dict[str, Any] = {}
    for node in graph:
        if isinstance(node, f.FloatInput):
            values[node.name] = _take(graph, node, inputs, dtype)
        else:
            arguments = [values[name] for name in node.inputs]
            values[node.name], registers = engine.evaluate_with_states(node, arguments)
            if keep:
                states.update({name: register.numpy() for name, register in registers.items()})
        if forced and node.name in forced:
            values[node.name] = torch.as_tensor(np.asarray(forced[node.name])).to(dtype)
        if observer is not None and node.name in observer.watched:
            is_memory = node.name in memories
            observer.add(node.name, _as_observed(node, values[node.name], is_memory=is_memory))
        if not keep:
            for name in dropped.get(node.name, []):
                del values[name]
    outputs = {node.name: values[node.name].numpy() for node in graph.outputs}
    if not keep:
        return Run(BACKEND, outputs)
    return Run(
        BACKEND, outputs, {name: _export(graph[name], x) for name, x in values.items()}, states
    )


def fire(node: f.FloatNILIF, x: Tensor) -> tuple[Tensor, Tensor]:
    """Spikes (integers in the input's dtype) and membranes of an NI-LIF layer."""
    spikes, membranes = torch.empty_like(x), torch.empty_like(x)
    for t in range(len(x)):
        u = x[t]
        if t > 0 and node.decay.size:
            # The order of these operations is the network's: float sums depend on it.
            rest = (membranes[t - 1] - spikes[t - 1] / node.max_spike) * float(node.decay[t - 1])
            u = rest + u
        membranes[t] = u
        # torch rounds half to even; the integer thresholds are made for that rule.
        spikes[t] = torch.round(torch.clamp(u, 0, node.max_spike))
    return spikes, membranes


class _FloatRun:
    """Stateless float nodes, one torch expression each."""

    def __init__(self, dtype: torch.dtype) -> None:
        self.dtype = dtype

    def tensor(self, array: np.ndarray[Any, Any]) -> Tensor:
        """An array in the run's dtype."""
        return torch.from_numpy(array.copy()).to(self.dtype)

    def evaluate_with_states(
        self, node: f.FloatNode, x: list[Tensor]
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """The value of one node, and its registers by the names they have in a `Run`."""
        if isinstance(node, FloatNeuron):
            return self._neuron_with_states(node, x[0])
        return self.evaluate(node, x), {}

    def _neuron_with_states(self, node: FloatNeuron, x: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        match node:
            case f.FloatNILIF():
                spikes, membranes = fire(node, x)
                return spikes, {node.name: membranes}
            case f.FloatCubaLIF():
                spikes, u, v = fire_cuba(node, x, self.dtype)
                return spikes, {node.name: v, current_name(node.name): u}
            case f.FloatCubaLI():
                u, v = integrate_cuba(node, x, self.dtype)
                return v, {node.name: v, current_name(node.name): u}
            case f.FloatThreshold():
                return exceed(node, x, self.dtype), {}
            case _:
                assert_never(node)

    def evaluate(self, node: f.FloatNode, x: list[Tensor]) -> Tensor:
        """The value of one node that is no neuron.

        Raises:
            TypeError: a neuron, whose value has a history, or an input.
        """
        if isinstance(node, FloatNeuron | f.FloatInput):
            raise TypeError(f"{type(node).__name__} has no stateless value")
        match node:
            case f.FloatConv():
                return self.conv(node, x[0])
            case f.FloatBatchNorm():
                # Mean and bias folded first, as the network does when it evaluates.
                shift = self.tensor(node.bias) - self.tensor(node.mean) * self.tensor(node.gain)
                return x[0] * self.tensor(node.gain)[:, None, None] + shift[:, None, None]
            case f.FloatScale():
                return x[0] * node.factor
            case f.FloatAdd():
                return sum(x[1:], start=x[0])
            case f.FloatBias():
                return x[0] + self.tensor(node.table)[:, None]
            case f.FloatAvgPool():
                return _per_frame(x[0], lambda y: F.avg_pool2d(y, node.factor))
            case f.FloatUpsample():
                return _per_frame(
                    x[0], lambda y: F.interpolate(y, scale_factor=node.factor, mode="bilinear")
                )
            case f.FloatMemoryWrite():
                k, v = (_heads(value, node.heads) for value in x)
                return k @ v.transpose(-1, -2)
            case f.FloatMemoryRead():
                q = _heads(x[0], node.heads)
                return (x[1].transpose(-1, -2) @ q).reshape(*x[0].shape[:2], -1, *x[0].shape[3:])
            case f.FloatGateMix():
                return _mix(x[0], x[1])
            case f.FloatOutput():
                return x[0]
            case m.Repeat():
                return x[0].repeat_interleave(node.n_steps, 0)
            case m.SelectStep():
                return x[0][node.step : node.step + 1]
            case m.StackSteps():
                return torch.cat(x)
            case m.PositionsToChannels():
                return x[0].flatten(3).transpose(2, 3).unsqueeze(-1)
            case m.Flatten():
                return x[0].flatten(2)[..., None, None]
            case m.Delay():
                return torch.from_numpy(delay(x[0].numpy(), node.steps_q))
            case _:
                assert_never(node)

    def conv(self, node: f.FloatConv, x: Tensor) -> Tensor:
        """A convolution, bias added after."""
        weight, bias = self.tensor(node.weight), self.tensor(node.bias)
        y = F.conv2d(
            x.flatten(0, 1), weight, None, node.stride, node.padding, node.dilation, node.groups
        )
        # In one operation the library may add the bias first, which rounds otherwise.
        return (y + bias[:, None, None]).reshape(*x.shape[:2], *y.shape[1:])


def _per_frame(x: Tensor, function: Any) -> Tensor:
    y: Tensor = function(x.flatten(0, 1))
    return y.reshape(*x.shape[:2], *y.shape[1:])


def _heads(x: Tensor, heads: int) -> Tensor:
    """(T, B, C, H, W) -> (T, B, heads, C/heads, N)."""
    return x.flatten(3).reshape(*x.shape[:2], heads, -1, x.shape[3] * x.shape[4])


def _mix(x: Tensor, logits: Tensor) -> Tensor:
    """Softmax over steps per channel, then the weighted sum; axes as in the network."""
    # The axis of the softmax comes last, as in the network, whose kernel sums in that order.
    weight = torch.softmax(logits[:, :, 0, :, 0].permute(1, 2, 0), dim=-1)
    mixed = (x.permute(1, 2, 0, 3, 4) * weight[..., None, None]).sum(dim=2)
    return mixed[None]


def _take(
    graph: Graph[f.FloatNode], node: f.FloatInput, inputs: Mapping[str, Any], dtype: torch.dtype
) -> Tensor:
    if node.name not in inputs:
        raise GraphError(f"input '{node.name}' of graph '{graph.name}'", "an array", "nothing")
    x = torch.as_tensor(inputs[node.name]).to(dtype)
    if x.ndim != 5 or (x.shape[0], *x.shape[2:]) != node.shape:
        raise GraphError(
            f"input '{node.name}'", f"shape {node.shape} with a batch axis", str(tuple(x.shape))
        )
    return x


def _as_observed(node: f.FloatNode, x: Tensor, *, is_memory: bool) -> np.ndarray[Any, Any]:
    """A value as an observer takes it: channels last, but a memory in its own order of axes."""
    return _export(node, x if is_memory else x.permute(0, 1, 3, 4, 2).contiguous())


def _export(node: f.FloatNode, x: Tensor) -> np.ndarray[Any, Any]:
    """The array of a value; spikes as uint8, since no float neuron emits more than 255."""
    narrow = x.to(torch.uint8) if isinstance(node, FloatFiring) else x
    array: np.ndarray[Any, Any] = narrow.numpy()
    return array
