"""Traces in the wheels of lava-dl and lava-nc, and the one way in which they are compared."""

import importlib.metadata
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from conversion.netx import NetxOptions, read_netx
from simulation.reference.engine import run_reference
from simulation.run import Run, current_name

Array = NDArray[Any]
NETX = "tests/lava/lib/dl/netx"
CONV = "tests/lava/proc/conv/ground_truth"
SPIKED_V = 128
"""What the chip's v register reads after a spike."""
PILOTNET_LAYERS = {
    "input": "0.lif",
    **{f"conv-{i}": f"{i + 1}.lif" for i in range(5)},
    **{f"fc-{i}": f"{i + 7}.lif" for i in range(3)},
}
PILOTNET_STEPS, PILOTNET_RESET = 24, 17


def wheel_file(distribution: str, name: str) -> Path:
    """A file of an installed wheel."""
    files = importlib.metadata.files(distribution) or []
    (found,) = (file for file in files if str(file) == name)
    return Path(str(found.locate()))


def netx_file(name: str) -> Path:
    """A file of lava-dl's netx tests."""
    return wheel_file("lava-dl", f"{NETX}/{name}")


def load(name: str) -> Array:
    """An array of lava-dl's netx tests."""
    array: Array = np.load(netx_file(f"gts/{name}.npy"))
    return array


def steps_first(trace: Array) -> Array:
    """(W, H, C, T) or (N, T) -> (T, C, H, W)."""
    return trace.transpose(3, 2, 1, 0) if trace.ndim == 4 else trace.T[:, :, None, None]


def mismatches(found: Array, expected: Array) -> int:
    """Values that differ, over whole arrays of one shape, the expected one not silent."""
    assert found.shape == expected.shape
    assert np.count_nonzero(expected) > 0
    return int(np.count_nonzero(found != expected))


def run_pilotnet(path: Path, image: Array) -> Run:
    """PilotNet-LIF over 24 steps; image (W, H, C), the bias mantissas of the input layer."""
    options = NetxOptions(n_steps=PILOTNET_STEPS, reset_interval=PILOTNET_RESET)
    graph = read_netx(path, options=options)
    shown = np.repeat(image.transpose(2, 1, 0)[None, None], PILOTNET_STEPS, axis=0)
    return run_reference(graph, {"0.input": shown.astype(np.int64)})


def pilotnet_trace(run: Run, layer: str, kind: str) -> Array:
    """A trace (T, C, H, W) of a run: spikes "", current "-u", membrane "-v" as the chip shows."""
    node = PILOTNET_LAYERS[layer]
    spikes: Array = run.values[node][:, 0]
    if kind == "":
        return spikes
    if kind == "-u":
        return run.states[current_name(node)][:, 0]
    return np.where(spikes > 0, SPIKED_V, run.states[node][:, 0])


def ntidigits_outputs(path: Path, events: Array) -> Array:
    """Spikes (242, 3000) of NTIDIGITS for events (64, 3000)."""
    graph = read_netx(path, options=NetxOptions(n_steps=events.shape[1]))
    raw = events.T[:, None, None, None, :].astype(np.int64)
    spikes: Array = run_reference(graph, {"0.input": raw}).values["4.lif"][:, 0, :, 0, 0].T
    return spikes


def one_step_late(spikes: Array) -> Array:
    """(N, T) as the trace of NTIDIGITS holds it: step t in column t + 1, nothing in column 0."""
    return np.hstack((np.zeros_like(spikes[:, :1]), spikes[:, :-1]))
