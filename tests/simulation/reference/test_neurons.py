"""Neurons with registers against numbers a reader can follow by hand."""

from typing import Any

import numpy as np
import pytest

from simulation.bounds.headroom import HeadroomError
from simulation.reference.engine import run_reference
from simulation.run import Run, current_name
from spiketrack.errors import OverflowBoundError
from spiketrack.graph import spike_nodes as s
from spiketrack.graph import structural_nodes as m
from spiketrack.graph.graph import Graph

NO_RECURRENCE = np.zeros((0, 0), np.int8)


def one(value: int) -> Any:
    return np.full((1, 1, 1), value, np.int32)


def cuba(**changes: Any) -> s.SpikeCubaLIF:
    fields: dict[str, Any] = {
        "name": "n",
        "inputs": ("x",),
        "u_decay_q": one(4096),
        "v_decay_q": one(0),
        "threshold_q": one(10),
        "bias_mant_q": one(0),
        "recurrent_q": NO_RECURRENCE,
    }
    return s.SpikeCubaLIF(**{**fields, **changes})


def run(node: s.SpikeNode, x: list[Any], *, strict: bool = True, peak: int = 1 << 40) -> Run:
    """One layer of as many channels as a step of x has, batch 1, on one cell."""
    steps = np.array(x, np.int64)
    steps = steps.reshape(len(x), 1, -1, 1, 1)
    source = s.SpikeInput(
        name="x", shape=(len(x), steps.shape[2], 1, 1), signal="spikes", low=-peak,
        high=peak, scale=1.0, offset_q=np.zeros(1, np.int32),
    )  # fmt: skip
    out = s.SpikeOutput(name="y", inputs=(node.name,), scale=np.ones(1), bias=np.zeros(1))
    return run_reference(Graph("g", (source, node, out)), {"x": steps}, strict=strict)


def flat(values: Any) -> list[int]:
    return [int(value) for value in np.ravel(values)]


def test_integrate_and_fire_adds_64_per_unit_and_fires_strictly_above_the_threshold() -> None:
    result = run(cuba(), [5, 5, 1, 0])
    # 64 * (5, 10, 11) against 64 * 10: the second step is not above it.
    assert flat(result.states["n"]) == [320, 640, 704, 0]
    assert flat(result.outputs["y"]) == [0, 0, 1, 0]


def test_decays_round_toward_zero_for_both_signs() -> None:
    result = run(cuba(u_decay_q=one(1), v_decay_q=one(4096)), [1, 0, -2, 0])
    # u: 64; floor(64 * 4095 / 4096) = 63; 63 - 128 = trunc(63 * 4095/4096) - 128 = -66; -65.
    assert flat(result.states[current_name("n")]) == [64, 63, -66, -65]
    assert flat(result.states["n"]) == [64, 63, -66, -65]


def test_a_bias_is_added_to_the_membrane_every_step() -> None:
    result = run(cuba(bias_mant_q=one(3), bias_exp=6), [0, 0, 0, 0])
    assert flat(result.states["n"]) == [192, 384, 576, 768]
    assert flat(result.outputs["y"]) == [0, 0, 0, 1]


@pytest.mark.parametrize(("exponent", "unit"), [(0, 64), (2, 256), (-1, 64)])
def test_the_weight_exponent_scales_the_accumulator_before_the_shift(
    exponent: int, unit: int
) -> None:
    result = run(cuba(weight_exp=exponent, threshold_q=one(1000)), [3])
    # 3 * 2**-1 is floored to 1.
    expected = unit if exponent < 0 else 3 * unit
    assert flat(result.states["n"]) == [expected]


def test_a_refractory_neuron_stays_at_zero_for_that_many_steps_less_one() -> None:
    result = run(cuba(refractory=3), [11, 11, 11, 11, 0])
    assert flat(result.states["n"]) == [704, 0, 0, 704, 0]
    assert flat(result.outputs["y"]) == [1, 0, 0, 1, 0]


def test_the_current_goes_on_while_the_membrane_is_held() -> None:
    result = run(cuba(refractory=2, u_decay_q=one(2048)), [11, 0, 0])
    assert flat(result.states[current_name("n")]) == [704, 352, 176]
    assert flat(result.states["n"]) == [704, 0, 176]


def test_a_subtractive_reset_keeps_the_rest() -> None:
    result = run(cuba(reset="subtract"), [25, 0, 0])
    assert flat(result.states["n"]) == [1600, 960, 320]
    assert flat(result.outputs["y"]) == [1, 1, 0]


def test_the_periodic_reset_comes_before_the_step_of_its_phase() -> None:
    node = cuba(threshold_q=one(1000), reset_period=3, reset_phase=2, u_decay_q=one(0))
    result = run(node, [1, 1, 1, 1, 1, 1])
    # u: 1 2 | 1 2 3 | 1; v: its sums, both in units of 64.
    assert flat(result.states[current_name("n")]) == [64, 128, 64, 128, 192, 64]
    assert flat(result.states["n"]) == [64, 192, 64, 192, 384, 64]


def test_a_periodic_reset_ends_the_refractory_period() -> None:
    result = run(cuba(refractory=10, reset_period=2, reset_phase=0), [11, 11, 11, 11])
    assert flat(result.outputs["y"]) == [1, 0, 1, 0]


