"""Modules of other frameworks: their SynOps equal what their spikes and weights say."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from simulation.modules import ModuleRun, count_module

pytestmark = [
    pytest.mark.slow,
    pytest.mark.lava_environment("snntorch", "sinabs", "norse", "spikingjelly"),
]

STEPS, BATCH = 5, 2


class Stepwise(nn.Module):
    """A layer, neurons and a layer; `neuron` is called as its framework wants it."""

    def __init__(self, neuron: nn.Module, call: Callable[[nn.Module, Tensor], Tensor]) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.first, self.neuron, self.last = nn.Conv2d(1, 4, 3), neuron, nn.Linear(64, 7)
        self.last.weight.data[:, ::3] = 0
        self.call = call
        self.sent: list[Tensor] = []

    def forward(self, x: Tensor) -> Tensor:
        spikes = self.call(self.neuron, 4 * self.first(x))
        self.sent.append(spikes.flatten(1))
        out: Tensor = self.last(self.sent[-1])
        return out


def snntorch_net() -> Stepwise:
    snn: Any = import_module("snntorch")
    return Stepwise(snn.Leaky(beta=0.9, init_hidden=True), lambda neuron, x: neuron(x))


def sinabs_net() -> Stepwise:
    layers = import_module("sinabs.layers")
    return Stepwise(layers.LIF(tau_mem=10.0), lambda neuron, x: neuron(x[:, None])[:, 0])


def norse_net() -> Stepwise:
    norse = import_module("norse.torch")
    state: list[Any] = [None]

    def call(neuron: nn.Module, x: Tensor) -> Tensor:
        spikes, state[0] = neuron(x, state[0])
        result: Tensor = spikes
        return result

    return Stepwise(norse.LIFCell(), call)


def spikingjelly_net() -> Stepwise:
    neuron = import_module("spikingjelly.activation_based.neuron")
    return Stepwise(neuron.LIFNode(tau=2.0), lambda neuron, x: neuron(x))


@pytest.mark.parametrize("make", [snntorch_net, sinabs_net, norse_net, spikingjelly_net])
def test_counts_are_what_the_module_sends(make: Callable[[], Stepwise]) -> None:
    net = make()
    picture = torch.rand(BATCH, 1, 6, 6, generator=torch.Generator().manual_seed(0))
    counts = count_module(net, picture, ModuleRun(steps=STEPS)).counts
    sent = torch.stack(net.sent)
    assert 0 < sent.mean() < 1 and len(net.sent) == STEPS
    neuron, last = counts["neuron"], counts["last"]
    assert neuron.kind == "neuron" and neuron.messages == int(sent.sum())
    assert (neuron.neuron_updates, neuron.neurons) == (STEPS * BATCH * 64, 64)
    fanout = (net.last.weight != 0).sum(dim=0)
    assert last.kind == "conv" and last.events == int(sent.sum())
    assert last.graded == last.effective_acs == int((sent * fanout).sum())
    assert last.all_weights == 7 * last.events
    assert counts["first"].kind == "rgb_conv" and counts.frames == BATCH


def test_a_multi_step_network_of_spikingjelly_counts_as_its_single_steps() -> None:
    neuron = import_module("spikingjelly.activation_based.neuron")
    layer = import_module("spikingjelly.activation_based.layer")
    functional = import_module("spikingjelly.activation_based.functional")

    def build(mode: str) -> nn.Module:
        torch.manual_seed(0)
        net = nn.Sequential(
            layer.Conv2d(1, 4, 3), neuron.IFNode(), layer.MaxPool2d(2), layer.Flatten(),
            layer.Linear(16, 5), neuron.IFNode(), layer.Linear(5, 3),
        )  # fmt: skip
        functional.set_step_mode(net, mode)
        return net

    frames = 4 * torch.rand(STEPS, BATCH, 1, 6, 6, generator=torch.Generator().manual_seed(1))
    single = count_module(build("s"), frames, ModuleRun(steps=STEPS, time_first=True)).counts
    several = count_module(build("m"), frames, ModuleRun(time_first=True)).counts
    assert several.counters == single.counters and single.counters.graded > 0
    assert [layer.name for layer in several.layers] == [layer.name for layer in single.layers]
