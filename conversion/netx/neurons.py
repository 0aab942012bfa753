"""Makes nodes of the neurons of a `.net` file: CUBA (also called LOIHI) and SDNN.

CUBA: bias times 2**6, thresholds times 2**6, reset to zero. In an input layer the transformed
input, a bias mantissa weight * x + bias, enters v directly; u stays 0 and iDecay means nothing.
SDNN: delta in an input layer, sigma with `sigma_output`, else sigma, relu and delta.
"""

from dataclasses import dataclass

import numpy as np

from conversion.netx.fields import Fields, Grid, refused, to_int32
from conversion.netx.weights import IntegerWeights
from spiketrack.graph import spike_nodes as s
from spiketrack.graph.checks import Array
from spiketrack.graph.neurons.registers import DECAY_ONE

BIAS_EXP = 6
STATE_EXP = 6


@dataclass(frozen=True, slots=True)
class Place:
    """The place in the graph where a layer's neuron is put.

    Attributes:
        index: number of the layer in the file; the names of its nodes begin with it.
        x: the value it reads.
        grid: (C, H, W) of its neurons.
        reset: period and phase of its reset.
        spike_exp: binary places of graded spikes.
    """

    index: int
    x: str
    grid: Grid
    reset: tuple[int, int]
    spike_exp: int


def cuba_input(place: Place, layer: Fields) -> tuple[s.SpikeNode, ...]:
    """A CUBA layer that the transformed input drives through its bias.

    Raises:
        ObstacleError: numbers that are missing, or none that a neuron can have.
        StoreError: no numbers.
    """
    neuron = layer.sub("neuron")
    return (
        s.SpikeCubaLIF(
            name=f"{place.index}.lif",
            inputs=(place.x,),
            # In an input layer the current is gone after each step: it is the bias that drives.
            u_decay_q=_uniform(DECAY_ONE),
            v_decay_q=per_channel(neuron, "vDecay", place.grid),
            threshold_q=_shared(neuron, "vThMant"),
            bias_mant_q=_shared(layer, "bias", default=0),
            recurrent_q=np.zeros((0, 0), np.int8),
            bias_exp=BIAS_EXP,
            reset_period=place.reset[0],
            reset_phase=place.reset[1],
        ),
    )


def cuba_layer(
    place: Place, layer: Fields, weights: IntegerWeights, recurrent_q: Array
) -> tuple[s.SpikeNode, ...]:
    """A CUBA layer behind synapses.

    Raises:
        ObstacleError: numbers that are missing, or none that a neuron can have.
        StoreError: no numbers.
    """
    neuron = layer.sub("neuron")
    return (
        s.SpikeCubaLIF(
            name=f"{place.index}.lif",
            inputs=(place.x,),
            u_decay_q=per_channel(neuron, "iDecay", place.grid),
            v_decay_q=per_channel(neuron, "vDecay", place.grid),
            threshold_q=_shared(neuron, "vThMant"),
            bias_mant_q=bias_of(layer, place.grid),
            recurrent_q=recurrent_q,
            bias_exp=BIAS_EXP,
            weight_exp=weights.exp,
            reset_period=place.reset[0],
            reset_phase=place.reset[1],
        ),
    )


def silent_layer(place: Place, layer: Fields, weights: IntegerWeights) -> tuple[s.SpikeNode, ...]:
    """A layer whose membrane is read out: without a neuron, u adds up and v = u + bias.

    Raises:
        ObstacleError: a periodic reset, or numbers that no neuron can have.
        StoreError: no numbers.
    """
    u_decay, v_decay = _uniform(0), _uniform(DECAY_ONE)
    if layer.has("neuron"):
        neuron = layer.sub("neuron")
        u_decay = per_channel(neuron, "iDecay", place.grid)
        v_decay = per_channel(neuron, "vDecay", place.grid)
    if place.reset[0]:
        rewrite = "read without reset_interval, or give the layer a threshold"
        raise refused(layer.path, "a readout that is reset periodically", rewrite)
    return (
        s.SpikeCubaLI(
            name=f"{place.index}.li",
            inputs=(place.x,),
            u_decay_q=u_decay,
            v_decay_q=v_decay,
            bias_mant_q=bias_of(layer, place.grid),
            bias_exp=BIAS_EXP,
            weight_exp=weights.exp,
        ),
    )


