"""A pool is synapses of one weight, from every cell to the sum of its window."""

import numpy as np

from spiketrack.graph import float_nodes as f
from spiketrack.graph import spike_nodes as s


def float_synapses(pool: f.FloatAvgPool, channels: int) -> f.FloatConv:
    """The convolution that an average pool of so many channels is; exact, its name stays."""
    cell = (pool.factor, pool.factor)
    return f.FloatConv(
        name=pool.name,
        inputs=pool.inputs,
        weight=np.full((channels, 1, *cell), 1.0 / pool.factor**2),
        bias=np.zeros(channels),
        stride=cell,
        groups=channels,
    )


def integer_synapses(pool: s.SpikeSumPool, channels: int) -> s.SpikeConv:
    """The convolution that a sum pool of so many channels is; exact, its name stays."""
    cell = (pool.factor, pool.factor)
    return s.SpikeConv(
        name=pool.name,
        inputs=pool.inputs,
        weight_q=np.ones((channels, 1, *cell), np.int8),
        weight_scale=np.ones(channels),
        stride=cell,
        groups=channels,
    )
