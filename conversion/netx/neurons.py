"""The neurons of a `.net` file -> nodes: CUBA (also called LOIHI) and SDNN; others are obstacles.

CUBA: bias times 2**6, thresholds times 2**6, reset to zero. In an input layer the transformed
input, a bias mantissa weight * x + bias, enters v directly; u stays 0 and iDecay means nothing.
SDNN: delta in an input layer, sigma with `sigma_output`, else sigma, relu and delta.
"""

from dataclasses import dataclass

import numpy as np

from conversion.netx.fields import Fields, Grid, refused
from conversion.netx.weights import IntegerWeights
from spiketrack.graph import spike_nodes as s
from spiketrack.graph.checks import Array
from spiketrack.graph.neurons.registers import DECAY_ONE, THRESHOLD_LIMIT

BIAS_EXP = 6
STATE_EXP = 6
CUBA_TYPES = ("LOIHI", "CUBA")
SDNN_TYPE = "SDNN"
# A dense layer without a neuron: it adds up what it receives and never fires.
SILENT_THRESHOLD = THRESHOLD_LIMIT
_REWRITES = {
    "RF": "resonate-and-fire has a complex state: train with CUBA or SDNN neurons",
    "ALIF": "its threshold adapts: train with CUBA neurons",
    "ADRF": "a complex state and an adaptive threshold: train with CUBA neurons",
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the graph a layer's neuron is put.

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


def kind_of(layer: Fields) -> str:
    """'cuba', 'sdnn' or 'silent' (no neuron in the file, or one that can never fire).

    Raises:
        ObstacleError: another neuron.
    """
    if not layer.has("neuron"):
        return "silent"
    neuron = layer.sub("neuron")
    name = neuron.word("type")
    if name in CUBA_TYPES:
        _require_plain(neuron)
        return "cuba" if neuron.integer("vThMant") < SILENT_THRESHOLD else "silent"
    if name == SDNN_TYPE:
        if neuron.has("activation") and neuron.word("activation") != "relu":
            rewrite = "lava-dl runs sigma-delta neurons with relu only"
            raise refused(neuron.path, f"the activation {neuron.word('activation')}", rewrite)
        return "sdnn"
    family = next((start for start in _REWRITES if name.startswith(start)), "")
    rewrite = _REWRITES.get(family, "use CUBA or SDNN")
    raise refused(neuron.path, f"a neuron of type {name}", rewrite)


def _require_plain(neuron: Fields) -> None:
    """Refuses what changes a CUBA neuron and what lava-dl's loader reads over."""
    for field in ("wgtExp", "weight_exp"):
        if neuron.integer(field, 0):
            rewrite = "lava-dl's loader ignores it: put the factor into the weights"
            raise refused(f"{neuron.path}/{field}", "a weight exponent that is not 0", rewrite)
    if neuron.integer("gradedSpike", 0):
        rewrite = "train with binary spikes, or with sigma-delta neurons"
        raise refused(f"{neuron.path}/gradedSpike", "CUBA neurons with graded spikes", rewrite)


def cuba_input(place: Place, layer: Fields) -> tuple[s.SpikeNode, ...]:
    """A CUBA layer that the transformed input drives through its bias."""
    neuron = layer.sub("neuron")
    return (
        s.SpikeCubaLIF(
            name=f"{place.index}.lif",
            inputs=(place.x,),
            u_decay_q=_uniform(DECAY_ONE),
            v_decay_q=per_channel(neuron, "vDecay", place.grid),
            threshold_q=_uniform(neuron.integer("vThMant")),
            bias_mant_q=_uniform(layer.integer("bias", 0)),
            recurrent_q=np.zeros((0, 0), np.int8),
            bias_exp=BIAS_EXP,
            refractory=neuron.integer("refDelay", 1),
            reset_period=place.reset[0],
            reset_phase=place.reset[1],
        ),
    )


def cuba_layer(
    place: Place, layer: Fields, weights: IntegerWeights, recurrent_q: Array
) -> tuple[s.SpikeNode, ...]:
    """A CUBA layer behind synapses."""
    neuron = layer.sub("neuron")
    return (
        s.SpikeCubaLIF(
            name=f"{place.index}.lif",
            inputs=(place.x,),
            u_decay_q=per_channel(neuron, "iDecay", place.grid),
            v_decay_q=per_channel(neuron, "vDecay", place.grid),
            threshold_q=_uniform(neuron.integer("vThMant")),
            bias_mant_q=bias_of(layer, place.grid),
            recurrent_q=recurrent_q,
            bias_exp=BIAS_EXP,
            weight_exp=weights.exp,
            refractory=neuron.integer("refDelay", 1),
            reset_period=place.reset[0],
            reset_phase=place.reset[1],
        ),
    )


def silent_layer(place: Place, layer: Fields, weights: IntegerWeights) -> tuple[s.SpikeNode, ...]:
    """A layer whose membrane is read out: without a neuron, u adds up and v = u + bias."""
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
    """A delta encoder of the input, without an activation."""
    if layer.integer("bias", 0):
        raise refused(f"{layer.path}/bias", "a shifted sigma-delta input", "shift the data instead")
    return (_delta(place, place.x, layer, place.spike_exp + STATE_EXP),)


def sdnn_layer(place: Place, layer: Fields, weights: IntegerWeights) -> tuple[s.SpikeNode, ...]:
    """Sigma, relu and delta; or sigma alone where the file says `sigma_output`."""
    nodes: list[s.SpikeNode] = []
    x = place.x
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
    bias = bias_of(layer, place.grid).astype(np.int64) << (place.spike_exp + STATE_EXP)
    relu = s.SpikeRelu(
        name=f"{place.index}.relu", inputs=(nodes[-1].name,), bias_q=bias.astype(np.int32)
    )
    return (*nodes, relu, _delta(place, relu.name, layer, 0))


def _delta(place: Place, x: str, layer: Fields, input_exp: int) -> s.SpikeNode:
    threshold = layer.sub("neuron").integer("vThMant") << (place.spike_exp + STATE_EXP)
    return s.SpikeDelta(
        name=f"{place.index}.delta", inputs=(x,), threshold_q=_uniform(threshold),
        input_exp=input_exp, state_exp=STATE_EXP,
    )  # fmt: skip


def bias_of(layer: Fields, grid: Grid) -> Array:
    """Bias mantissas (C, 1, 1), or (C, H, W) from a file's (W, H, C); one 0 if there are none."""
    if not layer.has("bias"):
        return _uniform(0)
    bias = layer.integers("bias")
    if bias.ndim == 3 and bias.shape == grid[::-1] and grid[1:] != (1, 1):
        return np.ascontiguousarray(bias.transpose(2, 1, 0)).astype(np.int32)
    return _columns(layer, "bias", bias, grid)


def per_channel(fields: Fields, name: str, grid: Grid) -> Array:
    """A number for all neurons (1, 1, 1), or one per channel (C, 1, 1)."""
    values = fields.integers(name)
    return _columns(fields, name, values, grid)


def _columns(fields: Fields, name: str, values: Array, grid: Grid) -> Array:
    if values.size not in (1, grid[0]):
        found = f"{values.size} numbers for {grid[0]} channels"
        raise refused(f"{fields.path}/{name}", found, "give one number, or one per channel")
    return values.reshape(-1, 1, 1).astype(np.int32)


def _uniform(value: int) -> Array:
    return np.full((1, 1, 1), value, np.int32)
