"""What a neuron of the integer graph refuses to be."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from spiketrack.errors import GraphError
from spiketrack.graph import spike_nodes as s
from spiketrack.graph import structural_nodes as m
from spiketrack.graph.graph import Graph


def one(value: int) -> Any:
    return np.full((1, 1, 1), value, np.int32)


def cuba(**changes: Any) -> s.SpikeCubaLIF:
    fields: dict[str, Any] = {
        "name": "n",
        "inputs": ("x",),
        "u_decay_q": one(4096),
        "v_decay_q": one(1024),
        "threshold_q": one(25),
        "bias_mant_q": one(0),
        "recurrent_q": np.zeros((0, 0), np.int8),
    }
    return s.SpikeCubaLIF(**{**fields, **changes})


def readout(**changes: Any) -> s.SpikeCubaLI:
    fields: dict[str, Any] = {
        "name": "n",
        "inputs": ("x",),
        "u_decay_q": one(4096),
        "v_decay_q": one(0),
        "bias_mant_q": one(0),
    }
    return s.SpikeCubaLI(**{**fields, **changes})


def delta(**changes: Any) -> s.SpikeDelta:
    return s.SpikeDelta(**{"name": "n", "inputs": ("x",), "threshold_q": one(3), **changes})


def relu(**changes: Any) -> s.SpikeRelu:
    return s.SpikeRelu(**{"name": "n", "inputs": ("x",), "bias_q": one(3), **changes})


@pytest.mark.parametrize(
    ("make", "changes", "message"),
    [
        (cuba, {"u_decay_q": one(4097)}, "u_decay_q: needed 0..4096, found 4097..4097"),
        (cuba, {"v_decay_q": one(-1)}, "v_decay_q: needed 0..4096"),
        (cuba, {"threshold_q": one(1 << 17)}, "threshold_q: needed 0..131071"),
        (cuba, {"bias_mant_q": one(4096)}, "bias_mant_q: needed -4096..4095"),
        (cuba, {"bias_exp": 8}, "bias_exp: needed 0..7, found 8"),
        (cuba, {"weight_exp": -9}, "weight_exp: needed -8..7, found -9"),
        (cuba, {"refractory": 0}, "refractory: needed 1..64, found 0"),
        (cuba, {"reset": "soft"}, "'zero' or 'subtract'"),
        (cuba, {"reset_period": 4, "reset_phase": 4}, "reset_phase: needed 0..3, found 4"),
        (cuba, {"reset_phase": 1}, "reset_phase: needed 0..0, found 1"),
        (cuba, {"bits": 49}, "bits: needed 2..48"),
        (cuba, {"recurrent_q": np.zeros((2, 3), np.int8)}, "a square matrix"),
        (cuba, {"u_decay_q": np.zeros((0, 1, 1), np.int32)}, "at least one value"),
        (cuba, {"u_decay_q": np.zeros(1, np.int32)}, "int32 of rank 3"),
        (readout, {"weight_exp": 8}, "weight_exp: needed -8..7"),
        (readout, {"bias_exp": -1}, "bias_exp: needed 0..7"),
        (readout, {"bits": 1}, "bits: needed 2..48"),
        (delta, {"threshold_q": one(-1)}, "threshold_q: needed 0.."),
        (delta, {"input_exp": 31}, "input_exp: needed 0..30"),
        (delta, {"state_exp": -1}, "state_exp: needed 0..30"),
        (relu, {"shift": 31}, "shift: needed 0..30"),
        (relu, {"bias_q": one(1 << 23)}, "bias_q: needed"),
    ],
)
def test_a_parameter_outside_its_register_is_refused(
    make: Callable[..., object], changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(GraphError, match=message):
        make(**changes)


def graph_of(*nodes: s.SpikeNode, shape: tuple[int, int, int, int] = (3, 2, 1, 1)) -> Any:
    source = s.SpikeInput(
        name="x", shape=shape, signal="spikes", low=0, high=1, scale=1.0,
        offset_q=np.zeros(1, np.int32),
    )  # fmt: skip
    out = s.SpikeOutput(name="y", inputs=(nodes[-1].name,), scale=np.ones(1), bias=np.zeros(1))
    return Graph("g", (source, *nodes, out))


def test_parameters_per_neuron_fit_the_layer_or_are_refused() -> None:
    graph_of(cuba(threshold_q=np.full((2, 1, 1), 5, np.int32)))
    with pytest.raises(GraphError, match=r"node 'n' \(SpikeCubaLIF\): needed inputs that fit"):
        graph_of(cuba(threshold_q=np.full((3, 1, 1), 5, np.int32)))


def test_recurrence_is_for_a_layer_on_one_cell_with_as_many_neurons() -> None:
    weight = np.ones((2, 2), np.int8)
    graph_of(cuba(recurrent_q=weight))
    with pytest.raises(GraphError, match="inputs that fit"):
        graph_of(cuba(recurrent_q=weight), shape=(3, 2, 2, 1))
    with pytest.raises(GraphError, match="inputs that fit"):
        graph_of(cuba(recurrent_q=np.ones((3, 3), np.int8)))


def test_flatten_goes_channel_by_channel() -> None:
    graph = graph_of(m.Flatten(name="f", inputs=("x",)), shape=(3, 2, 4, 5))
    assert graph.shapes["f"] == (3, 40, 1, 1)


@pytest.mark.parametrize("steps", [-1, (1 << 16) + 1])
def test_a_delay_has_bounds(steps: int) -> None:
    with pytest.raises(GraphError, match=rf"steps_q: needed 0\.\.65536 steps, found {steps}"):
        m.Delay(name="d", inputs=("x",), steps_q=one(steps))
