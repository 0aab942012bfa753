"""Networks of lava-dl in the fast engine, counts on, against Lava's own CPU simulation.

Both run in the same session, Lava in a process apart for a few steps; the ratio of the times per
step is printed and kept in the benchmark's extra_info. Run with `pytest --benchmark-only -s`.
"""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from conversion.netx import NetxOptions, read_netx
from simulation.counting.counter import EventCounter
from simulation.fast.engine import FastEngine
from spiketrack.graph.graph import Graph
from tests.ground_truths.traces import Array, load, netx_file

SCRIPT = Path(__file__).with_name("lava_timing.py")
LAVA_TIMEOUT_S = 3600
ROUNDS = 10
pytestmark = pytest.mark.lava_environment("lava-dl")
PILOTNET_SPIKES = {"5.lif": 6770, "9.lif": 8, "10.lif": 0}
"""Layers that Lava is asked for, the whole network last, and what they send in 24 steps."""


def lava_run(
    network: Path, n_layers: int, x: Array, folder: Path, reset: int = 0
) -> tuple[float, Array]:
    """Seconds a step of Lava, and what its last layer sent; x (neurons..., T)."""
    source, result = folder / "in.npy", folder / "out.npy"
    np.save(source, x)
    command = [sys.executable, SCRIPT, network, n_layers, source, x.shape[-1], result, reset]
    done = subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=LAVA_TIMEOUT_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    seconds = float(done.stdout.split("seconds")[-1])
    return seconds / (x.shape[-1] - 1), np.load(result)


def measure(benchmark: Any, graph: Graph[Any], x: dict[str, Array], lava_s: float) -> None:
    """Times whole counted runs and writes down the ratio per step."""
    engine, counter = FastEngine(graph), EventCounter(graph)
    n_steps = graph.shapes[graph.inputs[0].name][0]

    def counted_run() -> Any:
        counter.reset()
        engine.run(x, observer=counter)
        return counter.counts("run")

    counts = benchmark.pedantic(counted_run, rounds=ROUNDS, warmup_rounds=2)
    assert counts.totals()["synops"]["graded"] > 0
    info = benchmark.extra_info
    info["lava_ms_per_step"] = 1e3 * lava_s
    info["fast_ms_per_step"] = 1e3 * benchmark.stats.stats.median / n_steps
    info["times_faster"] = info["lava_ms_per_step"] / info["fast_ms_per_step"]
    told = ", ".join(f"{key} {value:.4g}" for key, value in info.items())
    print(f"\n{graph.name}: {n_steps} steps with counts, median of {ROUNDS}; {told}")


@pytest.mark.benchmark(group="lava-dl networks")
def test_3000_steps_of_ntidigits(benchmark: Any, tmp_path: Path) -> None:
    network, events = netx_file("gts/ntidigits/ntidigits.net"), load("ntidigits/input")
    lava_steps = 101
    lava_s, sent = lava_run(network, 5, events[:, :lava_steps], tmp_path)
    graph = read_netx(network, options=NetxOptions(n_steps=events.shape[1]))
    x = {"0.input": events.T[:, None, None, None, :].astype(np.uint8)}
    spikes = FastEngine(graph).run(x, keep=["4.lif"]).values["4.lif"][:, 0, :, 0, 0].T
    assert sent.sum() > 0
    assert np.array_equal(sent, spikes[:, :lava_steps])
    measure(benchmark, graph, x, lava_s)


@pytest.mark.benchmark(group="lava-dl networks")
def test_24_steps_of_pilotnet(benchmark: Any, tmp_path: Path) -> None:
    network, image = netx_file("gts/pilotnet_lif/network.net"), load("pilotnet_lif/image")
    graph = read_netx(network, options=NetxOptions(n_steps=24, reset_interval=17))
    shown = np.repeat(image.transpose(2, 1, 0)[None, None], 24, axis=0)
    x = {"0.input": shown.astype(np.uint8)}
    spikes = FastEngine(graph).run(x, keep=PILOTNET_SPIKES).values
    # The eleventh layer is silent in 24 steps, so the ones before it are compared as well.
    for name, n_spikes in PILOTNET_SPIKES.items():
        n_layers = int(name.partition(".")[0]) + 1
        lava_s, sent = lava_run(
            network, n_layers, np.repeat(image[..., None], 24, axis=-1), tmp_path, reset=17
        )
        assert sent.sum() == n_spikes, name
        assert np.array_equal(sent, spikes[name][:, 0].T.reshape(sent.shape)), name
    measure(benchmark, graph, x, lava_s)
