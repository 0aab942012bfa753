"""What a `.net` file becomes, field by field."""

from pathlib import Path

import numpy as np
import pytest

from conversion.netx import NetxOptions, read_netx
from conversion.netx.weights import halved, widened
from simulation.reference.engine import run_reference
from spiketrack.errors import StoreError
from spiketrack.files.hdf5 import Limits
from spiketrack.graph import spike_nodes as s
from spiketrack.graph import structural_nodes as m
from tests.conversion.netx.net_files import cuba, layer, net_file, sdnn


def _dense(n_out: int, n_in: int, **fields: object) -> dict[str, object]:
    weight = 2 * np.arange(n_out * n_in).reshape(n_out, n_in)
    return layer("dense", weight=weight, shape=[n_out, 1, 1], neuron=cuba(), **fields)


def test_even_weights_are_halved_and_odd_ones_stay() -> None:
    even, odd = halved(np.array([-256, 0, 254])), halved(np.array([-3, 4]))
    assert even is not None and (even.weight_q.tolist(), even.exp) == ([-128, 0, 127], 1)
    assert odd is not None and (odd.weight_q.tolist(), odd.exp) == ([-3, 4], 0)
    assert halved(np.array([129])) is None and halved(np.array([256])) is None


def test_an_exponent_is_multiplied_out_where_the_format_can_say_it() -> None:
    wide = widened(np.array([-128, 127], np.int8), 1)
    assert wide is not None and wide.tolist() == [-256.0, 254.0]
    assert widened(np.array([127], np.int8), 2) is None
    narrow = widened(np.array([-8, 4], np.int8), -2)
    assert narrow is not None and narrow.tolist() == [-2.0, 1.0]
    assert widened(np.array([3], np.int8), -1) is None


def test_layers_are_sorted_as_numbers(tmp_path: Path) -> None:
    path = net_file(tmp_path, *(_dense(2, 2) for _ in range(11)))
    assert read_netx(path).outputs[0].inputs == ("10.lif",)


def test_a_cuba_input_takes_the_bias_mantissa_that_lava_takes(tmp_path: Path) -> None:
    neuron = cuba(threshold=25, u_decay=1024, v_decay=0)
    path = net_file(
        tmp_path, layer("input", shape=[1, 1, 1], weight=np.array([40.0]), bias=36.0, neuron=neuron)
    )
    graph = read_netx(path, options=NetxOptions(n_steps=3))
    run = run_reference(graph, {"0.input": np.full((3, 1, 1, 1, 1), 10)})
    # v grows by 64 * 10 and must exceed 64 * 25: 10, 20, 30; iDecay means nothing here.
    assert run.states["0.lif"].ravel().tolist() == [640, 1280, 1920]
    assert run.outputs["output"].ravel().tolist() == [0, 0, 1]
    source = graph["0.input"]
    assert isinstance(source, s.SpikeInput)
    assert (source.scale, source.offset_q.tolist()) == (1 / 40, [36])


def test_delays_per_output_are_axonal_and_delays_per_input_join_the_wire(tmp_path: Path) -> None:
    path = net_file(tmp_path, _dense(3, 2, delay=[0, 5, 62]), _dense(2, 3, delay=[1, 2, 3]))
    graph = read_netx(path)
    axon, wire = graph["0.delay"], graph["1.wire"]
    assert isinstance(axon, m.Delay) and axon.steps_q.ravel().tolist() == [0, 5, 62]
    assert isinstance(wire, m.Delay) and wire.steps_q.ravel().tolist() == [2, 3, 4]


def test_resets_come_one_step_later_in_every_layer(tmp_path: Path) -> None:
    path = net_file(tmp_path, *(_dense(2, 2) for _ in range(3)))
    graph = read_netx(path, options=NetxOptions(reset_interval=17, reset_offset=16))
    phases = [node.reset_phase for node in graph if isinstance(node, s.SpikeCubaLIF)]
    assert phases == [16, 0, 1]


def test_a_layer_without_a_neuron_shows_its_running_sum(tmp_path: Path) -> None:
    path = net_file(tmp_path, layer("dense", weight=[[4.0, -2.0]], shape=[1, 1, 1]))
    graph = read_netx(path, options=NetxOptions(n_steps=4))
    raw = np.array([[1, 0], [1, 1], [0, 1], [0, 0]]).reshape(4, 1, 2, 1, 1)
    found = run_reference(graph, {"0.input": raw}).outputs["output"]
    # One step late: 0, 4, 4 + 4 - 2, then - 2; the current counts in 64ths.
    assert found.ravel().tolist() == [0, 64 * 4, 64 * 6, 64 * 4]


