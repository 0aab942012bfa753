"""Without Lava, or with a broken one, the door says what to do and all else works."""

import importlib
import multiprocessing
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from hardware.lava import local as lava_local
from hardware.lava import remote as lava_remote
from hardware.lava.backend import LavaEngine, lava_available, require_device, require_lava, run_lava
from hardware.lava.local import VARIABLE
from spiketrack.errors import BackendUnavailable
from tests.hardware.lava.lava_graphs import frame, narrow_graph


@pytest.fixture
def hidden(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Makes every import of Lava find nothing."""
    for name in list(sys.modules):
        if name.split(".")[0] == "lava" or name.startswith(("hardware.lava.runtime.watched",)):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "lava", None)
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setattr(lava_remote, "BESIDE", Path("nowhere"))
    return monkeypatch


def test_importing_the_door_imports_no_lava() -> None:
    words = (
        "import sys, hardware.lava.backend, hardware.lava.tracking, hardware.lava.assemble.blocks\n"
    )
    words += "print([name for name in sys.modules if name.split('.')[0] == 'lava'])"
    done = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_an_absent_lava_is_named_with_what_to_install(hidden: pytest.MonkeyPatch) -> None:
    assert not lava_available()
    with pytest.raises(BackendUnavailable, match=r"found no (package|module) 'lava'?.*pip install"):
        LavaEngine(narrow_graph())
    with pytest.raises(BackendUnavailable, match=r"pip install 'spiketrack\[lava\]'"):
        run_lava(narrow_graph(), frame(1))
    with pytest.raises(BackendUnavailable, match="backend 'lava': needed lava-nc 0.10"):
        require_device("loihi2")


def test_a_newer_python_is_told_which_one_lava_runs_on(hidden: pytest.MonkeyPatch) -> None:
    hidden.setattr(lava_local, "LAST_PYTHON", (3, 9))
    with pytest.raises(BackendUnavailable, match=r"the last release and runs on Python 3\.10"):
        require_lava()


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ImportError("cannot import name 'Queues'"), "ImportError: cannot import name 'Queues'"),
        (
            AttributeError("module 'numpy' has no attribute 'intc'"),
            "AttributeError: module 'numpy'",
        ),
    ],
)
def test_a_broken_lava_is_told_with_its_own_error(
    monkeypatch: pytest.MonkeyPatch, error: Exception, words: str
) -> None:
    def fail(name: str) -> ModuleType:
        raise error

    monkeypatch.setattr(importlib, "import_module", fail)
    with pytest.raises(BackendUnavailable, match=f"fails to import .{words}"):
        require_lava()


def test_another_missing_package_is_told_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(name: str) -> ModuleType:
        raise ModuleNotFoundError("No module named 'networkx'", name="networkx")

    monkeypatch.setattr(importlib, "import_module", fail)
    with pytest.raises(BackendUnavailable, match="found No module named 'networkx'"):
        require_lava()


def test_a_system_that_cannot_fork_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(multiprocessing, "get_all_start_methods", lambda: ["spawn"])
    with pytest.raises(BackendUnavailable, match="needed a system that can fork processes"):
        require_lava()


def test_an_unknown_detail_is_a_value_error() -> None:
    with pytest.raises(
        ValueError, match="detail: needed one of node, block, branch, found 'layer'"
    ):
        LavaEngine(narrow_graph(), detail="layer")  # type: ignore[arg-type]