def sdnn_input(place: Place, layer: Fields) -> tuple[s.SpikeNode, ...]:
    """A delta encoder of the input, without an activation.

    Raises:
        ObstacleError: a bias, or a threshold that no neuron can have.
        StoreError: no numbers.
    """
    if layer.integer("bias", 0):
        raise refused(f"{layer.path}/bias", "a shifted sigma-delta input", "shift the data instead")
    return (_delta(place, place.x, layer, place.spike_exp + STATE_EXP),)


def sdnn_layer(place: Place, layer: Fields, weights: IntegerWeights) -> tuple[s.SpikeNode, ...]:
    """Sigma, relu and delta; or sigma alone where the file says `sigma_output`.

    Raises:
        ObstacleError: a bias behind `sigma_output`, or numbers that no neuron can have.
        StoreError: no numbers.
    """
    nodes: list[s.SpikeNode] = []
    x = place.x
    # A sigma adds what it gets and has no exponent for widened weights.
    if weights.exp:
        double = s.SpikeRescale(
            name=f"{place.index}.double", inputs=(x,), multiplier_q=np.ones(1, np.int32),
            shift_q=np.full(1, -weights.exp, np.int8), bias_q=np.zeros(1, np.int64), bits=24,
            scale=1.0,
        )  # fmt: skip
        nodes.append(double)
        x = double.name
    nodes.append(s.SpikeSigma(name=f"{place.index}.sigma", inputs=(x,)))
    if layer.sub("neuron").has("sigma_output"):
        if layer.has("bias"):
            rewrite = "lava-dl's sigma process has none: add it on the host"
            raise refused(f"{layer.path}/bias", "a bias behind sigma_output", rewrite)
        return tuple(nodes)
    relu = s.SpikeRelu(
        name=f"{place.index}.relu", inputs=(nodes[-1].name,),
        bias_q=bias_of(layer, place.grid, place.spike_exp + STATE_EXP),
    )  # fmt: skip
    return (*nodes, relu, _delta(place, relu.name, layer, 0))


def _delta(place: Place, x: str, layer: Fields, input_exp: int) -> s.SpikeNode:
    return s.SpikeDelta(
        name=f"{place.index}.delta", inputs=(x,), input_exp=input_exp, state_exp=STATE_EXP,
        threshold_q=_shared(layer.sub("neuron"), "vThMant", place.spike_exp + STATE_EXP),
    )  # fmt: skip


def bias_of(layer: Fields, grid: Grid, shift: int = 0) -> Array:
    """Biases times 2**shift (C, 1, 1), or (C, H, W) from a file's (W, H, C); one 0 for none.

    Raises:
        ObstacleError: numbers beyond 32 bits, or of another shape.
        StoreError: no numbers.
    """
    if not layer.has("bias"):
        return _uniform(0)
    bias = layer.integers("bias") << shift
    # The file counts width, height, channels.
    if bias.ndim == 3 and bias.shape == grid[::-1] and grid[1:] != (1, 1):
        return to_int32(f"{layer.path}/bias", np.ascontiguousarray(bias.transpose(2, 1, 0)))
    return _columns(layer, "bias", bias, grid)


def per_channel(fields: Fields, name: str, grid: Grid) -> Array:
    """A number for all neurons (1, 1, 1), or one per channel (C, 1, 1).

    Raises:
        ObstacleError: numbers that are missing, beyond 32 bits, or of another shape.
        StoreError: no numbers.
    """
    values = fields.integers(name)
    return _columns(fields, name, values, grid)


def _columns(fields: Fields, name: str, values: Array, grid: Grid) -> Array:
    if values.size not in (1, grid[0]):
        reason = f"{values.size} numbers for {grid[0]} channels"
        raise refused(f"{fields.path}/{name}", reason, "give one number, or one per channel")
    return to_int32(f"{fields.path}/{name}", values.reshape(-1, 1, 1))


def _shared(fields: Fields, name: str, shift: int = 0, default: int | None = None) -> Array:
    """The one number that all neurons of a layer have, times 2**shift."""
    number = fields.integer(name, default) << shift
    return to_int32(f"{fields.path}/{name}", np.full((1, 1, 1), number, np.int64))


def _uniform(value: int) -> Array:
    return np.full((1, 1, 1), value, np.int32)
