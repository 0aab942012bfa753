"""Neurons with a current: nothing is lost on the grid, and off it the loss is what is reported."""

from typing import Any

import numpy as np
import pytest

from calibration.cuba import CubaInput, integer_cuba
from calibration.options import InputRange, QuantiseOptions
from calibration.pending import Pending
from calibration.quantise import QuantisedGraph, quantise_network
from simulation.run import current_name
from spiketrack.errors import QuantisationError
from spiketrack.graph import float_nodes as f
from spiketrack.graph import spike_nodes as s
from spiketrack.graph import structural_nodes as m
from tests.calibration.small_neurons import (
    both_runs,
    dense,
    entry,
    graph,
    lif,
    neuron,
    out,
    per_neuron,
    random_spikes,
    readout,
)

RNG = np.random.default_rng(3)
WEIGHTS = RNG.integers(-5, 9, (10, 20)).astype(np.float64)


def layer(weight: Any = WEIGHTS, bias: Any = 0.0, **fields: Any) -> QuantisedGraph:
    """One dense layer with one neuron layer behind it."""
    channels = np.atleast_2d(weight).shape[1]
    return quantise_network(
        graph(entry(channels), dense("c", "x", weight, bias), lif("n", "c", **fields), out("n"))
    )


def check_same_spikes(model: QuantisedGraph, x: Any) -> None:
    integer, real = both_runs(model, x)
    for node in model.source:
        if isinstance(node, f.FloatCubaLIF | f.FloatThreshold):
            assert real.values[node.name].any() and not real.values[node.name].all()
            assert (integer.values[node.name] == real.values[node.name]).all(), node.name


def check_same_registers(model: QuantisedGraph, x: Any) -> None:
    """Registers equal the float ones, where all gains are 1."""
    integer, real = both_runs(model, x)
    node = neuron(model)
    worth = model.worth["c"][:, None, None] / (64 * 2.0**node.weight_exp)
    assert (integer.states["n"] * worth == real.states["n"]).all()
    assert (integer.states[current_name("n")] * worth == real.states[current_name("n")]).all()


# ---------------------------------------------------------------------------- on the grid


def test_an_if_neuron_on_integer_weights_keeps_them_and_its_threshold() -> None:
    model = layer(threshold=17.0)
    node = neuron(model)
    assert (node.threshold_q == 17).all() and node.weight_exp == 0
    assert (node.u_decay_q == 4096).all() and (node.v_decay_q == 0).all()
    assert model.inexact_weights == {}
    x = random_spikes(200, 20)
    check_same_spikes(model, x)
    check_same_registers(model, x)


def test_a_grid_is_refined_until_the_threshold_lies_on_it() -> None:
    # weights are whole quarters, 17/8 is a whole number of eighths
    model = layer(WEIGHTS / 4, threshold=17 / 8, reset="subtract")
    assert (neuron(model).threshold_q == 17).all()
    assert (model.worth["c"] == 1 / 8).all()
    x = random_spikes(200, 20)
    check_same_spikes(model, x)
    check_same_registers(model, x)


def test_a_membrane_on_whole_steps_needs_the_floor_of_a_threshold_only() -> None:
    # steps of 1 cannot be refined beside 127, and a whole number exceeds 133.3 if it exceeds 133
    model = layer([[127.0, 126.0]], threshold=400 / 3)
    assert (neuron(model).threshold_q == 133).all() and model.neurons[0].threshold_error == 0.0
    check_same_spikes(model, random_spikes(100, 2))


@pytest.mark.parametrize("keep", [0.5, 0.75])
def test_dyadic_decays_lose_nothing_while_the_register_has_bits_for_them(keep: float) -> None:
    # 64 * 2**7 steps of the membrane in one of the input: 13 bits, 1 or 2 of them gone a step
    model = layer(np.eye(4) * 40, v_keep=keep, threshold=100.0)
    assert neuron(model).weight_exp == 7
    check_same_registers(model, random_spikes(6, 4, rate=0.9))


def test_gains_and_factors_move_into_the_units() -> None:
    scale = f.FloatScale(name="s", inputs=("c",), factor=0.5)
    nodes = (entry(20), dense("c", "x", WEIGHTS), scale)
    gains = {"u_gain": 0.25, "v_gain": 0.125, "u_keep": 0.75, "v_keep": 0.875}
    model = quantise_network(graph(*nodes, lif("n", "s", threshold=17 / 64, **gains), out("n")))
    # 17/64 / (1/2 * 1/4 * 1/8) = 17
    assert (neuron(model).threshold_q == 17 * 2 ** neuron(model).weight_exp).all()
    check_same_spikes(model, random_spikes(200, 20))


