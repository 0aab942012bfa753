"""Float neurons against numbers a reader can follow by hand."""

from typing import Any

import numpy as np
import torch

from simulation.floats.engine import run_float
from simulation.run import Run, current_name
from spiketrack.graph import float_nodes as f
from spiketrack.graph import structural_nodes as m
from spiketrack.graph.graph import Graph


def one(value: float) -> Any:
    return np.full((1, 1, 1), value)


def cuba(**changes: Any) -> f.FloatCubaLIF:
    fields: dict[str, Any] = {
        "name": "n",
        "inputs": ("x",),
        "u_keep": one(0.0),
        "u_gain": one(1.0),
        "v_keep": one(1.0),
        "v_gain": one(1.0),
        "v_drive": one(0.0),
        "threshold": one(1.0),
        "v_reset": one(0.0),
        "recurrent": np.zeros((0, 0)),
    }
    return f.FloatCubaLIF(**{**fields, **changes})


def run(node: f.FloatNode, x: list[Any]) -> Run:
    steps = np.array(x, np.float64)
    steps = steps.reshape(len(x), 1, -1, 1, 1)
    source = f.FloatInput(name="x", shape=(len(x), steps.shape[2], 1, 1), signal="spikes")
    out = f.FloatOutput(name="y", inputs=("n",))
    return run_float(Graph("g", (source, node, out)), {"x": steps}, dtype=torch.float64)


def flat(values: Any) -> list[float]:
    return [float(value) for value in np.ravel(values)]


def test_a_spike_needs_more_than_the_threshold_and_resets() -> None:
    result = run(cuba(v_reset=one(0.25)), [0.5, 0.5, 0.25, 0.0])
    assert flat(result.states["n"]) == [0.5, 1.0, 1.25, 0.25]
    assert flat(result.outputs["y"]) == [0, 0, 1, 0]
    assert result.values["n"].dtype == np.uint8


def test_current_and_membrane_decay_and_the_drive_comes_every_step() -> None:
    node = cuba(u_keep=one(0.5), u_gain=one(2.0), v_keep=one(0.5), v_gain=one(0.25),
                v_drive=one(0.125), threshold=one(9.0))  # fmt: skip
    result = run(node, [1.0, 0.0, 0.0])
    assert flat(result.states[current_name("n")]) == [2.0, 1.0, 0.5]
    # 0.5 + 0.125; 0.3125 + 0.25 + 0.125; 0.34375 + 0.125 + 0.125.
    assert flat(result.states["n"]) == [0.625, 0.6875, 0.59375]


def test_subtraction_keeps_the_rest_and_recurrence_comes_a_step_later() -> None:
    node = cuba(reset="subtract", recurrent=np.array([[0.0, 0.0], [0.75, 0.0]]))
    result = run(node, [[2.5, 0.0], [0.0, 0.5], [0.0, 0.0]])
    assert result.states["n"].reshape(3, 2).tolist() == [[2.5, 0.0], [1.5, 1.25], [0.5, 1.0]]
    assert result.outputs["y"].reshape(3, 2).tolist() == [[1, 0], [1, 1], [0, 0]]


def test_a_readout_shows_its_membrane() -> None:
    fields = {name: one(0.5) for name in ("u_keep", "u_gain", "v_keep", "v_gain", "v_drive")}
    result = run(f.FloatCubaLI(name="n", inputs=("x",), **fields), [4.0, 0.0])
    # u 2, 1; v 1 + 0.5, then 0.75 + 0.5 + 0.5.
    assert flat(result.outputs["y"]) == [1.5, 1.75]


def test_a_threshold_has_no_state_and_is_strict() -> None:
    result = run(f.FloatThreshold(name="n", inputs=("x",), level=one(0.5)), [0.5, 0.75, 0.25])
    assert flat(result.outputs["y"]) == [0, 1, 0]


def test_delay_and_flatten_move_values_only() -> None:
    source = f.FloatInput(name="x", shape=(2, 2, 1, 2), signal="spikes")
    flatten = m.Flatten(name="flat", inputs=("x",))
    delay = m.Delay(name="late", inputs=("flat",), steps_q=np.ones((1, 1, 1), np.int32))
    out = f.FloatOutput(name="y", inputs=("late",))
    x = np.arange(8.0).reshape(2, 1, 2, 1, 2)
    result = run_float(Graph("g", (source, flatten, delay, out)), {"x": x})
    assert result.outputs["y"].reshape(2, 4).tolist() == [[0, 0, 0, 0], [0, 1, 2, 3]]