def test_a_layer_hears_its_own_spikes_one_step_later() -> None:
    recurrent = np.array([[0, 0], [7, 0]], np.int8)
    result = run(cuba(recurrent_q=recurrent), [[11, 0], [0, 0], [0, 4]])
    assert result.states["n"].reshape(3, 2).tolist() == [[704, 0], [0, 448], [0, 704]]
    assert result.outputs["y"].reshape(3, 2).tolist() == [[1, 0], [0, 0], [0, 1]]


def test_a_current_beyond_24_bits_is_an_error_or_a_counted_wrap() -> None:
    with pytest.raises(OverflowBoundError, match="current of 'n': needed a value within 24 bits"):
        run(cuba(), [1 << 17])
    result = run(cuba(), [1 << 17, 0], strict=False)
    assert flat(result.states[current_name("n")]) == [-(1 << 23), 0]
    assert flat(result.states["n"]) == [-(1 << 23), -(1 << 23)]
    assert result.overflows == {"current of 'n'": 1}


def test_a_membrane_beyond_24_bits_saturates_when_counted() -> None:
    node = cuba(threshold_q=one((1 << 17) - 1), u_decay_q=one(0))
    result = run(node, [1 << 16, 1 << 15], strict=False)
    # u: 2**22, 2**22 + 2**21; v: 2**22, then 10 485 760, which is more than 2**23 - 1.
    assert flat(result.states["n"]) == [1 << 22, (1 << 23) - 1]
    assert result.overflows == {"membrane of 'n'": 1}


def test_a_readout_shows_its_membrane() -> None:
    node = s.SpikeCubaLI(
        name="n", inputs=("x",), u_decay_q=one(2048), v_decay_q=one(4096), bias_mant_q=one(1),
        bias_exp=1,
    )  # fmt: skip
    assert flat(run(node, [4, 0, 0]).outputs["y"]) == [258, 130, 66]


def test_sigma_undoes_delta_where_nothing_is_held_back() -> None:
    delta = s.SpikeDelta(name="n", inputs=("x",), threshold_q=one(0))
    sent = flat(run(delta, [5, 5, -2, 9]).outputs["y"])
    assert sent == [5, 0, -7, 11]
    sigma = s.SpikeSigma(name="n", inputs=("x",))
    assert flat(run(sigma, sent).outputs["y"]) == [5, 5, -2, 9]


def test_delta_holds_small_changes_back_until_they_add_up() -> None:
    delta = s.SpikeDelta(name="n", inputs=("x",), threshold_q=one(3))
    assert flat(run(delta, [2, 3, 5, 6, 0]).outputs["y"]) == [0, 3, 0, 3, -6]


def test_delta_sends_on_a_coarser_grid_and_rounds_down() -> None:
    delta = s.SpikeDelta(name="n", inputs=("x",), threshold_q=one(0), input_exp=1, state_exp=2)
    # a: 2, 12, 6; differences 2, 10, -6; floored quarters.
    assert flat(run(delta, [1, 6, 3]).outputs["y"]) == [0, 2, -2]


def test_a_rectifier_adds_its_bias_first() -> None:
    relu = s.SpikeRelu(name="n", inputs=("x",), bias_q=one(-2), shift=1)
    assert flat(run(relu, [1, 2, 7]).outputs["y"]) == [0, 0, 2]


def test_each_neuron_is_late_by_its_own_delay() -> None:
    delay = m.Delay(name="n", inputs=("x",), steps_q=np.array([[[1]], [[0]], [[9]]], np.int32))
    result = run(delay, [[1, 2, 3], [4, 5, 6]])
    assert result.outputs["y"].reshape(2, 3).tolist() == [[0, 2, 0], [1, 5, 0]]


def test_a_delta_beyond_its_width_wraps_in_every_register() -> None:
    delta = s.SpikeDelta(name="n", inputs=("x",), threshold_q=one(0), bits=8)
    result = run(delta, [100, -100, -100], strict=False)
    # -200 is 56 in 8 bits; 100 + 56 is -100 again, so nothing is left to send.
    assert flat(result.outputs["y"]) == [100, 56, 0]
    assert result.overflows == {"difference of 'n'": 1, "memory of 'n'": 1}


def test_what_the_engine_itself_could_not_hold_is_an_error_in_either_mode() -> None:
    readout = s.SpikeCubaLI(
        name="n", inputs=("x",), u_decay_q=one(4096), v_decay_q=one(0), bias_mant_q=one(0),
        weight_exp=7, bits=48,
    )  # fmt: skip
    for strict in (True, False):
        # 2**50 inputs, times 2**7, aligned 6 bits to the left.
        with pytest.raises(HeadroomError, match=r"node 'n': .* within 62 bits, found .* 64 bits"):
            run(readout, [1], strict=strict, peak=1 << 50)
    delta = s.SpikeDelta(name="n", inputs=("x",), threshold_q=one(0), input_exp=30)
    # A difference is twice the largest input.
    with pytest.raises(HeadroomError, match=r"node 'n': .* within 62 bits, found .* 77 bits"):
        run(delta, [1], strict=False, peak=1 << 45)


def test_the_widest_register_decays_as_whole_numbers_do() -> None:
    top = (1 << 23) - 1
    result = run(cuba(u_decay_q=one(4096), v_decay_q=one(1), weight_exp=7, bits=48), [-top] * 300)
    expected = 0
    for _ in range(300):
        expected = -(-expected * 4095 // 4096) - top * 128 * 64
    assert flat(result.states["n"])[-1] == expected
