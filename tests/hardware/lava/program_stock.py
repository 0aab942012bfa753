"""Runs graphs on stock processes beside ours and compares every value with the reference.

Arguments: "graphs"; "chip"; "simulated_on_chip"; "part", a folder, a variant, a graph and a pattern
of names; or "tracker", a folder, a variant, a number of frames and how often a template is taken
(never).
"""

import json
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from hardware.lava.backend import LavaEngine
from hardware.lava.tracking import LavaTrackEngine
from hardware.stock.plan_stock import plan_stock
from simulation.bounds.ranges import value_ranges
from simulation.reference.engine import run_reference
from simulation.tracking_engines import IntegerEngine
from spiketrack.errors import LavaError
from spiketrack.pipeline.network.simulate import simulate
from spiketrack.pipeline.requests import RunRequest
from spiketrack.tracking import Tracker, UpdatePolicy, synthetic_frames
from tests.hardware.lava.lava_cases import Case, computing, cut
from tests.hardware.lava.lava_comparisons import random_model, template_and_search
from tests.hardware.lava.program_loihi2 import StandInProfiler, put_profiler_in_place
from tests.hardware.lava.stock_graphs import GRAPHS, frames
from tests.hardware.stock.memory_chains import leaky, memory_chain

Outputs = Mapping[str, Any]
NEVER = 1 << 30


def compare(case: Case, keep: list[str]) -> dict[str, object]:
    """Runs a case twice on one engine, and says what ran where."""
    graph, inputs = case
    plan = plan_stock(graph, value_ranges(graph).values)
    expected = run_reference(graph, inputs).values
    wrong = set()
    start = time.monotonic()
    with LavaEngine(graph, plan=plan, keep=keep, detail="node" if keep else "block") as engine:
        start_s, start = time.monotonic() - start, time.monotonic()
        for _ in range(2):
            run = engine.run(inputs)
            values = {**run.values, **run.outputs}
            wrong |= {k for k, x in values.items() if not np.array_equal(x, expected[k])}
        seconds = time.monotonic() - start
        try:
            engine.counts()
            refused = ""
        except LavaError as error:
            refused = str(error)
    return {
        "wrong": sorted(wrong),
        "values": len(values),
        "refused": refused,
        "latency": plan.latency_steps,
        "processes": engine.n_processes,
        "roles": dict(Counter(row.role for row in plan.rows())),
        "stock": dict(Counter(row.process for row in plan.rows() if row.role == "stock")),
        "start_s": start_s,
        "step_ms": 1e3 * seconds / 2 / (frames_in(inputs) + plan.latency_steps),
    }


def graphs() -> object:
    """All small graphs, all values compared."""
    found = {}
    for name, make in GRAPHS.items():
        graph = make()
        found[name] = compare((graph, frames(graph)), computing(graph))
    return found


def part(folder: str, name: str, which: str, pattern: str) -> object:
    """A part of a tracker, what leaves it compared."""
    model = random_model(Path(folder), name)
    whole, run = model.graphs[which], template_and_search(model)[which]
    names = {name for name in computing(whole) if re.match(pattern, name)}
    return compare(cut(whole, run, names), [])


def tracker(folder: str, name: str, n_frames: str, interval: str = "0") -> object:
    """Tracks on Lava, then on the simulator; compares all that both made on the way."""
    model = random_model(Path(folder), name)
    shown = list(synthetic_frames(int(n_frames) + 1, (128, 96)))
    policy = UpdatePolicy(int(interval) or NEVER, -1.0)
    plans = {key: plan_stock(one, value_ranges(one).values) for key, one in model.graphs.items()}
    ours: list[Any] = []
    theirs: list[Any] = []
    start = time.monotonic()
    with LavaTrackEngine(model, plans=plans) as lava:
        start_s, start = time.monotonic() - start, time.monotonic()
        for engine in lava.engines.values():
            engine.run = noted(engine.run, ours)  # type: ignore[method-assign]
        boxes = follow(lava, shown, policy)
        seconds = time.monotonic() - start
        processes = {key: engine.n_processes for key, engine in lava.engines.items()}
    simulator = IntegerEngine(model)
    simulator.run = noted(simulator.run, theirs)  # type: ignore[method-assign]
    expected = follow(simulator, shown, policy)
    values = [
        (key, run.outputs[key], value)
        for run, known in zip(ours, theirs, strict=True) for key, value in known.outputs.items()
    ]  # fmt: skip
    return {
        "wrong": [key for key, value, known in values if not np.array_equal(value, known)],
        "compared": sum(known.size for _, _, known in values),
        "runs": len(ours),
        "frames": len(boxes),
        "updates": sum(box.template_updated for box in boxes),
        "boxes_equal": boxes == expected,
        "processes": processes,
        "latency": {key: plan.latency_steps for key, plan in plans.items()},
        "start_s": start_s,
        "seconds": seconds,
    }


def chip() -> object:
    """A graph with Lava's configuration for Loihi 2; a stand-in for the closed extension."""
    for name, kind in (("nc", "AbstractNcProcessModel"), ("c", "CLoihiProcessModel")):
        for module in (f"lava.magma.core.model.{name}", f"lava.magma.core.model.{name}.model"):
            sys.modules[module] = ModuleType(module)
        setattr(sys.modules[f"lava.magma.core.model.{name}.model"], kind, type(kind, (), {}))
    made = GRAPHS["residual"]()
    plan = plan_stock(made, value_ranges(made).values)
    expected = run_reference(made, frames(made)).outputs
    with LavaEngine(made, plan=plan, device="loihi2") as engine:
        run = engine.run(frames(made))
    return [name for name, x in expected.items() if not np.array_equal(run.outputs[name], x)]


def simulated_on_chip() -> object:
    """A graph frame by frame and a chain step by step, as `simulate` runs them there."""
    chip()
    put_profiler_in_place()
    found = {}
    chain = memory_chain(leaky("a", "x"), 50, n_steps=6)
    for name, made, given in (
        ("residual", GRAPHS["residual"](), frames(GRAPHS["residual"]())),
        ("chain", chain, {"in": np.ones((6, 2, *chain.shapes["in"][1:]), np.int64)}),
    ):
        run = simulate(made, given, RunRequest(backend="loihi2", lowering="stock"))
        theirs = run_reference(made, given).outputs
        found[name] = {
            "wrong": [k for k, x in theirs.items() if not np.array_equal(run.outputs[k], x)],
            "backend": run.backend,
            "one_by_one": (run.lowering or {})["steps_one_by_one"],
            "readings": run.readings,
            "steps": frames_in(given) + (run.lowering or {})["latency_steps"],
        }
    return {**found, "asked": StandInProfiler.asked}


def frames_in(inputs: Outputs) -> int:
    """Samples of a batch."""
    return int(next(iter(inputs.values())).shape[1])


def follow(engine: Any, shown: Any, policy: UpdatePolicy) -> list[Any]:
    """Results of all frames."""
    tracking = Tracker(engine, policy)
    tracking.initialise(*shown[0])
    return [tracking.track(frame) for frame, _ in shown[1:]]


def noted(function: Callable[..., Any], results: list[Any]) -> Callable[..., Any]:
    """The same function, its results remembered."""

    def run(*given: Any) -> Any:
        results.append(function(*given))
        return results[-1]

    return run


if __name__ == "__main__":
    print(json.dumps(globals()[sys.argv[1]](*sys.argv[2:])))
