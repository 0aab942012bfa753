"""Norse: LIF box neurons and IAF neurons.

`norse.torch.to_nir(dt=1)` writes true time constants; with its default 0.001 they come out 1000
times too short. Its LIFCell is left out: the exporter forgets the factor tau_syn / dt of the input.
"""

from importlib import import_module
from typing import Any

import torch
from torch import nn

from conversion.nir_options import NirOptions
from tests.frameworks.trials import N_STEPS, Trial, amplify, spikes_in


def trials() -> list[Trial]:
    """Two dense networks."""
    return [_trial("lif", _lif_box, 1e-3), _trial("iaf", _iaf, 1.0)]


def _trial(name: str, neuron: Any, dt: float) -> Trial:
    norse = import_module("norse.torch")
    torch.manual_seed(1)
    net = norse.SequentialState(
        nn.Linear(12, 20), neuron(norse, 20, 0.3), nn.Linear(20, 6), neuron(norse, 6, 0.1)
    )
    amplify(net, 3.0)
    inputs = spikes_in(12)
    graph = norse.to_nir(net, torch.from_numpy(inputs[0]).float(), dt=1.0)
    state, rows = None, []
    with torch.no_grad():
        for x in inputs:
            spikes, state = net(torch.from_numpy(x[None]).float(), state)
            rows.append(spikes)
    told = torch.cat(rows).numpy().astype("uint8")
    return Trial(f"norse_{name}", graph, inputs, told, NirOptions(dt=dt, n_steps=N_STEPS))


def _lif_box(norse: Any, size: int, threshold: float) -> Any:
    parameters = norse.LIFBoxParameters(
        tau_mem_inv=torch.full((size,), 100.0), v_th=torch.full((size,), threshold),
        v_leak=torch.zeros(size), v_reset=torch.zeros(size),
    )  # fmt: skip
    return norse.LIFBoxCell(parameters)


def _iaf(norse: Any, size: int, threshold: float) -> Any:
    return norse.IAFCell(norse.IAFParameters(v_th=torch.full((size,), 3.0 * threshold)))
