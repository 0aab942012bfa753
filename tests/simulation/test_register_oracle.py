"""A CUBA-LIF layer neuron by neuron and step by step in Python's own integers, beside both engines.

The oracle is written from the rule of the chip and shares no line with the engines: u decays toward
zero and takes 64 times the input; v decays toward zero and takes u and the bias; a spike is v above
64 times the threshold; it sets v to 0 (or takes the threshold off) and holds it for `refractory`
steps less one.
"""

from typing import Any

import numpy as np
import pytest

from simulation.fast.engine import FastEngine
from simulation.reference.engine import run_reference
from simulation.run import current_name
from spiketrack.graph import spike_nodes as s
from spiketrack.graph.graph import Graph


def kept(register: int, decay: int) -> int:
    """What is left of a register: its magnitude times (4096 - decay) / 4096, cut off."""
    left = abs(register) * (4096 - decay) // 4096
    return left if register >= 0 else -left


def one_neuron(rule: dict[str, Any], inputs: list[int]) -> tuple[list[int], list[int], list[int]]:
    """(spikes, u, v) of every step."""
    spikes, currents, membranes = [], [], []
    u = v = rest = 0
    for step, drive in enumerate(inputs):
        if rule["period"] and step % rule["period"] == rule["phase"]:
            u = v = rest = 0
        shift = rule["weight_exp"]
        scaled = drive * 2**shift if shift >= 0 else drive // 2**-shift
        u = kept(u, rule["u_decay"]) + 64 * scaled
        v = 0 if rest > 0 else kept(v, rule["v_decay"]) + u + rule["bias"]
        fires = v > 64 * rule["threshold"]
        spikes.append(int(fires))
        currents.append(u)
        membranes.append(v)
        if fires:
            rest = rule["refractory"] - 1
            v = 0 if rule["reset"] == "zero" else v - 64 * rule["threshold"]
        elif rest > 0:
            rest -= 1
    return spikes, currents, membranes


def numbers(value: int) -> Any:
    return np.full((1, 1, 1), value, np.int32)


def layer(rule: dict[str, Any], steps: int, neurons: int) -> Graph[Any]:
    node = s.SpikeCubaLIF(
        name="n", inputs=("x",), u_decay_q=numbers(rule["u_decay"]),
        v_decay_q=numbers(rule["v_decay"]), threshold_q=numbers(rule["threshold"]),
        bias_mant_q=numbers(rule["bias"]), weight_exp=rule["weight_exp"],
        refractory=rule["refractory"], reset=rule["reset"], reset_period=rule["period"],
        reset_phase=rule["phase"], recurrent_q=np.zeros((0, 0), np.int8),
    )  # fmt: skip
    source = s.SpikeInput(
        name="x", shape=(steps, neurons, 1, 1), signal="spikes", low=-40, high=40, scale=1.0,
        offset_q=np.zeros(1, np.int32),
    )  # fmt: skip
    out = s.SpikeOutput(name="y", inputs=("n",), scale=np.ones(1), bias=np.zeros(1))
    return Graph("g", (source, node, out))


def drawn_rule(rng: np.random.Generator, seed: int) -> dict[str, Any]:
    period = int(rng.choice([0, 0, 7]))
    return {
        "u_decay": int(rng.choice([0, 1, 333, 2048, 4096]))
        if seed % 2
        else int(rng.integers(4097)),
        "v_decay": int(rng.choice([1, 100, 1000, 4096])),
        "threshold": int(rng.integers(5, 60)),
        "bias": int(rng.integers(-50, 51)),
        "weight_exp": int(rng.integers(-2, 2)),
        "refractory": int(rng.integers(1, 5)),
        "reset": str(rng.choice(["zero", "subtract"])),
        "period": period,
        "phase": int(rng.integers(period)) if period else 0,
    }


@pytest.mark.parametrize("seed", range(24))
def test_spikes_and_registers_are_those_of_the_oracle(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rule = drawn_rule(rng, seed)
    if rule["u_decay"] == 0:
        rule["u_decay"] = 1 + seed  # a current that never leaks leaves any register in time
    inputs = rng.integers(-40, 41, (40, 6))
    graph = layer(rule, *inputs.shape)
    given = {"x": inputs.reshape(40, 1, 6, 1, 1).astype(np.int64)}
    expected = [one_neuron(rule, [int(one) for one in inputs[:, i]]) for i in range(6)]
    engines = (run_reference(graph, given), FastEngine(graph).run(given, keep_all=True))
    for run in engines:
        found = (run.outputs["y"], run.states[current_name("n")], run.states["n"])
        for part, name in enumerate(("spikes", "u", "v")):
            steps = np.asarray(found[part]).reshape(40, 6)
            wanted = np.array([one[part] for one in expected]).T
            np.testing.assert_array_equal(steps, wanted, err_msg=f"{run.backend}, {name}, {rule}")


def test_the_draws_hold_spikes_refractory_steps_and_both_signs() -> None:
    spikes = negative = 0
    for seed in range(24):
        rng = np.random.default_rng(seed)
        rule = drawn_rule(rng, seed)
        rule["u_decay"] = rule["u_decay"] or 1 + seed
        for _ in range(6):
            fired, _, membranes = one_neuron(rule, rng.integers(-40, 41, 40).tolist())
            spikes += sum(fired)
            negative += sum(one < 0 for one in membranes)
    assert spikes > 200 and negative > 500


def test_a_refractory_neuron_by_hand() -> None:
    rule = {
        "u_decay": 4096, "v_decay": 0, "threshold": 10, "bias": 0, "weight_exp": 0,
        "refractory": 3, "reset": "zero", "period": 0, "phase": 0,
    }  # fmt: skip
    # 11 x 64 = 704 is above 640; then two steps at rest, and again.
    assert one_neuron(rule, [11] * 5) == ([1, 0, 0, 1, 0], [704] * 5, [704, 0, 0, 704, 0])


def test_a_negative_register_decays_toward_zero_by_hand() -> None:
    # -66 x 4095 / 4096 = -65.98: -65, where rounding down would give -66.
    assert (kept(-66, 1), kept(66, 1), kept(-1, 1)) == (-65, 65, 0)
