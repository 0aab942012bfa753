"""Single layers against the traces in lava-dl's wheel, each read from a file made for the test."""

from pathlib import Path

import numpy as np
import pytest

from conversion.netx import NetxOptions, read_netx
from simulation.reference.engine import run_reference
from simulation.run import Run, current_name
from spiketrack.errors import ObstacleError
from tests.conversion.netx.net_files import cuba, layer, net_file, sdnn
from tests.ground_truths.traces import Array, load, mismatches, steps_first

pytestmark = pytest.mark.lava_environment("lava-dl")


def _run(path: Path, data: Array, **options: int) -> Run:
    """Runs a file on data (T, C, H, W)."""
    graph = read_netx(path, options=NetxOptions(n_steps=len(data), **options))  # type: ignore[arg-type]
    return run_reference(graph, {graph.inputs[0].name: data[:, None].astype(np.int64)})


@pytest.mark.slow
def test_dense_200_to_256_equals_its_trace_over_2000_steps(tmp_path: Path) -> None:
    neuron = cuba(threshold=6, u_decay=4096, v_decay=415)
    dense = layer("dense", weight=load("dense/weight"), shape=[256, 1, 1], neuron=neuron)
    run = _run(net_file(tmp_path, dense), steps_first(load("dense/in")))
    assert mismatches(run.outputs["output"][:, 0], steps_first(load("dense/out"))) == 0


def test_the_input_layer_of_tinynet_equals_its_trace(tmp_path: Path) -> None:
    neuron = cuba(threshold=25, u_decay=4096, v_decay=1024)
    path = net_file(tmp_path, layer("input", shape=[3, 16, 16], neuron=neuron))
    bias = load("tinynet/input_bias").transpose(2, 1, 0)
    run = _run(path, np.repeat(bias[None], 15, axis=0))
    expected = load("tinynet/input")[0].transpose(3, 0, 1, 2)
    assert mismatches(run.outputs["output"][:, 0], expected[1:]) == 0


def _tinynet_conv(tmp_path: Path, trace: str, neuron: dict[str, object]) -> Path:
    kernel = load(f"{trace}/layer1_kernel").transpose(0, 3, 2, 1)[:, :, ::-1, ::-1]
    bias = load(f"{trace}/layer1_bias")
    conv = layer("conv", weight=kernel, bias=bias, shape=[24, 6, 6], stride=[2, 2], neuron=neuron)
    return net_file(tmp_path, layer("input", shape=[3, 16, 16]), conv)


def test_the_conv_layer_of_tinynet_equals_current_and_spikes_from_the_second_column_on(
    tmp_path: Path,
) -> None:
    path = _tinynet_conv(tmp_path, "tinynet", cuba(threshold=25, u_decay=4096, v_decay=1024))
    spikes = load("tinynet/input")[0].transpose(3, 0, 1, 2)
    # The wire shows column t at step t when column t + 1 enters. The trace begins at step 1.
    entering = np.concatenate((spikes[1:], spikes[:1]))
    run = _run(path, entering, reset_interval=1000, reset_offset=1)
    current, fired = (
        load(f"tinynet/{name}")[0].transpose(3, 0, 1, 2) for name in ("current", "layer1")
    )
    assert mismatches(run.states[current_name("1.lif")][:, 0], 64 * current) == 0
    assert mismatches(run.outputs["output"][1:, 0], fired[1:]) == 0 and not fired[0].any()


def test_the_delta_input_of_tinynet_sdnn_equals_its_trace(tmp_path: Path) -> None:
    path = net_file(tmp_path, layer("input", shape=[3, 16, 16], neuron=sdnn(threshold=20)))
    wave = np.sin(2 * np.pi * np.arange(15) / 15)
    data = (load("tinynet_sdnn/input_bias")[..., None] * wave).astype(int)
    run = _run(path, steps_first(data))
    assert mismatches(run.outputs["output"][:, 0], steps_first(load("tinynet_sdnn/input"))) == 0


def test_the_conv_layer_of_tinynet_sdnn_equals_the_one_step_of_its_trace(tmp_path: Path) -> None:
    path = _tinynet_conv(tmp_path, "tinynet_sdnn", sdnn(threshold=20))
    run = _run(path, steps_first(load("tinynet_sdnn/input"))[:1], input_message_bits=16)
    expected = steps_first(load("tinynet_sdnn/layer1"))
    assert mismatches(run.outputs["output"][:, 0], expected[:1]) == 0 and not expected[1:].any()


def test_the_sigma_layer_of_tinynet_sdnn_equals_its_trace(tmp_path: Path) -> None:
    weight = load("tinynet_sdnn/layer2_weight")
    dense = layer("dense", weight=weight, shape=[100], neuron=sdnn(threshold=0, output=True))
    # Why binary: upstream left num_message_bits at 0, which makes every graded spike a 1.
    data = steps_first(load("tinynet_sdnn/layer1").reshape(-1, 16)) != 0
    run = _run(net_file(tmp_path, dense), data)
    assert mismatches(run.outputs["output"][:, 0], steps_first(load("tinynet_sdnn/layer2"))) == 0


def test_complex_dense_is_refused_with_both_of_its_obstacles(tmp_path: Path) -> None:
    parts = {"real": load("complex_dense/weight_r"), "imag": load("complex_dense/weight_img")}
    neuron = {"type": np.bytes_("RF_PHASE"), "vThMant": 25, "sinDecay": 2000, "cosDecay": 3000}
    path = net_file(tmp_path, layer("dense", weight=parts, shape=[256, 1, 1], neuron=neuron))
    with pytest.raises(ObstacleError, match="RF_PHASE.*complex weights") as caught:
        read_netx(path)
    nodes = [obstacle.node for obstacle in caught.value.obstacles]
    assert nodes == ["layer/0/neuron", "layer/0/weight"]
