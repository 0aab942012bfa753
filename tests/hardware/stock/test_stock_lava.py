"""Lowered chains give the same integers on stock Lava processes and in lava-dl's netx."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from conversion.netx import write_netx
from hardware.stock import Thermometer, segment, synaptic_delays, thermometer_channels
from simulation.bounds.ranges import value_ranges
from simulation.reference.engine import run_reference
from spiketrack.errors import ObstacleError, OverflowBoundError
from spiketrack.graph import spike_nodes as s
from spiketrack.graph.graph import Graph
from spiketrack.graph.model import Model
from spiketrack.graph.retime import retime
from spiketrack.graph.store import save_model
from tests.hardware.stock import chains
from tests.hardware.stock.memory_chains import integrator, memory_chain
from tests.tiny_models import Tiny

ROOT, LIMIT_S, N_FRAMES = Path(__file__).parents[3], 1800, 8
ON_STOCK = Path(__file__).with_name("run_on_stock.py")
IN_NETX = ROOT / "tests" / "conversion" / "netx" / "run_in_lava.py"
pytestmark = [pytest.mark.slow, pytest.mark.lava_environment("lava-dl")]
Array = chains.Array


def run_script(script: Path, folder: Path, *arguments: str) -> str:
    # Why a process with a limit: what goes wrong inside Lava must not stop the tests.
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, script, *arguments],
        cwd=folder, timeout=LIMIT_S, check=True, capture_output=True, text=True,
        env=os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": path},
    )  # fmt: skip
    return done.stdout


def on_stock(folder: Path, graph: chains.SpikeGraph, raw: Array, *rest: str) -> tuple[Array, Any]:
    save_model(folder / "stock.stk", Model({graph.name: graph}, {}))
    np.save(folder / "in.npy", raw)
    said = run_script(ON_STOCK, folder, "stock.stk", "in.npy", "out.npy", *rest)
    return np.load(folder / "out.npy"), json.loads(said.splitlines()[-1])


def in_netx(folder: Path, found: Thermometer, raw: Array) -> Array:
    """Values (1, B, C, H, W) of the old output, for samples streamed one after the other."""
    graph = synaptic_delays(found.graph)
    late = sum(isinstance(node, s.SpikeConv) for node in graph)
    write_netx(graph, folder / "chain.net")
    frames = found.encode(raw)[0]
    np.save(folder / "in.npy", np.concatenate([frames, np.zeros((late, *frames.shape[1:]))]))
    run_script(IN_NETX, folder, "chain.net", "in.npy", "out.npy", "torch")
    value = np.load(folder / "out.npy").astype(np.int64).transpose(3, 2, 1, 0)
    return found.decode(value[late:][None])


def tower(model: Tiny, last: str) -> tuple[chains.SpikeGraph, Thermometer, Array, Array]:
    """Four layers of conv and neuron of the score head, and what they make of random frames."""
    whole = model.model.graphs["search"]
    part = segment(whole, "decoder.spike", last, value_ranges(whole).values)
    raw = np.random.default_rng(0).integers(0, 5, (1, N_FRAMES, *part.shapes["decoder.spike"][1:]))
    ours = run_reference(part, {"decoder.spike": raw}).outputs["output"]
    return part, thermometer_channels(part, value_ranges(part).values), raw, ours


def test_a_head_tower_and_its_readout_are_equal_on_stock_processes(
    t1: Tiny, tmp_path: Path
) -> None:
    _, found, raw, ours = tower(t1, "decoder.conv5_ctr")
    value, (latency, n_processes, _) = on_stock(tmp_path, found.graph, found.encode(raw))
    assert np.array_equal(found.decode(value), ours) and len(np.unique(ours)) > 50
    # 5 convs, 4 LIFs, in and its layout, out, and the runtime service.
    assert (latency, n_processes) == (5, 13)


def test_the_same_tower_runs_equal_in_netx(t1: Tiny, tmp_path: Path) -> None:
    _, found, raw, ours = tower(t1, "decoder.ctr4_spike")
    assert np.array_equal(in_netx(tmp_path, found, raw), ours) and ours.max() > 1


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_random_chains_with_strides_groups_and_dense_layers_are_equal(
    seed: int, tmp_path: Path
) -> None:
    graph = chains.random_chain(seed, flatten=seed != 1, reads=seed == 0)
    found = thermometer_channels(graph, value_ranges(graph).values, binary_input=seed != 2)
    raw = chains.frames(graph, seed, batch=20)["in"]
    ours = run_reference(graph, {"in": raw}).outputs["out"]
    value, _ = on_stock(tmp_path, found.graph, found.encode(raw), *["scipy"] * (seed == 1))
    assert np.array_equal(found.decode(value), ours) and ours.any()


def test_neurons_with_memory_are_equal_step_by_step_where_delays_are_stated(
    tmp_path: Path,
) -> None:
    rng = np.random.default_rng(8)

    def lif(name: str, source: str) -> s.SpikeCubaLIF:
        one = np.ones((1, 1, 1), np.int32)
        return s.SpikeCubaLIF(
            name=name, inputs=(source,), u_decay_q=one * 1500, v_decay_q=one * 200,
            threshold_q=one * 150, bias_mant_q=rng.integers(-9, 9, (3, 1, 1)).astype(np.int32),
            recurrent_q=np.zeros((0, 0), np.int8), bias_exp=6, weight_exp=int(name == "b"),
        )  # fmt: skip

    nodes = (
        chains.spikes_in(2, 3, high=1), chains.conv("x", "in", rng.integers(-50, 90, (3, 2, 3, 3))),
        lif("a", "x"), chains.conv("y", "a", rng.integers(-50, 90, (3, 3, 1, 2))), lif("b", "y"),
        chains.out("b"),
    )  # fmt: skip
    graph = retime(synaptic_delays(Graph("memory", nodes)), 40)
    inputs = chains.frames(graph, 8, batch=2)
    ours = run_reference(graph, inputs).outputs["out"]
    value, _ = on_stock(tmp_path, graph, inputs["in"])
    assert np.array_equal(value, ours) and 0 < ours.mean() < 1


def test_a_membrane_that_overflows_is_an_error_and_one_step_before_there_is_none(
    tmp_path: Path,
) -> None:
    # -64 * 2 * 127 a step after the one that synapses take: 516 of them still fit 24 bits.
    for n_steps in (517, 518):
        graph = memory_chain(integrator("a", "x"), -127, n_steps=n_steps)
        raw = np.ones((n_steps, 1, *graph.shapes["in"][1:]), np.int64)
        if n_steps == 517:
            value, _ = on_stock(tmp_path, graph, raw)
            assert np.array_equal(value, run_reference(graph, {"in": raw}).outputs["out"])
            continue
        with pytest.raises(OverflowBoundError, match="membrane of 'a'"):
            run_reference(graph, {"in": raw})
        with pytest.raises(subprocess.CalledProcessError) as caught:
            on_stock(tmp_path, graph, raw)
        assert "OverflowBoundError: membrane of 'a'" in caught.value.stderr


def test_obstacles_are_told_before_a_process_starts() -> None:
    from hardware.lava.stock import run_stock

    graph = chains.single([[1, 2]])
    with pytest.raises(ObstacleError, match="'neuron': a SpikeNILIF"):
        run_stock(graph, chains.frames(graph, 0), value_ranges(graph).values)