def test_decays_are_twelve_bits_and_their_error_is_told() -> None:
    node = neuron(model := layer(u_keep=1 - 1 / 8, v_keep=1 - 0.3, threshold=17.0))
    assert (node.u_decay_q == 512).all() and (node.v_decay_q == 1229).all()
    row = model.neurons[0]
    assert row.u_decay_error == 0.0
    assert row.v_decay_error == pytest.approx(1229 / 4096 / 0.3 - 1)


# ---------------------------------------------------------------------------- biases


def test_a_bias_without_a_current_of_its_own_joins_the_drive() -> None:
    model = layer(np.eye(2) * 4, bias=[0.25, -0.5], v_drive=0.5, threshold=6.0)
    node = neuron(model)
    # 3/4 and 0 of a step worth 2 (no refinement): 64 * 0.75 / step
    step = model.worth["c"]
    drive = node.bias_mant_q.ravel() << node.bias_exp
    assert drive.tolist() == (64 * np.array([0.75, 0.0]) / step).tolist()
    check_same_spikes(model, random_spikes(100, 2))


def test_a_grid_is_refined_until_a_bias_into_a_current_lies_on_it() -> None:
    weight = np.array([[4.0, 100.0], [4.0, 100.0]])  # steps of 4, divided until 50 and 5 are whole
    model = layer(weight, bias=[5.0, 0.0], u_keep=0.5, threshold=50.0)
    node, table = neuron(model), model.graph["n.bias"]
    assert isinstance(table, s.SpikeBias)
    assert model.worth["c"].tolist() == [1.0, 2.0]
    assert table.table_q.ravel().tolist() == [5, 0] and not node.bias_mant_q.any()
    assert (model.neurons[0].current_bias_error, model.neurons[0].current_bias_share) == (0.0, 0.0)
    check_same_spikes(model, random_spikes(100, 2))


def test_what_is_no_whole_step_of_a_bias_into_a_current_is_driven_and_told() -> None:
    weight = np.array([[4.0, 100.0], [4.0, 100.0]])  # up to 5 times finer: 5.5 cannot be whole
    model = layer(weight, bias=[5.5, 0.0], u_keep=0.5, threshold=50.0)
    node, table = neuron(model), model.graph["n.bias"]
    assert isinstance(table, s.SpikeBias)
    assert model.worth["c"].tolist() == [2.0, 2.0]
    # 5.5 / 2 = 2.75 steps, 3 of them in the table; -1/4 step at u_keep 1/2 settles at -1/2 step
    assert table.table_q.ravel().tolist() == [3, 0]
    drive = node.bias_mant_q.astype(int) << node.bias_exp
    assert drive.ravel().tolist() == [-32 << node.weight_exp, 0]
    row = model.neurons[0]
    assert row.current_bias_error == 0.5 and row.current_bias_share == 0.5 / 0.5 / 50
    assert row.bias_error == 0.0


@pytest.mark.parametrize("u_keep", [0.99, 1.0])
def test_rounded_weights_take_a_step_that_divides_a_bias_into_a_current(u_keep: float) -> None:
    # Currents that hardly leak sum a bias's rounding up: it decides on the step.
    model = layer([[1.0, -0.73]], bias=-0.1, u_keep=u_keep, threshold=5.0)
    table = model.graph["n.bias"]
    assert isinstance(table, s.SpikeBias) and not neuron(model).bias_mant_q.any()
    assert model.neurons[0].current_bias_error < 1e-15
    # 0.1 / (1 / 127) = 12.7 steps, so 12; half a step of a right shift beside it, so that it rounds
    half = 1 << -neuron(model).weight_exp >> 1
    assert table.table_q.item() == -12 + half
    assert model.worth["c"].item() == pytest.approx(0.1 / 12, rel=1e-12)


def test_a_right_shift_that_rounds_a_bias_into_a_current_is_told() -> None:
    model = layer([[1.0, -0.73]], bias=-0.105, u_keep=0.99, threshold=5.0)
    table = model.graph["n.bias"]
    assert isinstance(table, s.SpikeBias) and neuron(model).weight_exp == -1
    # 13 steps, entered as 2 * floor((-13 + 1) / 2) = -12
    assert table.table_q.item() == -12
    assert model.neurons[0].current_bias_error == pytest.approx(0.105 / 13)
    # A current that never leaks takes no right shift that does so.
    model = layer([[1.0, -0.73]], bias=-0.105, u_keep=1.0, threshold=5.0)
    assert neuron(model).weight_exp >= 0 and model.neurons[0].current_bias_error < 1e-15


