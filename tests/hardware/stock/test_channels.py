"""A chain of D levels equals a chain of stock LIFs with D times the channels."""

import numpy as np
import pytest

from hardware.stock import Thermometer, thermometer_channels
from hardware.stock.limits import stock_obstacles
from simulation.bounds.ranges import value_ranges
from simulation.reference.engine import run_reference
from spiketrack.errors import ObstacleError
from spiketrack.graph import spike_nodes as s
from spiketrack.graph import structural_nodes as m
from spiketrack.graph.graph import Graph
from spiketrack.graph.retime import retime
from tests.hardware.stock import chains

N_CHAINS = 40


def lowered(graph: chains.SpikeGraph, *, binary_input: bool = True) -> Thermometer:
    return thermometer_channels(graph, value_ranges(graph).values, binary_input=binary_input)


@pytest.mark.parametrize("binary_input", [True, False])
def test_random_chains_compute_the_same_integers(binary_input: bool) -> None:
    n_ones = n_spikes = 0
    for seed in range(N_CHAINS):
        graph = chains.random_chain(seed, flatten=seed % 2 == 0, reads=seed % 3 == 0)
        found = lowered(graph, binary_input=binary_input)
        assert stock_obstacles(found.graph) == []
        inputs = chains.frames(graph, seed)
        ours = run_reference(graph, inputs).outputs["out"]
        theirs = run_reference(found.graph, {"in": found.encode(inputs["in"])}).outputs["out"]
        assert np.array_equal(found.decode(theirs), ours), seed
        n_ones += sum(found.layer_ones.values())
        n_spikes += int(np.count_nonzero(ours))
    assert n_ones > 50 and n_spikes > 500


def test_real_values_survive_the_levels() -> None:
    graph = chains.random_chain(1, flatten=False, reads=False)
    found = lowered(graph)
    inputs = chains.frames(graph, 1)
    ours = run_reference(graph, inputs).outputs["out"]
    theirs = run_reference(found.graph, {"in": found.encode(inputs["in"])}).outputs["out"]
    old, new = graph["out"], found.graph["out"]
    assert isinstance(old, s.SpikeOutput) and isinstance(new, s.SpikeOutput)
    real = theirs * new.scale[:, None, None] + new.bias[:, None, None]
    assert np.allclose(found.decode(real), ours * old.scale[0] + old.bias[0])


def test_frames_may_stream_through_one_after_the_other() -> None:
    graph = chains.random_chain(2)
    found = lowered(graph)
    raw = chains.frames(graph, 2, batch=5)["in"]
    ours = run_reference(graph, {"in": raw}).outputs["out"]
    stream = {"in": found.encode(raw).swapaxes(0, 1)}
    theirs = run_reference(retime(found.graph, 5), stream).outputs["out"]
    assert np.array_equal(found.decode(theirs).swapaxes(0, 1), ours)


def test_weights_are_repeated_over_inputs_and_outputs_level_by_level() -> None:
    found = lowered(chains.single([[1, 2], [3, 4]], [[5], [7]], high=2))
    conv = found.graph["conv"]
    assert isinstance(conv, s.SpikeConv)
    assert conv.weight_q[:, :, 0, 0].tolist() == [[5, 5], [7, 7], [5, 5], [7, 7]]
    assert (found.input_levels, found.output_levels, found.layer_ones) == (2, 2, {})


def test_input_spikes_become_a_thermometer() -> None:
    found = lowered(chains.single([[1, 2], [3, 4]], high=3))
    raw = np.array([0, 1, 2, 3, 2, 1]).reshape(1, 1, 1, 2, 3)
    assert found.encode(raw)[0, 0].reshape(3, 6).tolist() == [
        [0, 1, 1, 1, 1, 1], [0, 0, 1, 1, 1, 0], [0, 0, 0, 1, 0, 0]
    ]  # fmt: skip


def test_neurons_that_never_or_always_fire_keep_no_synapses() -> None:
    # acc is 0..4 and 0..8: channel 0 never reaches 5, channel 1 is always at least 0.
    found = lowered(chains.single([[1, 5], [0, 3]]), binary_input=False)
    conv = found.graph["conv"]
    assert isinstance(conv, s.SpikeConv)
    assert conv.weight_q.ravel().tolist() == [1, 0, 0, 2]


