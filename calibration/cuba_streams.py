"""Notes what neurons with a current need of the stream that they read.

On a stream the grid itself makes thresholds and decays fine, so `weight_exp` stays 0 there. The
grid is bounded above by the widths of thresholds, drives and recurrent weights.
"""

import math

import numpy as np

from calibration.neuron_steps import ENOUGH_STEPS, MOST_BIAS, MOST_THRESHOLD, whole
from calibration.streams import NO_GRID, Streams, reads_synapses
from spiketrack.fixed_point import fraction_bits
from spiketrack.graph import float_nodes as f
from spiketrack.graph.checks import Array
from spiketrack.graph.float_nodes import FloatNode
from spiketrack.graph.graph import Graph
from spiketrack.graph.kinds import FloatCuba
from spiketrack.graph.neurons.registers import STATE_SHIFT

MOST_FRACTION = 40
MOST_RECURRENT = 127
MOST_GAIN_BITS = 12
WORST_DRIVE = MOST_BIAS >> STATE_SHIFT


def note_neurons(graph: Graph[FloatNode], streams: Streams) -> None:
    """Notes on every stream what the neurons with a current that read it need and can bear."""
    for node in graph:
        if isinstance(node, FloatCuba) and not reads_synapses(graph, node):
            stream = streams.of[node.inputs[0]]
            most = _most(node)
            streams.bear(stream, min(_least(node), most), most, _growth(node))
            streams.ask(stream, _asked(node))


def _most(node: FloatCuba) -> int:
    """Fraction bits with which every parameter fits its width."""
    gain = node.u_gain * node.v_gain
    limits = [(np.abs(node.v_drive) / gain, WORST_DRIVE)]
    if isinstance(node, f.FloatCubaLIF):
        limits += [(node.threshold / gain, MOST_THRESHOLD), (node.recurrent, MOST_RECURRENT)]
    rooms = [_room(np.abs(array), limit) for array, limit in limits]
    return min(MOST_FRACTION, *rooms)


def _room(magnitudes: Array, limit: int) -> int:
    """Largest f with magnitude * 2**f <= limit."""
    largest = float(magnitudes.max(initial=0.0))
    return math.floor(math.log2(limit / largest)) if largest > 0.0 else MOST_FRACTION


def _least(node: FloatCuba) -> int:
    """Fraction bits with which the smallest threshold has `ENOUGH_STEPS`."""
    if isinstance(node, f.FloatCubaLI):
        return 0
    levels = node.threshold / (node.u_gain * node.v_gain)
    positive = levels[levels > 0]
    return math.ceil(math.log2(ENOUGH_STEPS / positive.min())) if positive.size else 0


def _growth(node: FloatCuba) -> int:
    """Bits by which a register exceeds its input: the alignment, and what it keeps of the past."""
    leaks = [1.0 - float(keep.max()) for keep in (node.u_keep, node.v_keep)]
    # A register with leak l rests at 1/l times its input; without one it grows with the run, which
    # is capped.
    gains = [math.log2(1.0 / leak) if leak > 0.0 else MOST_GAIN_BITS for leak in leaks]
    return STATE_SHIFT + 1 + math.ceil(sum(min(gain, MOST_GAIN_BITS) for gain in gains))


def _asked(node: FloatCuba) -> int:
    """Fraction bits with which the neuron loses nothing; `NO_GRID` if it always does."""
    keeps = np.concatenate([node.u_keep.ravel(), node.v_keep.ravel()])
    # A share that is neither nothing nor all is rounded in every step.
    if ((keeps != 0.0) & (keeps != 1.0)).any():
        return NO_GRID
    gain = node.u_gain * node.v_gain
    bits = fraction_bits(whole(node.v_drive / gain * (1 << STATE_SHIFT)))
    if isinstance(node, f.FloatCubaLIF):
        levels = fraction_bits(whole(node.threshold / gain))
        bits = max(bits, levels, fraction_bits(node.recurrent))
    return NO_GRID if bits > MOST_FRACTION else bits
