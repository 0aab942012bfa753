"""Builds and runs a graph with Lava's configuration for Loihi 2, before and after a stand-in.

The stand-in has the two modules that Lava's open part looks for, empty but for the names that
published programs use. It compiles nothing for a chip and measures nothing.
"""

import json
import sys
import warnings
from types import ModuleType
from typing import Any

import numpy as np

from hardware.lava.backend import LavaEngine, require_lava
from hardware.lava.local import LOIHI_EXTENSION
from hardware.lava.runtime.loihi2 import PROFILER
from simulation.reference.engine import run_reference
from spiketrack.errors import BackendUnavailable
from spiketrack.pipeline.network.simulate import simulate
from spiketrack.pipeline.requests import RunRequest
from tests.hardware.lava.lava_graphs import frame, narrow_graph


def put_in_place() -> None:
    """The closed extension's package and module, empty but for the class Lava asks for."""
    for name in (LOIHI_EXTENSION.rpartition(".")[0], LOIHI_EXTENSION):
        module = ModuleType(name)
        module.__path__ = []
        sys.modules[name] = module
    sys.modules[LOIHI_EXTENSION].AbstractNcProcessModel = type("AbstractNcProcessModel", (), {})  # type: ignore[attr-defined]


class StandInProfiler:
    """Notes what it is asked for; its readings are made up."""

    asked: list[object] = []
    power, static_power, energy = 1.5, 1.25, 0.5
    execution_time = np.array([0.25, 0.75])

    def __init__(self, config: object) -> None:
        self.asked.append(type(config).__name__)

    def execution_time_probe(self, *, num_steps: int) -> None:
        """As the closed one is called."""
        self.asked.append(["execution_time", num_steps])

    def energy_probe(self, *, num_steps: int) -> None:
        """As the closed one is called."""
        self.asked.append(["energy", num_steps])

    def activity_probe(self) -> None:
        """As the closed one is called."""
        self.asked.append("activity")


def put_profiler_in_place() -> None:
    """The module in which Lava's own profiler looks for the chip's."""
    module: Any = ModuleType(PROFILER)
    module.Loihi2HWProfiler = StandInProfiler
    sys.modules[PROFILER] = module


def refusal(n_probed: int = 0) -> str:
    """Why there is no engine for the chip."""
    try:
        LavaEngine(narrow_graph(), device="loihi2", n_probed=n_probed).close()
    except BackendUnavailable as error:
        return str(error)
    return ""


def measured() -> dict[str, object]:
    """What two samples give: the profiler's readings, and what it was asked for."""
    two = {name: np.concatenate([x, x], axis=1) for name, x in frame(3).items()}
    result = simulate(narrow_graph(), two, RunRequest(backend="loihi2"))
    return {"readings": result.readings, "asked": StandInProfiler.asked}


def main() -> object:
    """What happens without and with the stand-in."""
    refused = refusal()
    put_in_place()
    put_profiler_in_place()
    require_lava()
    from hardware.lava.assemble.compile import run_config
    from hardware.lava.assemble.graph import build

    config = run_config(build(narrow_graph()), "loihi2")
    with LavaEngine(narrow_graph(), device="loihi2") as engine:
        outputs = engine.run(frame(3)).outputs
    expected = run_reference(narrow_graph(), frame(3)).outputs
    return {
        "refused": refused,
        "config": type(config).__name__,
        "tag": config.select_tag,
        "equal": all(np.array_equal(outputs[name], value) for name, value in expected.items()),
        **measured(),
    }


def without_profiler() -> object:
    """The extension without its profiler: it runs, and cannot be measured."""
    put_in_place()
    sys.modules[PROFILER] = None  # type: ignore[assignment]
    warnings.simplefilter("ignore")
    return {"runs": refusal(), "measured": refusal(n_probed=2)}


if __name__ == "__main__":
    print(json.dumps(without_profiler() if "without" in sys.argv else main()))