def test_a_recurrent_layer_shares_one_exponent_between_both_matrices(tmp_path: Path) -> None:
    fields = {"shape": [2, 1, 1], "neuron": cuba()}
    mixed = layer("dense_rec", weight=[[200.0], [2.0]], weight_rec=2 * np.eye(2), **fields)
    node = read_netx(net_file(tmp_path, mixed))["0.lif"]
    assert isinstance(node, s.SpikeCubaLIF)
    assert node.weight_exp == 1 and node.recurrent_q.tolist() == [[1, 0], [0, 1]]


def test_a_pool_is_a_depthwise_conv_of_its_one_kernel(tmp_path: Path) -> None:
    pool = layer("pool", weight=np.full((1, 1, 2, 2), 64.0), shape=[3, 2, 2], neuron=cuba())
    graph = read_netx(net_file(tmp_path, layer("input", shape=[3, 4, 4]), pool))
    node = graph["1.conv"]
    assert isinstance(node, s.SpikeConv)
    assert (node.groups, node.stride, node.weight_q.shape) == (3, (2, 2), (3, 1, 2, 2))
    assert (node.weight_q == 32).all()


def test_an_average_is_a_sum_over_groups_with_the_division_in_the_scale(tmp_path: Path) -> None:
    path = net_file(tmp_path, _dense(6, 2), layer("average", shape=[2, 1, 1]))
    graph = read_netx(path)
    total, end = graph["1.sum"], graph["output"]
    assert isinstance(total, s.SpikeConv) and total.weight_q.shape == (2, 3, 1, 1)
    assert isinstance(end, s.SpikeOutput) and end.scale.tolist() == [1 / 3]


def test_sigma_delta_weights_beyond_int8_are_doubled_behind_the_synapse(tmp_path: Path) -> None:
    wide = layer("dense", weight=[[254.0, -256.0]], shape=[1], neuron=sdnn(output=True))
    graph = read_netx(
        net_file(tmp_path, wide), options=NetxOptions(n_steps=2, input_message_bits=8)
    )
    raw = np.array([[3, 1], [0, 0]]).reshape(2, 1, 2, 1, 1)
    found = run_reference(graph, {"0.input": raw}).outputs["output"]
    assert found.ravel().tolist() == [0, 3 * 254 - 256]


def test_skipped_layers_leave_their_shape_to_the_input(tmp_path: Path) -> None:
    path = net_file(tmp_path, _dense(3, 2), _dense(2, 3))
    graph = read_netx(path, options=NetxOptions(skip_layers=1, n_steps=5))
    assert graph.shapes["1.input"] == (5, 3, 1, 1)


@pytest.mark.parametrize(("bits", "low"), [(None, -(1 << 15)), (8, -128)])
def test_message_bits_are_those_of_an_input_behind_a_skipped_layer(
    bits: int | None, low: int, tmp_path: Path
) -> None:
    neuron = sdnn() if bits is None else sdnn() | {"messageBits": bits}
    hidden = layer("dense", weight=np.eye(2), shape=[2, 1, 1], neuron=neuron)
    source = read_netx(net_file(tmp_path, hidden, hidden), options=NetxOptions(skip_layers=1))
    node = source["1.input"]
    assert isinstance(node, s.SpikeInput) and (node.low, node.high) == (low, -low - 1)


def test_a_file_cannot_make_the_reader_allocate_more_than_the_limits(tmp_path: Path) -> None:
    pool = layer("pool", weight=np.full((1, 1, 1, 1), 2.0), neuron=cuba())
    path = net_file(tmp_path, layer("input", shape=[1 << 26, 1, 1]), pool)
    with pytest.raises(StoreError, match="at most 1000000 bytes"):
        read_netx(path, limits=Limits(1_000_000, 1_000_000))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"n_steps": 0}, "n_steps"),
        ({"reset_interval": 0}, "reset_interval"),
        ({"spike_exp": 8}, "spike_exp"),
        ({"input_message_bits": 25}, "input_message_bits"),
        ({"input_shape": (0, 1, 1)}, "input_shape"),
    ],
)
def test_options_out_of_range_are_value_errors(fields: dict[str, int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        NetxOptions(**fields)  # type: ignore[arg-type]
