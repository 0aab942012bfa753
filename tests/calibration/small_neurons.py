"""Small float graphs of neurons with a current, as they come from other frameworks' files."""

from typing import Any

import numpy as np
import torch

from calibration.quantise import QuantisedGraph
from simulation.floats.engine import run_float
from simulation.reference.engine import run_reference
from simulation.run import Run
from spiketrack.graph import float_nodes as f
from spiketrack.graph import spike_nodes as s
from spiketrack.graph.checks import Array
from spiketrack.graph.float_nodes import FloatNode
from spiketrack.graph.graph import Graph


def entry(
    channels: int = 2, steps: int = 1, grid: tuple[int, int] = (1, 1), signal: Any = "spikes"
) -> f.FloatInput:
    """Inputs (steps, channels, *grid)."""
    return f.FloatInput(name="x", shape=(steps, channels, *grid), signal=signal)


def dense(name: str, source: str, weight: Any, bias: Any = 0.0) -> f.FloatConv:
    """A dense layer (O, I) on a 1 x 1 grid."""
    kernel = np.atleast_2d(np.asarray(weight, np.float64))[:, :, None, None]
    return f.FloatConv(
        name=name, inputs=(source,), weight=kernel, bias=np.zeros(len(kernel)) + np.asarray(bias)
    )


def lif(name: str, source: str, **fields: Any) -> f.FloatCubaLIF:
    """An IF neuron with threshold 1, but for what `fields` say."""
    given: dict[str, Any] = {"u_keep": 0.0, "u_gain": 1.0, "v_keep": 1.0, "v_gain": 1.0}
    given |= {"v_drive": 0.0, "threshold": 1.0, "v_reset": 0.0} | fields
    recurrent = np.asarray(given.pop("recurrent", np.zeros((0, 0))), np.float64)
    reset = given.pop("reset", "value")
    arrays: dict[str, Any] = {key: per_neuron(value) for key, value in given.items()}
    return f.FloatCubaLIF(name=name, inputs=(source,), recurrent=recurrent, reset=reset, **arrays)


def readout(name: str, source: str, **fields: float) -> f.FloatCubaLI:
    """An integrator, but for what `fields` say."""
    given = {"u_keep": 0.0, "u_gain": 1.0, "v_keep": 1.0, "v_gain": 1.0, "v_drive": 0.0} | fields
    arrays: dict[str, Any] = {key: per_neuron(value) for key, value in given.items()}
    return f.FloatCubaLI(name=name, inputs=(source,), **arrays)


def per_neuron(value: Any) -> Array:
    """A number or (C,) to (C, 1, 1); other arrays as they are."""
    array = np.asarray(value, np.float64)
    return array if array.ndim == 3 else array.reshape(-1, 1, 1)


def out(source: str, name: str = "out") -> f.FloatOutput:
    """An output."""
    return f.FloatOutput(name=name, inputs=(source,))


def graph(*nodes: FloatNode) -> Graph[FloatNode]:
    """A graph of these nodes."""
    return Graph("g", nodes)


def both_runs(model: QuantisedGraph, x: Array) -> tuple[Run, Run]:
    """The integer run and the float64 run on raw integers (T, B, C, H, W)."""
    timed = model.retimed(len(x))
    scale = timed.graph["x"].scale  # type: ignore[union-attr]
    real = run_float(timed.source, {"x": x * scale}, dtype=torch.float64)
    return run_reference(timed.graph, {"x": x}), real


def random_spikes(steps: int, channels: int, *, rate: float = 0.3, batch: int = 4) -> Array:
    """Binary spikes (steps, batch, channels, 1, 1)."""
    drawn = np.random.default_rng(5).random((steps, batch, channels, 1, 1))
    return (drawn < rate).astype(np.int64)


def neuron(model: QuantisedGraph, name: str = "n") -> s.SpikeCubaLIF:
    """A CUBA-LIF layer of a quantised graph."""
    node = model.graph[name]
    assert isinstance(node, s.SpikeCubaLIF)
    return node
