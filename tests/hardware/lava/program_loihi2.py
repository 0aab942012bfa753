"""Builds and runs a graph with Lava's configuration for Loihi 2, before and after a stand-in.

The stand-in has the one module that Lava's open part looks for; it compiles nothing for a chip.
"""

import json
import sys
from types import ModuleType

import numpy as np

from hardware.lava_backend import LOIHI_EXTENSION, LavaEngine, require_lava
from simulation.reference import run_reference
from spiketrack.errors import BackendUnavailable
from tests.hardware.lava.lava_graphs import frame, narrow_graph


def put_in_place() -> None:
    """The closed extension's package and module, empty but for the class Lava asks for."""
    for name in (LOIHI_EXTENSION.rpartition(".")[0], LOIHI_EXTENSION):
        module = ModuleType(name)
        module.__path__ = []
        sys.modules[name] = module
    sys.modules[LOIHI_EXTENSION].AbstractNcProcessModel = type("AbstractNcProcessModel", (), {})  # type: ignore[attr-defined]


def main() -> object:
    """What happens without and with the stand-in."""
    try:
        LavaEngine(narrow_graph(), device="loihi2")
        refused = ""
    except BackendUnavailable as error:
        refused = str(error)
    put_in_place()
    require_lava()
    from hardware.lava_compile import run_config
    from hardware.lava_graph import build

    config = run_config(build(narrow_graph()), "loihi2")
    with LavaEngine(narrow_graph(), device="loihi2") as engine:
        outputs = engine.run(frame(3)).outputs
    expected = run_reference(narrow_graph(), frame(3)).outputs
    return {
        "refused": refused,
        "config": type(config).__name__,
        "tag": config.select_tag,
        "equal": all(np.array_equal(outputs[name], value) for name, value in expected.items()),
    }


if __name__ == "__main__":
    print(json.dumps(main()))
