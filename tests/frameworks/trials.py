"""A network of another framework: its NIR graph, what went in and the spikes that it gave itself.

Weights are random (torch seed 1), inputs are spikes at a rate of 0.4. Nothing is dyadic: equality
holds because no membrane happens to come within rounding of its threshold.
"""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from conversion.from_nir import read_nir
from conversion.nir_options import NirOptions
from simulation.floats.engine import run_float
from spiketrack.graph.checks import Array
from spiketrack.graph.float_nodes import FloatInput

N_STEPS = 50


@dataclass(frozen=True)
class Trial:
    """One network.

    Attributes:
        name: framework and network.
        graph: what its exporter made, a `nir.NIRGraph`.
        inputs: (T, ...) uint8.
        spikes: (T, ...) uint8 as the framework computes them.
        options: what its file means.
    """

    name: str
    graph: Any
    inputs: Array
    spikes: Array
    options: NirOptions


def spikes_in(*shape: int) -> Array:
    """Random input spikes (T, *shape) uint8."""
    return (np.random.default_rng(0).random((N_STEPS, *shape)) < 0.4).astype(np.uint8)


def stepwise(step: Callable[[torch.Tensor], torch.Tensor], inputs: Array) -> Array:
    """The spikes of a network that takes one step (1, ...) per call."""
    with torch.no_grad():
        rows = [step(torch.from_numpy(x[None]).float()) for x in inputs]
    return np.asarray(torch.cat(rows).numpy(), np.uint8)


def amplify(net: torch.nn.Module, factor: float) -> None:
    """Makes all weights larger, so that neurons fire."""
    with torch.no_grad():
        for parameter in net.parameters():
            if parameter.ndim > 1:
                parameter.mul_(factor)


@contextmanager
def their_warnings_ignored() -> Iterator[None]:
    """Frameworks warn about themselves; here that is nobody's business."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def ours(path: Path, inputs: Array, options: NirOptions) -> Array:
    """The spikes (T, ...) uint8 that the float engine gives for a NIR file."""
    graph = read_nir(path, options=options)
    (source,) = graph.inputs
    if not isinstance(source, FloatInput):
        raise TypeError("an input node was expected")
    x = inputs.reshape(source.shape[0], 1, *source.shape[1:]).astype(np.float32)
    (y,) = run_float(graph, {source.name: x}).outputs.values()
    return np.asarray(y.reshape(len(inputs), -1), np.uint8)