def test_a_bias_that_a_current_without_leak_would_sum_up_wrongly_is_refused() -> None:
    message = (
        "bias into 'n': needed whole steps of the input, or 0.5 of one off after 256 time steps, "
        "found 115.2 steps off. Let the current leak"
    )
    with pytest.raises(QuantisationError, match=message):
        layer([[1.0, -0.73]], bias=0.45 / 127, u_keep=1.0, threshold=5.0)
    with pytest.raises(QuantisationError, match="bias into 'o'"):
        behind = readout("o", "c", u_keep=1.0)
        nodes = (entry(), dense("c", "x", [[1.0, -0.73]], 0.45 / 127), behind, out("o"))
        quantise_network(graph(*nodes))


def test_a_bias_into_a_current_without_leak_is_exact_where_it_is_whole() -> None:
    model = layer([[127.0, -126.0]], bias=-2.0, u_keep=1.0, threshold=4000.0)
    assert model.neurons[0].current_bias_error == 0.0
    check_same_spikes(model, random_spikes(60, 2))


# ---------------------------------------------------------------------------- recurrence


def test_recurrent_weights_share_the_steps_of_their_row() -> None:
    recurrent = np.array([[0.0, -2.0], [3.0, 0.0]])
    model = layer(np.array([[4.0, 8.0], [6.0, 12.0]]), recurrent=recurrent, threshold=9.0)
    assert neuron(model).recurrent_q.tolist() == [[0, -2], [1, 0]]
    assert model.worth["c"].tolist() == [1.0, 3.0]
    check_same_spikes(model, random_spikes(200, 2))


def test_a_recurrent_layer_on_a_stream_bounds_the_grid() -> None:
    recurrent = np.array([[0.0, -1.5], [0.5, 0.0]])
    total = f.FloatAdd(name="a", inputs=("c", "d"))
    nodes = (entry(), dense("c", "x", np.eye(2)), dense("d", "x", np.ones((2, 2)) / 3), total)
    model = quantise_network(
        graph(*nodes, lif("n", "a", recurrent=recurrent, v_keep=0.9), out("n"))
    )
    # 1.5 * 2**6 = 96 steps fit 127, 1.5 * 2**7 do not
    assert neuron(model).recurrent_q.tolist() == [[0, -96], [32, 0]]
    check_same_spikes(model, random_spikes(100, 2))


def test_recurrent_weights_beyond_their_width_are_refused() -> None:
    given = CubaInput(Pending("c"), (1, 1, 1, 1), 24)
    node = lif("n", "c", recurrent=np.full((1, 1), 300.0))
    message = "recurrent weights of 'n': needed at most 127 steps, found 300 steps"
    with pytest.raises(QuantisationError, match=message):
        integer_cuba(node, given)


def test_a_threshold_that_rounds_to_nothing_is_refused() -> None:
    given = CubaInput(Pending("c"), (1, 1, 1, 1), 24)
    message = "threshold of 'n': needed at least half a step of the input, found 0.2"
    with pytest.raises(QuantisationError, match=message):
        integer_cuba(lif("n", "c", threshold=0.2, v_keep=0.5), given)


def test_a_threshold_no_register_holds_is_refused() -> None:
    given = CubaInput(Pending("c"), (1, 1, 1, 1), 24)
    message = "neuron 'n': needed a threshold within 131071 input steps .* found 1e.06 and 0"
    with pytest.raises(QuantisationError, match=message):
        integer_cuba(lif("n", "c", threshold=1e6), given)


# ---------------------------------------------------------------------------- other inputs


def test_several_paths_meet_on_a_stream() -> None:
    total = f.FloatAdd(name="a", inputs=("c", "d"))
    nodes = (entry(20), dense("c", "x", WEIGHTS / 8, 0.25), dense("d", "x", WEIGHTS[::-1] / 2))
    model = quantise_network(graph(*nodes, total, lif("n", "a", threshold=5.5), out("n")))
    check_same_spikes(model, random_spikes(200, 20))


def test_delays_and_flattening_keep_integers() -> None:
    late = m.Delay(name="l", inputs=("n",), steps_q=np.array([[[2]], [[0]]], np.int32))
    flat = m.Flatten(name="f", inputs=("l",))
    first = (entry(grid=(2, 2)), lif("n", "x", threshold=1.5))
    weight = RNG.integers(-3, 6, (3, 8))
    model = quantise_network(
        graph(*first, late, flat, dense("c", "f", weight), lif("o", "c", threshold=4.0), out("o"))
    )
    drawn = (RNG.random((50, 2, 2, 2, 2)) < 0.5).astype(np.int64)
    check_same_spikes(model, drawn)


