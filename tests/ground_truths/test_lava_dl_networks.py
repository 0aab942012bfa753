"""Whole networks against the traces in lava-dl's wheel: every value, every step."""

from dataclasses import replace

import numpy as np
import pytest

from conversion.netx import NetxOptions, read_netx
from simulation.reference.engine import run_reference
from simulation.run import Run
from spiketrack.graph.graph import Graph
from spiketrack.graph.spike_nodes import SpikeCubaLIF, SpikeNode
from tests.ground_truths.traces import (
    PILOTNET_LAYERS,
    load,
    mismatches,
    netx_file,
    ntidigits_outputs,
    one_step_late,
    pilotnet_trace,
    run_pilotnet,
    steps_first,
)

SDNN_STEPS = 20
pytestmark = pytest.mark.lava_environment("lava-dl")


@pytest.fixture(scope="module")
def pilotnet() -> Run:
    return run_pilotnet(netx_file("gts/pilotnet_lif/network.net"), load("pilotnet_lif/image"))


@pytest.mark.slow
@pytest.mark.parametrize("layer", PILOTNET_LAYERS)
def test_pilotnet_lif_equals_its_trace_in_u_v_and_spikes(pilotnet: Run, layer: str) -> None:
    """Of the input layer the spikes alone: gts/pilotnet_lif holds no u or v of it."""
    # Why not fc-3 and input-s: they were recorded in another run.
    kinds = ("",) if layer == "input" else ("", "-u", "-v")
    wrong = {
        kind: mismatches(
            pilotnet_trace(pilotnet, layer, kind),
            steps_first(load(f"pilotnet_lif/{layer}{kind}")),
        )
        for kind in kinds
    }
    assert wrong == dict.fromkeys(kinds, 0)


@pytest.mark.slow
def test_pilotnet_traces_hold_2_853_792_values_each_behind_the_input(pilotnet: Run) -> None:
    sizes = [
        pilotnet.values[node].size for layer, node in PILOTNET_LAYERS.items() if layer != "input"
    ]
    # 24 * (24*32*99 + 36*15*49 + 48*7*24 + 64*4*22 + 64*2*20 + 100 + 50 + 10)
    assert sum(sizes) == 2_853_792


def _deadened(graph: Graph[SpikeNode]) -> Graph[SpikeNode]:
    """The same graph with thresholds that nothing reaches."""
    never = np.full((1, 1, 1), (1 << 17) - 1, np.int32)
    nodes = tuple(
        replace(node, threshold_q=never) if isinstance(node, SpikeCubaLIF) else node
        for node in graph
    )
    return Graph(graph.name, nodes)


@pytest.mark.slow
def test_a_dead_pilotnet_fails_the_same_comparison_in_every_layer() -> None:
    path = netx_file("gts/pilotnet_lif/network.net")
    graph = _deadened(read_netx(path, options=NetxOptions(n_steps=24, reset_interval=17)))
    image = load("pilotnet_lif/image").transpose(2, 1, 0)[None, None]
    run = run_reference(graph, {"0.input": np.repeat(image, 24, axis=0).astype(np.int64)})
    for layer in PILOTNET_LAYERS:
        expected = steps_first(load(f"pilotnet_lif/{layer}"))
        assert mismatches(pilotnet_trace(run, layer, ""), expected) == expected.sum() > 0


def test_a_silent_expectation_is_no_ground_truth() -> None:
    silence = np.zeros((24, 3, 2, 2), np.int64)
    with pytest.raises(AssertionError):
        mismatches(silence, silence)


@pytest.mark.slow
def test_all_242_by_3000_outputs_of_ntidigits_are_equal_one_step_late() -> None:
    expected = load("ntidigits/output")
    found = ntidigits_outputs(netx_file("gts/ntidigits/ntidigits.net"), load("ntidigits/input"))
    assert mismatches(one_step_late(found), expected) == 0
    assert mismatches(found, expected) > 0  # the offset is one step, not none
    assert mismatches(one_step_late(np.zeros_like(found)), expected) == 22_572


def _sigma_delta(name: str, steps: int) -> Run:
    graph = read_netx(netx_file(f"gts/pilotnet_sdnn/{name}"), options=NetxOptions(n_steps=steps))
    width = graph.shapes["0.input"][-1]
    frame = steps_first(load("pilotnet_sdnn/input"))[..., :width]
    # Why repeated: the source of lava-nc shows its one frame again and again.
    return run_reference(graph, {"0.input": np.repeat(frame[:, None], steps, axis=0)})


@pytest.mark.slow
@pytest.mark.parametrize(
    ("network", "node", "trace"),
    [
        ("network.net", "0.delta", "act0"),
        ("network.net", "1.sigma", "sigma1"),
        ("network.net", "2.sigma", "sigma2"),
        *(("square_network.net", f"{i}.sigma", f"sigma{i}_square") for i in range(1, 5)),
    ],
)
def test_pilotnet_sdnn_equals_its_traces(network: str, node: str, trace: str) -> None:
    found = _sigma_delta(network, SDNN_STEPS).values[node][:, 0]
    assert mismatches(found, steps_first(load(f"pilotnet_sdnn/{trace}"))) == 0


def test_the_output_of_pilotnet_sdnn_equals_its_trace_of_nine_steps() -> None:
    found = _sigma_delta("network.net", 9).outputs["output"]
    assert mismatches(found[:, 0], steps_first(load("pilotnet_sdnn/output"))) == 0


def test_tinynet_equals_its_trace_from_the_second_column_on() -> None:
    graph = read_netx(netx_file("tiny.net"), options=NetxOptions(n_steps=17, reset_interval=17))
    bias = load("tinynet/input_bias").transpose(2, 1, 0)[None, None].astype(np.int64)
    run = run_reference(graph, {"0.input": np.repeat(bias, 17, axis=0)})
    expected = load("tinynet/output")[0].transpose(3, 0, 1, 2)
    # Two layers behind the input, one step each: column t of the file is step t + 1.
    assert mismatches(run.outputs["output"][2:17, 0], expected[1:16]) == 0


def test_the_files_without_traces_load_too() -> None:
    graph = read_netx(netx_file("mnist.net"), options=NetxOptions(n_steps=4))
    assert graph.shapes["output"] == (4, 10, 1, 1)
