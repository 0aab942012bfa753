"""sinabs: IAF neurons with one spike per step at most; its files count time in steps (dt = 1)."""

from importlib import import_module

import torch
from torch import nn

from conversion.nir_options import NirOptions, NirReset
from tests.frameworks.trials import N_STEPS, Trial, spikes_in


def trials() -> list[Trial]:
    """Convolution, sum pooling and dense, with either reset."""
    activation = import_module("sinabs.activation")
    return [
        _trial("iaf", "zero", activation.MembraneReset()),
        _trial("iaf_soft", "subtract", activation.MembraneSubtract()),
    ]


def _trial(name: str, rule: NirReset, reset: object) -> Trial:
    sinabs, layers = import_module("sinabs"), import_module("sinabs.layers")
    single = import_module("sinabs.activation").SingleSpike

    def neuron() -> nn.Module:
        # min_v_mem: NIR has no lower bound for the membrane.
        made: nn.Module = layers.IAFSqueeze(
            batch_size=1, num_timesteps=N_STEPS, spike_fn=single, reset_fn=reset, min_v_mem=None
        )
        return made

    torch.manual_seed(1)
    net = nn.Sequential(
        nn.Conv2d(2, 4, 3, padding=1), neuron(), layers.SumPool2d(2), nn.Flatten(),
        nn.Linear(64, 10), neuron(),
    )  # fmt: skip
    inputs = spikes_in(2, 8, 8)
    x = torch.from_numpy(inputs).float()
    sinabs.reset_states(net)
    with torch.no_grad():
        spikes = net(x).numpy().astype("uint8")
    sinabs.reset_states(net)
    graph = import_module("sinabs.nir").to_nir(net, x)
    graph.infer_types()  # else no input_shape, which nir cannot write
    options = NirOptions(dt=1.0, reset=rule, n_steps=N_STEPS)
    return Trial(f"sinabs_{name}", graph, inputs, spikes, options)