def test_thetas_further_apart_than_a_bias_reaches_take_channels_that_always_spike() -> None:
    # thetas 1 and 9000 leave 8999 - 8191 = 808 to the weights: 404 down and 404 up, 4 channels.
    graph = chains.single([[1], [9000]], np.full((2, 100), 127))
    found = lowered(graph, binary_input=False)
    assert found.input_ones == 4 and found.layer_ones == {"in": 4}
    inputs = chains.frames(graph, 3)
    raw = {"in": found.encode(inputs["in"])}
    ours, theirs = (run_reference(g, i).outputs["out"] for g, i in
                    ((graph, inputs), (found.graph, raw)))  # fmt: skip
    assert np.array_equal(ours, theirs)


def test_a_threshold_moves_down_where_sums_with_their_shift_would_not_fit() -> None:
    # Sums 0..131064 = 2**17 - 8; halfway between thetas 1 and 2001 is vth 1000, and the shift of
    # 1000 leaves 17 bits: vth 7 keeps it at 7.
    found = lowered(chains.single([[1], [2001]], np.full((2, 258), 127)), binary_input=False)
    lif = found.graph["neuron"]
    assert isinstance(lif, s.SpikeCubaLIF) and int(lif.threshold_q.flat[0]) == 7
    assert lif.bias_mant_q.ravel().tolist() == [7, -1993]


def _refused(graph: chains.SpikeGraph, match: str) -> None:
    with pytest.raises(ObstacleError, match=match):
        lowered(graph)


def test_thetas_much_too_far_apart_are_an_obstacle() -> None:
    # Sums reach 250 * 127 * 4 = 127000, so a shift may be 4071 at most; the other one is 99999
    # less. Of these -95928 a bias takes -4096: 91832 / 128 = 717.4 weights of -128.
    graph = chains.single([[1], [100_000]], np.full((2, 250), 127))
    _refused(graph, "'neuron': thresholds so far apart that 718 channels would have to spike")


def test_sums_beyond_17_bits_are_an_obstacle() -> None:
    _refused(chains.single([[1]], np.full((1, 260), 127)), "sums in 0..132080, and a LIF takes 17")


def test_a_kernel_whose_taps_all_meet_the_padding_cannot_take_constants() -> None:
    # A 1 x 1 kernel with padding 1: its only tap lies on the padding at the border.
    weight = np.full((2, 100, 1, 1), 127)
    nodes = (
        chains.spikes_in(100, 2), chains.conv("conv", "in", weight, padding=(1, 1)),
        chains.nilif("neuron", "conv", [[1], [9000]]), chains.out("neuron"),
    )  # fmt: skip
    _refused(Graph("padded", nodes), "seen from everywhere")


def test_what_is_no_chain_is_listed_with_every_node() -> None:
    one = np.ones((1, 1, 1, 1))
    nodes = (
        chains.spikes_in(1, 2, n_steps=2), chains.conv("a", "in", one),
        chains.conv("b", "a", one), chains.nilif("c", "b", [[1]], decay=[9]),
        s.SpikeAdd(name="sum", inputs=("c", "in"), bits=8, scale=1.0),
        chains.nilif("d", "sum", [[1]], decay=[0]), chains.out("d"),
    )  # fmt: skip
    with pytest.raises(ObstacleError) as caught:
        lowered(Graph("tree", nodes))
    found = {obstacle.node: obstacle.reason for obstacle in caught.value.obstacles}
    assert found == {
        "in": "a value that 2 nodes read", "b": "synapses behind synapses",
        "c": "a membrane that lasts over steps", "sum": "a SpikeAdd in a chain",
        "d": "a neuron that is not behind synapses",
    }  # fmt: skip


def test_an_image_a_flattened_sum_and_an_empty_chain_are_obstacles() -> None:
    pixels = s.SpikeInput(
        name="in", shape=(1, 1, 2, 2), signal="image", low=-9, high=9, scale=1.0,
        offset_q=np.array([3], np.int32),
    )  # fmt: skip
    conv = chains.conv("conv", "in", np.ones((1, 1, 1, 1)))
    _refused(Graph("image", (pixels, conv, chains.out("conv"))), "an image, whose pixels are no")
    flat = m.Flatten(name="flat", inputs=("conv",))
    nodes = (chains.spikes_in(1, 2), conv, flat, chains.out("flat"))
    _refused(Graph("flat", nodes), "accumulators taken apart")
    _refused(Graph("none", (chains.spikes_in(1, 2), chains.out("in"))), "no layer at all")


def test_two_outputs_are_an_obstacle() -> None:
    conv = chains.conv("conv", "in", np.ones((1, 1, 1, 1)))
    second = s.SpikeOutput(name="out2", inputs=("conv",), scale=np.ones(1), bias=np.zeros(1))
    nodes = (chains.spikes_in(1, 2), conv, chains.out("conv"), second)
    _refused(Graph("two", nodes), "2 outputs")
