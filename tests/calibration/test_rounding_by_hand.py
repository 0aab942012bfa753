"""Decays, biases and tables go to the nearest integer, halves up: each worked out as a fraction."""

from fractions import Fraction

import numpy as np
import pytest

from calibration.quantise import quantise_network
from spiketrack.graph import float_nodes as f
from spiketrack.graph import spike_nodes as s
from tests.calibration import small_neurons
from tests.calibration.small_graphs import add, conv, neuron, out, quantise, spikes
from tests.calibration.small_neurons import dense, entry, lif


def nearest(value: float, unit: float) -> int:
    """The integer number of units next to a value, halves up, in exact arithmetic."""
    exact = Fraction(value) / Fraction(unit)
    return (2 * exact + 1).numerator // (2 * exact + 1).denominator // 2


def test_halves_go_up() -> None:
    assert [nearest(one, 1.0) for one in (0.5, 1.5, -0.5, 0.49, -1.5)] == [1, 2, 0, 0, -1]


@pytest.mark.parametrize(
    ("decay", "mantissa"),
    [
        (0.3, 1229),  # 1228.8
        (0.7, 2867),  # 2867.2
        (0.9, 3686),  # 3686.4
        (0.1, 410),  # 409.6
        (0.25, 1024),
        (1228.5 / 4096, 1229),  # a half
    ],
)
def test_a_decay_is_the_nearest_of_4096_parts(decay: float, mantissa: int) -> None:
    model = quantise(spikes(steps=2), conv("c", "x", 0.5), neuron("n", "c", decay), out("n"))
    node = model.graph["n"]
    assert isinstance(node, s.SpikeNILIF)
    assert node.decay_q.tolist() == [mantissa] == [nearest(decay, 1 / 4096)]


@pytest.mark.parametrize("bias", [0.3, 0.7, -0.3, -0.7, 0.1, 1 / 3])
def test_a_bias_on_a_stream_is_the_nearest_step(bias: float) -> None:
    # The sum of two values makes a stream; each comes to it by a rescale that holds its bias.
    model = quantise(
        spikes(), conv("c", "x", 0.3, bias=bias), conv("d", "x", 0.7, bias=0.0),
        add("a", "c", "d"), neuron("n", "a"), out("n"),
    )  # fmt: skip
    rescale = model.graph["c.stream"]
    assert isinstance(rescale, s.SpikeRescale)
    assert rescale.bias_q.tolist() == [nearest(bias, rescale.scale)]


def test_a_table_is_the_nearest_step_in_every_cell() -> None:
    values = np.array([0.1, 0.2, 0.3, 1 / 3, 0.6, 2 / 3, 0.7, -0.1, -0.3, -1 / 3, -0.6, -0.7,
                       0.9, -0.9, 0.55, -0.55])  # fmt: skip
    table = f.FloatBias(name="t", inputs=("c",), table=values.reshape(1, 1, 4, 4))
    model = quantise(spikes(), conv("c", "x", 0.3), table, neuron("n", "t"), out("n"))
    node = model.graph["t"]
    assert isinstance(node, s.SpikeBias)
    assert node.table_q.ravel().tolist() == [nearest(one, node.scale) for one in values]
    # Some of them lie above the middle of a step, where rounding down would differ.
    above = [Fraction(one) / Fraction(node.scale) % 1 >= Fraction(1, 2) for one in values.tolist()]
    assert 4 <= sum(above) <= 12


@pytest.mark.parametrize("keep", [0.3, 0.7, 0.9, 0.77, 1 / 3])
def test_leaks_of_current_and_membrane_are_the_nearest_of_4096_parts(keep: float) -> None:
    weight = np.array([[3.0, -2.0], [1.0, 5.0]])
    neurons = lif("n", "c", u_keep=keep, v_keep=1 - keep, threshold=17.0)
    model = quantise_network(
        small_neurons.graph(entry(2), dense("c", "x", weight), neurons, out("n"))
    )
    node = model.graph["n"]
    assert isinstance(node, s.SpikeCubaLIF)
    assert set(node.u_decay_q.ravel().tolist()) == {nearest(1.0 - keep, 1 / 4096)}
    assert set(node.v_decay_q.ravel().tolist()) == {nearest(1.0 - (1 - keep), 1 / 4096)}


@pytest.mark.parametrize("small", [0.7, 1.3, -1.3, 2.9, 5.1])
def test_a_drive_beside_a_large_one_is_the_nearest_of_the_steps_that_they_share(
    small: float,
) -> None:
    # 900.3 steps of the input need an exponent; the small drive has to live with it.
    neurons = lif("n", "c", v_keep=0.5, v_drive=np.array([900.3, small]), threshold=2000.0)
    weight = np.array([[3.0, -2.0], [1.0, 5.0]])
    model = quantise_network(
        small_neurons.graph(entry(2), dense("c", "x", weight), neurons, out("n"))
    )
    node = model.graph["n"]
    assert isinstance(node, s.SpikeCubaLIF)
    assert node.bias_exp > 0
    worth = [float(one) / (64 * 2.0**node.weight_exp) for one in model.worth["c"]]
    expected = [
        nearest(drive, one * 2**node.bias_exp)
        for drive, one in zip((900.3, small), worth, strict=True)
    ]
    assert node.bias_mant_q.ravel().tolist() == expected
