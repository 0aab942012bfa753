"""Small networks that are no tracker, as graphs and as files of other tools."""

from pathlib import Path
from typing import Any

import nir
import numpy as np
from numpy.typing import NDArray

from conversion.netx import write_netx
from spiketrack.graph import spike_nodes as s
from spiketrack.graph import structural_nodes as m
from spiketrack.graph.graph import Graph
from spiketrack.graph.spike_nodes import SpikeNode

N_IN, N_OUT = 3, 2
GRID = (2, 4, 4)


def full(value: int) -> NDArray[Any]:
    """One int32 for all neurons."""
    return np.full((1, 1, 1), value, np.int32)


def lif(name: str, source: str, threshold: int) -> s.SpikeCubaLIF:
    """Integrate and fire without leak: u forgets, v keeps, strict threshold."""
    return s.SpikeCubaLIF(
        name=name, inputs=(source,), u_decay_q=full(4096), v_decay_q=full(0),
        threshold_q=full(threshold), bias_mant_q=full(0),
        recurrent_q=np.zeros((0, 0), np.int8),
    )  # fmt: skip


def dense(name: str, source: str, weight: list[list[int]]) -> s.SpikeConv:
    """A dense layer on a 1 x 1 grid."""
    weight_q = np.array(weight, np.int8)[:, :, None, None]
    scale = np.ones(len(weight_q))
    return s.SpikeConv(name=name, inputs=(source,), weight_q=weight_q, weight_scale=scale)


def integrator() -> Graph[SpikeNode]:
    """Three spikes in, two neurons: one adds the first two, one needs two spikes of the third."""
    one = np.ones(1)
    return Graph(
        "net",
        (
            s.SpikeInput(
                name="in", shape=(1, N_IN, 1, 1), signal="spikes", low=0, high=1, scale=1.0,
                offset_q=np.zeros(1, np.int32),
            ),
            m.Delay(name="wire", inputs=("in",), steps_q=full(1)),
            dense("dense", "wire", [[2, 2, 0], [0, 0, 1]]),
            lif("neurons", "dense", 1),
            s.SpikeOutput(name="out", inputs=("neurons",), scale=one, bias=np.zeros(1)),
        ),
    )  # fmt: skip


def narrow() -> Graph[SpikeNode]:
    """A stream of 2 bits, which holds -2..1, fed 0..3."""
    zero, one = np.zeros(1, np.int32), np.ones(1)
    return Graph(
        "narrow",
        (
            s.SpikeInput(
                name="in", shape=(1, 1, 1, 1), signal="spikes", low=0, high=3, scale=1.0,
                offset_q=zero,
            ),
            s.SpikeAdd(name="sum", inputs=("in",), bits=2, scale=1.0),
            s.SpikeOutput(name="out", inputs=("sum",), scale=one, bias=0 * one),
        ),
    )  # fmt: skip


def save_netx(path: Path) -> Path:
    """The integrator as a lava-dl file."""
    write_netx(integrator(), path)
    return path


def save_nir(path: Path) -> Path:
    """Conv, LIF, flatten, dense, LIF, as nir writes it."""
    rng = np.random.default_rng(0)
    conv = nir.Conv2d(
        input_shape=GRID[1:], weight=rng.normal(0, 0.5, (3, 2, 3, 3)), stride=1, padding=1,
        dilation=1, groups=1, bias=np.zeros(3),
    )  # fmt: skip
    affine = nir.Affine(weight=rng.normal(0.1, 0.3, (5, 48)), bias=np.zeros(5))
    layers = (
        nir.Input({"input": np.array(GRID)}), conv, _lif(3, 4, 4),
        nir.Flatten({"input": np.array((3, 4, 4))}, 0, -1), affine, _lif(5),
        nir.Output({"output": np.array([5])}),
    )  # fmt: skip
    nir.write(path, nir.NIRGraph.from_list(*layers))
    return path


def save_strange_nir(path: Path) -> Path:
    """A loop without a neuron in it, which has no meaning in steps."""
    nodes = {
        "input": nir.Input({"input": np.array([4])}),
        "loop": nir.Affine(weight=np.eye(4), bias=np.zeros(4)),
        "output": nir.Output({"output": np.array([4])}),
    }
    nir.write(path, nir.NIRGraph(nodes, [("input", "loop"), ("loop", "loop"), ("loop", "output")]))
    return path


def spikes(n_steps: int = 30, n_samples: int = 3) -> NDArray[Any]:
    """(T, B, C, H, W) for the NIR network."""
    return np.random.default_rng(1).random((n_steps, n_samples, *GRID)) < 0.4


def _lif(*shape: int) -> nir.LIF:
    ones = np.ones(shape)
    return nir.LIF(
        tau=2e-3 * ones, r=20 * ones, v_leak=0 * ones, v_threshold=ones, v_reset=0 * ones
    )
