"""One random layer of every neuron with registers, delay and flattening, and inputs for it.

Registers are drawn narrow as often as wide, so that some runs overflow.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from spiketrack.graph import float_nodes as f
from spiketrack.graph import spike_nodes as s
from spiketrack.graph import structural_nodes as m
from spiketrack.graph.graph import Graph

Array = np.ndarray[Any, Any]
Case = tuple[Graph[Any], dict[str, Array]]
Grid = tuple[int, int, int]


def number(value: int) -> Array:
    """One parameter for all neurons."""
    return np.full((1, 1, 1), value, np.int32)


def spike_input(shape: tuple[int, int, int, int], low: int, high: int) -> s.SpikeInput:
    offset = np.zeros(1, np.int32)
    return s.SpikeInput(
        name="x", shape=shape, signal="spikes", low=low, high=high, scale=1.0, offset_q=offset
    )


def output(source: str) -> s.SpikeOutput:
    one, zero = np.ones(1), np.zeros(1)
    return s.SpikeOutput(name=f"{source}.out", inputs=(source,), scale=one, bias=zero)


def dense(name: str, source: str, weight: Array) -> s.SpikeConv:
    """A dense layer, `weight` (O, C)."""
    weight_q = weight.astype(np.int8)[:, :, None, None]
    scale = np.ones(len(weight))
    return s.SpikeConv(name=name, inputs=(source,), weight_q=weight_q, weight_scale=scale)


def cuba_lif(name: str, source: str, **changes: Any) -> s.SpikeCubaLIF:
    """IF with threshold 1 unless told otherwise: one unit of input is one spike."""
    fields: dict[str, Any] = {
        "u_decay_q": number(4096),
        "v_decay_q": number(0),
        "threshold_q": number(1),
        "bias_mant_q": number(0),
        "recurrent_q": np.zeros((0, 0), np.int8),
    }
    return s.SpikeCubaLIF(name=name, inputs=(source,), **(fields | changes))


def per_neuron(rng: np.random.Generator, grid: Grid, low: int, high: int) -> Array:
    shape = [size if rng.random() < 0.5 else 1 for size in grid]
    return rng.integers(low, high + 1, shape).astype(np.int32)


def decays(rng: np.random.Generator, grid: Grid) -> dict[str, Any]:
    fields = {name: per_neuron(rng, grid, 0, 4096) for name in ("u_decay_q", "v_decay_q")}
    if rng.random() < 0.3:
        fields["u_decay_q"] = number(int(rng.choice([0, 4096])))
    if rng.random() < 0.3:
        fields["v_decay_q"] = number(int(rng.choice([0, 4096])))
    return fields


def random_cuba_lif(rng: np.random.Generator, grid: Grid, peak: int) -> s.SpikeCubaLIF:
    channels = grid[0]
    recurs = grid[1:] == (1, 1) and rng.random() < 0.7
    weight = rng.integers(-128, 128, (channels, channels)) if recurs else np.zeros((0, 0))
    exp = int(rng.integers(-8, 3))
    period = int(rng.integers(0, 6))
    return cuba_lif(
        "n",
        "x",
        **decays(rng, grid),
        threshold_q=per_neuron(rng, grid, 0, min(2**17 - 1, max(1, int(2.0**exp * peak * 2)))),
        bias_mant_q=per_neuron(rng, grid, -100, 100),
        bias_exp=int(rng.integers(0, 8)),
        recurrent_q=weight.astype(np.int8),
        weight_exp=exp,
        refractory=int(rng.integers(1, 5)),
        reset=str(rng.choice(["zero", "subtract"])),
        reset_period=period,
        reset_phase=int(rng.integers(0, period)) if period else 0,
        bits=int(rng.choice([14, 24, 24, 40])),
    )


def random_cuba_li(rng: np.random.Generator, grid: Grid, peak: int) -> s.SpikeCubaLI:
    return s.SpikeCubaLI(
        name="n",
        inputs=("x",),
        **decays(rng, grid),
        bias_mant_q=per_neuron(rng, grid, -100, 100),
        weight_exp=int(rng.integers(-8, 3)),
        bits=int(rng.choice([14, 24, 40])),
    )


def random_sigma(rng: np.random.Generator, grid: Grid, peak: int) -> s.SpikeSigma:
    return s.SpikeSigma(name="n", inputs=("x",), bits=int(rng.choice([10, 24, 40])))


def random_delta(rng: np.random.Generator, grid: Grid, peak: int) -> s.SpikeDelta:
    return s.SpikeDelta(
        name="n",
        inputs=("x",),
        threshold_q=per_neuron(rng, grid, 0, peak),
        input_exp=int(rng.integers(0, 7)),
        state_exp=int(rng.integers(0, 7)),
        bits=int(rng.choice([10, 24, 40])),
    )


def random_relu(rng: np.random.Generator, grid: Grid, peak: int) -> s.SpikeRelu:
    return s.SpikeRelu(
        name="n",
        inputs=("x",),
        bias_q=per_neuron(rng, grid, -peak, peak),
        shift=int(rng.integers(0, 5)),
        bits=int(rng.choice([8, 24])),
    )


def random_delay(rng: np.random.Generator, grid: Grid, peak: int) -> m.Delay:
    return m.Delay(name="n", inputs=("x",), steps_q=per_neuron(rng, grid, 0, 14))


def flatten(rng: np.random.Generator, grid: Grid, peak: int) -> m.Flatten:
    return m.Flatten(name="n", inputs=("x",))


MAKERS: dict[str, Callable[[np.random.Generator, Grid, int], Any]] = {
    "CUBA-LIF": random_cuba_lif,
    "CUBA-LI": random_cuba_li,
    "sigma": random_sigma,
    "delta": random_delta,
    "relu": random_relu,
    "delay": random_delay,
    "flatten": flatten,
}


def random_layer(kind: str, rng: np.random.Generator) -> Case:
    """Input -> layer -> output; T up to 12, batch 2, values of one of several sizes."""
    steps, channels = int(rng.integers(1, 13)), int(rng.integers(1, 7))
    height, width = (1, 1) if rng.random() < 0.4 else (int(n) for n in rng.integers(1, 5, 2))
    peak = int(rng.choice([1, 4, 255, 3000, 200_000, 2**23 - 1]))
    low = 0 if rng.random() < 0.3 else -peak
    node = MAKERS[kind](rng, (channels, height, width), peak)
    shape = (steps, channels, height, width)
    graph = Graph("layer", (spike_input(shape, low, peak), node, output("n")))
    x = rng.integers(low, peak + 1, (steps, 2, channels, height, width))
    return graph, {"x": np.where(rng.random(x.shape) < rng.uniform(0.05, 1.0), x, 0)}


def float_cuba(name: str, source: str, recurrent: Array) -> f.FloatCubaLIF:
    """Leaks a half each step and fires above 1."""
    one: dict[str, Any] = {
        key: np.full((1, 1, 1), value) for key, value in FLOAT_PARAMETERS.items()
    }
    return f.FloatCubaLIF(name=name, inputs=(source,), recurrent=recurrent, **one)


FLOAT_PARAMETERS = {
    "u_keep": 0.0,
    "u_gain": 1.0,
    "v_keep": 0.5,
    "v_gain": 1.0,
    "v_drive": 0.0,
    "threshold": 1.0,
    "v_reset": 0.0,
}
