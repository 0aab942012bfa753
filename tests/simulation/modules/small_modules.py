"""Small modules for the tests of `simulation.modules`."""

import torch
from torch import nn


class Fire(nn.Module):
    """A neuron without state: a spike of `size` where the input reaches the threshold."""

    def __init__(self, threshold: float = 0.5, size: float = 1.0) -> None:
        super().__init__()
        self.threshold, self.size = threshold, size

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return (x >= self.threshold).to(x.dtype) * self.size


class Levels4(nn.Module):
    """A neuron of four levels: s/4 with s from 0 to 4."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return (x.clamp(0, 4) + 0.5).floor() / 4


class Accumulate(nn.Module):
    """An integrate-and-fire neuron that keeps its membrane from call to call."""

    def __init__(self) -> None:
        super().__init__()
        self.v: torch.Tensor | float = 0.0

    def reset(self) -> None:
        self.v = 0.0

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.v = self.v + x
        spikes = (self.v >= 1).to(x.dtype)
        self.v = self.v - spikes
        return spikes


def filled(module: nn.Module, *, zeros: float = 0.3, seed: int = 0) -> nn.Module:
    """A module with small whole weights, a share of them zero."""
    draw = torch.Generator().manual_seed(seed)
    for weight in module.parameters():
        whole = torch.randint(1, 4, weight.shape, generator=draw).to(weight.dtype)
        keep = torch.rand(weight.shape, generator=draw) >= zeros
        weight.data = whole * keep
    return module


def spikes(*shape: int, rate: float = 0.4, top: int = 1, seed: int = 0) -> torch.Tensor:
    """Whole spikes from 0 to `top`."""
    draw = torch.Generator().manual_seed(seed)
    fires = torch.rand(shape, generator=draw) < rate
    return (torch.randint(1, top + 1, shape, generator=draw) * fires).float()
