"""A Python in which a worker can run Lava for the tests: this one, or the one of `.venv-lava`."""

import sys
from importlib import metadata
from pathlib import Path

import pytest

from hardware.lava.local import VARIABLE
from hardware.lava.remote import worker_python


def python_with_lava() -> Path:
    """Skips the test where there is none."""
    try:
        metadata.version("lava-nc")
    except metadata.PackageNotFoundError:
        found = worker_python()
        if found is None:
            pytest.skip("no environment with lava-nc is known: make lava-environment makes one")
        return found
    return Path(sys.executable)


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> Path:
    """Lava runs in a worker, also where it could run here."""
    python = python_with_lava()
    monkeypatch.setenv(VARIABLE, str(python))
    return python
