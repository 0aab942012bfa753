"""The self-test on Lava: all values of random graphs compared, overflows refused alike."""

import importlib

import pytest

from hardware.lava import backend as lava_backend
from spiketrack.errors import BackendUnavailable
from spiketrack.pipeline.selftest import further_backends
from tests.hardware.lava.programs import needs_lava, run_program


@pytest.mark.slow
@needs_lava
def test_random_graphs_agree_with_the_reference_and_overflows_are_refused_alike() -> None:
    told = run_program("program_selftest.py", "0", "40")
    assert told["passed"], told["divergences"]
    reference, lava = told["backends"]
    assert (lava["name"], lava["n_graphs"], lava["skipped"]) == ("lava", 40, [])
    assert lava["n_refused"] == reference["n_refused"] > 0
    assert lava["n_numbers"] > 100_000


@pytest.mark.slow
@needs_lava
def test_random_graphs_agree_with_a_process_for_every_node() -> None:
    told = run_program("program_selftest.py", "1", "5", "node")
    assert told["passed"], told["divergences"]
    assert told["backends"][1]["n_numbers"] > 1000


def test_lava_is_looked_for_only_if_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    find = importlib.import_module

    def fail(name: str, package: str | None = None) -> object:
        if name.startswith(("lava", "hardware.lava.runtime")):
            raise ModuleNotFoundError("No module named 'lava'", name="lava")
        return find(name, package)

    monkeypatch.setattr(importlib, "import_module", fail)
    monkeypatch.setattr(lava_backend, "worker_python", lambda: None)
    assert set(further_backends(None)) == {"lava"}
    with pytest.raises(BackendUnavailable, match="backend 'lava'"):
        further_backends(["fast", "lava"])
