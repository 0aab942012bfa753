"""Computes float neurons with current and membrane in torch; the nodes state the equations."""

import torch
from torch import Tensor

from spiketrack.graph import float_nodes as f
from spiketrack.graph.checks import Array
from spiketrack.graph.kinds import FloatCuba


def fire_cuba(node: f.FloatCubaLIF, x: Tensor, dtype: torch.dtype) -> tuple[Tensor, Tensor, Tensor]:
    """Spikes, currents and membranes before the reset, each like x (T, B, C, H, W)."""
    threshold, v_reset = _tensor(node.threshold, dtype), _tensor(node.v_reset, dtype)
    recurrent = _tensor(node.recurrent, dtype)
    spikes, currents, membranes = (torch.empty_like(x) for _ in range(3))
    u, v, s = (torch.zeros_like(x[0]) for _ in range(3))
    for t in range(len(x)):
        a = x[t] + torch.einsum("oc,bchw->bohw", recurrent, s) if recurrent.numel() else x[t]
        u, v = _integrate(node, a, u, v, dtype)
        s = (v > threshold).to(dtype)
        spikes[t], currents[t], membranes[t] = s, u, v
        after = v_reset if node.reset == "value" else v - threshold
        v = torch.where(s > 0, after, v)
    return spikes, currents, membranes


def integrate_cuba(node: f.FloatCubaLI, x: Tensor, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    """Currents and membranes, each like x (T, B, C, H, W)."""
    currents, membranes = torch.empty_like(x), torch.empty_like(x)
    u, v = torch.zeros_like(x[0]), torch.zeros_like(x[0])
    for t in range(len(x)):
        u, v = _integrate(node, x[t], u, v, dtype)
        currents[t], membranes[t] = u, v
    return currents, membranes


def exceed(node: f.FloatThreshold, x: Tensor, dtype: torch.dtype) -> Tensor:
    """Spikes of a threshold without state."""
    return (x > _tensor(node.level, dtype)).to(dtype)


def _integrate(
    node: FloatCuba, a: Tensor, u: Tensor, v: Tensor, dtype: torch.dtype
) -> tuple[Tensor, Tensor]:
    """One step of both registers."""
    # With current "old" the membrane reads the current of the step before.
    before = u
    u = u * _tensor(node.u_keep, dtype) + a * _tensor(node.u_gain, dtype)
    v_drive, driving = _tensor(node.v_drive, dtype), u if node.current == "new" else before
    v = v * _tensor(node.v_keep, dtype) + driving * _tensor(node.v_gain, dtype) + v_drive
    return u, v


def _tensor(array: Array, dtype: torch.dtype) -> Tensor:
    return torch.from_numpy(array.copy()).to(dtype)
