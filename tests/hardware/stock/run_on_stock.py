"""Runs a graph on stock Lava processes, as a process: `MODEL.stk INPUT.npy OUTPUT.npy [scipy]`.

INPUT holds (T, B, C, H, W). Prints what `run_stock` tells of the run, as JSON.
"""

import json
import sys

import numpy as np


def main() -> None:
    """Loads, runs and saves."""
    from hardware.lava.stock import run_stock
    from simulation.bounds.ranges import value_ranges
    from spiketrack.graph.store import load_model

    path, source, target, *rest = sys.argv[1:]
    (graph,) = load_model(path).graphs.values()
    raw = {graph.inputs[0].name: np.load(source)}
    ranges = value_ranges(graph).values
    run = run_stock(graph, raw, ranges, torch_conv=not rest)
    (value,) = run.outputs.values()
    np.save(target, value)
    print(json.dumps([run.latency_steps, run.n_processes, run.step_ms]))


if __name__ == "__main__":
    main()
