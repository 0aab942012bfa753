"""Doors give what they list, import nothing before it is asked for, and refuse other names."""

import importlib
import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from spiketrack.late_names import late_names

ROOT = Path(__file__).resolve().parents[2]
DOORS = ("hardware.energy", "spiketrack.report", "spiketrack.pipeline")


@pytest.mark.parametrize("door", DOORS)
def test_every_name_of_a_door_is_there(door: str) -> None:
    module = importlib.import_module(door)
    assert module.__all__
    for name in module.__all__:
        assert getattr(module, name).__name__ == name


@pytest.mark.parametrize("door", DOORS)
def test_no_module_hides_a_name_of_its_door(door: str) -> None:
    module = importlib.import_module(door)
    for name in module.__all__:
        assert importlib.util.find_spec(f"{door}.{name}") is None


def test_a_name_that_a_door_does_not_have_is_refused() -> None:
    with pytest.raises(AttributeError, match="module 'hardware.energy' has no attribute 'audits'"):
        late_names("hardware.energy", {"audit": "hardware.energy.auditing"})("audits")


def test_reading_a_profile_loads_no_library_that_draws() -> None:
    code = (
        "import sys; from spiketrack.report import read_profile; "
        "print([name for name in ('matplotlib', 'jinja2', 'torch', 'lava') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
