"""A file with the name of one of our packages is named, wherever our packages are entered."""

import importlib
import subprocess
import sys
from importlib.machinery import BuiltinImporter
from pathlib import Path
from types import ModuleType

import pytest

from spiketrack import own_packages
from spiketrack.errors import ShadowedPackageError, SpiketrackError

ROOT = Path(__file__).resolve().parents[2]
DOORS = ("spiketrack.pipeline", "spiketrack.report", "calibration", "spiketrack.cli")


@pytest.fixture(params=own_packages.ROOMS)
def room(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


def forgotten(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Python looks for a package again."""
    monkeypatch.delitem(sys.modules, name, raising=False)
    importlib.invalidate_caches()


def test_our_own_packages_are_found_imported_or_not(
    room: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    own_packages.require_own(room)
    forgotten(room, monkeypatch)
    own_packages.require_own(room)


@pytest.mark.parametrize("kind", ["module", "package", "folder"])
def test_a_file_of_the_users_is_named_with_what_to_do(
    room: str, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = tmp_path / (f"{room}.py" if kind == "module" else room)
    if kind == "module":
        found.write_text("")
    else:
        found.mkdir()
    if kind == "package":
        (found / "__init__.py").write_text("")
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    forgotten(room, monkeypatch)
    words = f"package '{room}': needed the one of spiketrack, .*found '{found}', which comes first"
    with pytest.raises(ShadowedPackageError, match=words) as error:
        own_packages.require_own(room)
    assert f"Rename it, or run from a folder that holds nothing named '{room}'" in str(error.value)
    assert isinstance(error.value, SpiketrackError) and isinstance(error.value, ImportError)


def test_a_module_that_the_program_made_itself_is_told(
    room: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, room, ModuleType(room))
    with pytest.raises(ShadowedPackageError, match=f"a module '{room}' made by the program"):
        own_packages.require_own(room)


def test_a_package_that_is_missing_is_told(room: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [])
    forgotten(room, monkeypatch)
    monkeypatch.setattr(sys, "meta_path", [BuiltinImporter])
    with pytest.raises(ShadowedPackageError, match="found none. Install spiketrack again"):
        own_packages.require_own(room)


@pytest.mark.slow
@pytest.mark.parametrize("door", DOORS)
def test_every_door_looks_before_it_imports(door: str, tmp_path: Path) -> None:
    (tmp_path / "simulation.py").write_text("")
    action = f"import {door}" if door != "spiketrack.cli" else f"from {door} import main; main()"
    program = f"import sys; sys.path[:0] = [{str(tmp_path)!r}]; sys.path.append({str(ROOT)!r})"
    done = subprocess.run(
        [sys.executable, "-c", f"{program}; {action}", "--debug"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    last = done.stderr.splitlines()[-1]
    assert last.startswith("spiketrack.errors.ShadowedPackageError: package 'simulation'"), last
