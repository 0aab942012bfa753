"""Chains with one CUBA-LIF that has memory, delays stated."""

from typing import Any

import numpy as np

from hardware.stock import synaptic_delays
from spiketrack.graph import spike_nodes as s
from spiketrack.graph.graph import Graph
from spiketrack.graph.retime import retime
from tests.hardware.stock import chains

MOST = (1 << 17) - 1


def lif(name: str, source: str, u: int, v: int, threshold: int, **given: Any) -> s.SpikeCubaLIF:
    """All neurons alike; `bias_mant` with an exponent of 0."""
    u_q, v_q, threshold_q, bias_q = (
        np.full((1, 1, 1), value, np.int32)
        for value in (u, v, threshold, given.pop("bias_mant", 0))
    )
    return s.SpikeCubaLIF(
        name=name, inputs=(source,), u_decay_q=u_q, v_decay_q=v_q, threshold_q=threshold_q,
        bias_mant_q=bias_q, recurrent_q=np.zeros((0, 0), np.int8), **given,
    )  # fmt: skip


def leaky(name: str, source: str, **given: Any) -> s.SpikeCubaLIF:
    """Current and membrane decay."""
    return lif(name, source, 1500, 200, 150, **given)


def integrator(name: str, source: str, **given: Any) -> s.SpikeCubaLIF:
    """The membrane keeps all, and the threshold is as high as can be."""
    return lif(name, source, 4096, 0, MOST, **given)


def memory_chain(
    node: s.SpikeCubaLIF, weight: int, *, n_steps: int, n_inputs: int = 2, high: int = 1
) -> chains.SpikeGraph:
    """Dense synapses of one weight before 3 neurons."""
    one = s.SpikeInput(
        name="in", shape=(1, n_inputs, 1, 1), signal="spikes", low=0, high=high, scale=1.0,
        offset_q=np.zeros(1, np.int32),
    )  # fmt: skip
    weights = np.full((3, n_inputs, 1, 1), weight)
    nodes = (one, chains.conv("x", "in", weights), node, chains.out(node.name))
    return retime(synaptic_delays(Graph("memory", nodes)), n_steps)