def test_a_delayed_layer_with_a_bias_starts_from_zero() -> None:
    late = m.Delay(name="l", inputs=("c",), steps_q=np.full((1, 1, 1), 2, np.int32))
    nodes = (entry(), dense("c", "x", np.eye(2), 0.75), late, lif("n", "l", threshold=2.5))
    check_same_spikes(quantise_network(graph(*nodes, out("n"))), random_spikes(30, 2))


@pytest.mark.parametrize("level", [0.3, -0.4, 0.0])
def test_a_threshold_without_state_is_exact_on_exact_weights(level: float) -> None:
    fires = f.FloatThreshold(name="t", inputs=("c",), level=per_neuron([level, level + 0.01]))
    nodes = (entry(4), dense("c", "x", RNG.integers(-8, 9, (2, 4)) / 16, [0.05, -0.1]), fires)
    model = quantise_network(graph(*nodes, out("t")))
    node = neuron(model, "t")
    assert (node.u_decay_q == 4096).all() and (node.v_decay_q == 4096).all()
    check_same_spikes(model, random_spikes(60, 4, rate=0.5))


def test_a_pool_of_spikes_is_exact() -> None:
    pool = f.FloatAvgPool(name="p", inputs=("x",), factor=2)
    flat = m.Flatten(name="f", inputs=("p",))
    weight = RNG.integers(-3, 8, (3, 8))
    nodes = (entry(grid=(4, 4)), pool, flat, dense("c", "f", weight), lif("n", "c", threshold=4.0))
    drawn = (RNG.random((50, 2, 2, 4, 4)) < 0.5).astype(np.int64)
    check_same_spikes(quantise_network(graph(*nodes, out("n"))), drawn)


def test_graded_signed_inputs_have_a_worth() -> None:
    values = InputRange(-127, 127, 1 / 64)
    nodes = (entry(4), dense("c", "x", RNG.integers(-8, 9, (3, 4)) / 16), lif("n", "c"), out("n"))
    model = quantise_network(graph(*nodes), QuantiseOptions(values=values))
    source = model.graph["x"]
    assert isinstance(source, s.SpikeInput)
    assert (source.low, source.high, source.scale) == (-127, 127, 1 / 64)
    check_same_spikes(model, RNG.integers(-127, 128, (60, 2, 4, 1, 1)))


def test_inputs_too_fine_for_the_registers_are_rounded_not_floored() -> None:
    weight = RNG.normal(size=(3, 40)) * 0.3
    nodes = (entry(40), dense("c", "x", weight), lif("n", "c", v_keep=0.9, threshold=2.0), out("n"))
    options = QuantiseOptions(values=InputRange(-127, 127, 1 / 127))
    model = quantise_network(graph(*nodes), options)
    node, table = neuron(model), model.graph["n.bias"]
    assert node.weight_exp < 0 and isinstance(table, s.SpikeBias)
    assert (table.table_q == 1 << (-node.weight_exp - 1)).all()
    assert all(bound.proved for bound in model.certificate)
    integer, real = both_runs(model, RNG.integers(-127, 128, (200, 4, 40, 1, 1)))
    assert (integer.values["n"] != real.values["n"]).mean() < 0.01 < real.values["n"].mean()


# ---------------------------------------------------------------------------- readouts


def test_a_readout_has_the_real_worth_of_its_membrane() -> None:
    nodes = (entry(20), dense("c", "x", WEIGHTS / 4, 0.5), readout("o", "c", v_gain=0.5), out("o"))
    model = quantise_network(graph(*nodes))
    end = model.graph["out"]
    assert isinstance(end, s.SpikeOutput)
    integer, real = both_runs(model, random_spikes(100, 20))
    found = integer.outputs["out"] * end.scale[:, None, None]
    assert (found == real.outputs["out"]).all() and real.outputs["out"].any()


def test_a_leaky_readout_errs_by_a_small_share() -> None:
    nodes = (entry(20), dense("c", "x", RNG.normal(size=(5, 20)), 0.1))
    behind = readout("o", "c", u_keep=0.5, v_keep=0.9, v_drive=0.01)
    model = quantise_network(graph(*nodes, behind, out("o")))
    assert model.neurons[0].current_bias_share is None
    integer, real = both_runs(model, random_spikes(200, 20))
    found = integer.outputs["out"] * model.worth["o"][:, None, None]
    assert np.abs(found - real.outputs["out"]).max() < 0.01 * np.abs(real.outputs["out"]).max()


# ---------------------------------------------------------------------------- trained-like nets
