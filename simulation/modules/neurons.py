"""Modules that are neurons: known by their class, or found by what they turn values into."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from simulation.modules.levels import SILENT, Levels
from spiketrack.counts.event_counts import LayerCounts

KNOWN = frozenset({
    "BaseNode",  # SpikingJelly
    "SpikingNeuron",  # snnTorch
    "StatefulLayer",  # sinabs
    "SNN", "SNNCell", "SNNRecurrent", "SNNRecurrentCell",  # Norse
    "NILIF",  # this project's networks
})  # fmt: skip
"""Names of the base classes of neurons in the frameworks that were tried. Why names: a framework
must not be imported to find out that a module is not of it."""


@dataclass
class NeuronTally:
    """What a layer of neurons, or the input, sends.

    Attributes:
        name: of its row.
        is_known: it is a neuron even if it never fires.
        levels: what is taken for spikes.
        values: sent or not, in all calls.
        hits: non-zero values.
    """

    name: str
    is_known: bool
    levels: Levels
    values: int = 0
    hits: int = 0
    _is_real: bool = False
    _step: float = SILENT
    _total: float = 0.0

    def add(self, output: torch.Tensor) -> None:
        """Takes what came out in one call."""
        self.values += output.numel()
        self.hits += int((output != 0).sum())
        self._total += float(output.detach().abs().sum(dtype=torch.float64))
        step = self.levels.step_of(output)
        if step is None:
            self._is_real = True
        elif step != SILENT:
            self._step = step if self._step == SILENT else min(self._step, step)

    @property
    def fired(self) -> bool:
        """Whether anything was sent."""
        return self.hits > 0

    def row(self, runs: int) -> LayerCounts:
        """The row of a layer of neurons.

        Args:
            runs: samples x steps, in each of which every neuron is updated once.
        """
        return LayerCounts(
            name=self.name,
            kind="neuron",
            neurons=self.values // runs,
            outputs=self.values,
            neuron_updates=self.values,
            state_reads=self.values,
            state_writes=self.values,
            messages=self.hits,
            unary_messages=self._unary(),
        )

    def input_row(self) -> LayerCounts:
        """The row of the input: of spikes those that are not zero are sent, of a picture all."""
        sent = self.values if self._is_real else self.hits
        return LayerCounts(
            name=self.name, kind="input", side="input", outputs=self.values, messages=sent,
            unary_messages=0 if self._is_real else self._unary(),
        )  # fmt: skip

    def _unary(self) -> int:
        return round(self._total / self._step) if self._step else 0


def is_known_neuron(part: nn.Module, more: tuple[type[nn.Module], ...]) -> bool:
    """Whether a module is a neuron by its class.

    Args:
        part: a part of a module.
        more: classes that the user names.
    """
    return isinstance(part, more) or any(base.__name__ in KNOWN for base in type(part).__mro__)


def find_output(result: Any, levels: Levels) -> torch.Tensor | None:
    """The first tensor of spikes in what a module gave: neurons give their state beside them.

    Args:
        result: a tensor, or tensors in tuples and lists.
        levels: what is taken for spikes.
    """
    if isinstance(result, torch.Tensor):
        return result if levels.step_of(result) is not None else None
    if isinstance(result, tuple | list):
        for part in result:
            found = find_output(part, levels)
            if found is not None:
                return found
    return None
