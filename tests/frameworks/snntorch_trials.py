"""snnTorch: hard reset is NIR's rule; its default, a soft reset one step late, is not."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

import torch
from torch import nn

from conversion.nir_options import NirOptions, NirReset
from tests.frameworks.trials import N_STEPS, Trial, amplify, spikes_in, stepwise

AT_ONCE = {"reset_mechanism": "zero", "reset_delay": False}
SOFT = {"reset_mechanism": "subtract", "reset_delay": False}
LATE = {"reset_mechanism": "subtract", "reset_delay": True}
"""snnTorch's default: v[t] = beta v[t-1] + x - s[t-1] threshold, the reset does not decay."""


def trials(*, reset: dict[str, Any] = AT_ONCE, gain: float = 3.0) -> list[Trial]:
    """Convolution and pooling, current-based neurons, a recurrent layer."""
    makers = {"conv": _conv, "cuba": _cuba, "recurrent": _recurrent}
    return [_trial(name, make, reset, gain) for name, make in makers.items()]


def _trial(name: str, make: Callable[..., Any], reset: dict[str, Any], gain: float) -> Trial:
    export = import_module("snntorch.export_nir").export_to_nir
    torch.manual_seed(1)
    net = make(**reset)
    amplify(net, gain)
    inputs = spikes_in(2, 8, 8) if name == "conv" else spikes_in(12)
    graph = export(net, torch.from_numpy(inputs[:1]).float(), ignore_dims=[0])
    for module in net:
        if hasattr(module, "reset_mem"):
            module.reset_mem()
    rule: NirReset = "zero" if reset["reset_mechanism"] == "zero" else "subtract"
    options = NirOptions(dt=1e-4, reset=rule, n_steps=N_STEPS)
    return Trial(f"snntorch_{name}", graph, inputs, stepwise(net, inputs), options)


# Why a full tensor per parameter: nir 1.0.8 refuses the scalars that snnTorch would export.
def _leaky(beta: float, *shape: int, **reset: Any) -> Any:
    snn = import_module("snntorch")
    full, ones = torch.full(shape, beta), torch.ones(shape)
    return snn.Leaky(beta=full, threshold=ones, init_hidden=True, **reset)


def _synaptic(alpha: float, beta: float, size: int, **reset: Any) -> Any:
    snn = import_module("snntorch")
    slow, fast, ones = torch.full((size,), alpha), torch.full((size,), beta), torch.ones(size)
    return snn.Synaptic(alpha=slow, beta=fast, threshold=ones, init_hidden=True, **reset)


def _conv(**reset: Any) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(2, 4, 3, padding=1), _leaky(0.9, 4, 8, 8, **reset), nn.AvgPool2d(2),
        nn.Flatten(), nn.Linear(64, 10), _leaky(0.8, 10, **reset),
    )  # fmt: skip


def _cuba(**reset: Any) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(12, 20), _synaptic(0.8, 0.9, 20, **reset),
        nn.Linear(20, 6), _synaptic(0.7, 0.85, 6, **reset),
    )  # fmt: skip


def _recurrent(**reset: Any) -> nn.Sequential:
    snn = import_module("snntorch")
    all_to_all = snn.RLeaky(beta=0.8, linear_features=20, init_hidden=True, **reset)
    one_to_one = snn.RLeaky(beta=0.9, all_to_all=False, V=-torch.rand(6), init_hidden=True, **reset)
    return nn.Sequential(nn.Linear(12, 20), all_to_all, nn.Linear(20, 6), one_to_one)
