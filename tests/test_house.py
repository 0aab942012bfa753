"""House rules that no linter checks: size, words, what an import loads, what a file may tell."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("spiketrack", "conversion", "calibration", "simulation", "hardware")
SOURCES = sorted(path for name in PACKAGES for path in (ROOT / name).rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))

MAX_LINES = 400
VAGUE_NAMES = {"utils", "helpers", "common", "base"}
NOTES_TO_SELF = re.compile(r"\bTODO\b|\bFIXME\b")
# Folders that exist on one machine only; a part of an address or of a longer path does not match.
MACHINE_PATH = re.compile(r"(?<![\w./:-])/(?:home|root|Users|tmp|mnt|opt|work)/\w")
BINARY = {
    ".gz", ".h5", ".hdf5", ".jpg", ".mp4", ".nir", ".npy", ".npz", ".png", ".pt", ".safetensors",
    ".stk",
}  # fmt: skip
# Where an optional library may be imported, as a pattern of the path below the root.
HOMES = {
    "lava": r"hardware/lava/",
    "brian2": r"simulation/witness/brian2_engine\.py",
    "distributed": r"spiketrack/pipeline/evaluation/cluster\.py",
}


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def places(path: Path, nodes: Iterator[ast.stmt]) -> list[str]:
    return [f"{relative(path)}:{node.lineno}" for node in nodes]


def tracked_text() -> Iterator[tuple[Path, str]]:
    """Every file that git tracks or would track, with its text; nothing where git is missing."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout")
    for name in sorted(filter(None, done.stdout.decode().split("\0"))):
        path = ROOT / name
        if path.suffix not in BINARY and path.is_file():
            yield path, path.read_text(encoding="utf-8", errors="replace")


def test_the_five_packages_hold_source() -> None:
    assert {path.relative_to(ROOT).parts[0] for path in SOURCES} == set(PACKAGES)


def test_no_source_file_is_longer_than_400_lines() -> None:
    lengths = {relative(path): len(path.read_text("utf-8").splitlines()) for path in SOURCES}
    assert {name: n for name, n in lengths.items() if n > MAX_LINES} == {}


def test_no_source_file_has_an_assert_statement() -> None:
    found = [
        place
        for path in SOURCES
        for place in places(path, (n for n in ast.walk(tree(path)) if isinstance(n, ast.Assert)))
    ]
    assert found == []


def test_no_file_holds_notes_to_oneself() -> None:
    files = SOURCES + TESTS
    assert [relative(p) for p in files if NOTES_TO_SELF.search(p.read_text("utf-8"))] == []


def test_no_import_is_relative() -> None:
    found = [
        f"{relative(path)}:{node.lineno}"
        for path in SOURCES + TESTS
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ImportFrom) and node.level
    ]
    assert found == []


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert [relative(path) for path in SOURCES if path.stem in VAGUE_NAMES] == []


def test_every_module_has_a_docstring() -> None:
    assert [relative(path) for path in SOURCES + TESTS if not ast.get_docstring(tree(path))] == []


def test_every_folder_of_source_has_a_door() -> None:
    folders = sorted({path.parent for path in SOURCES})
    assert [relative(f) for f in folders if not (f / "__init__.py").is_file()] == []


@pytest.mark.parametrize("library", sorted(HOMES))
def test_an_optional_library_is_imported_in_its_home_only(library: str) -> None:
    found = []
    for path in SOURCES:
        for node in ast.walk(tree(path)):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if library in {name.split(".")[0] for name in names}:
                found.append(relative(path))
    assert [name for name in found if not re.match(HOMES[library], name)] == []


def test_importing_spiketrack_loads_nothing_heavy() -> None:
    heavy = "torch h5py nir cv2 numba lava brian2 matplotlib"
    code = f"import sys, spiketrack; print(sorted(set({heavy!r}.split()) & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_no_file_tells_a_path_of_one_machine() -> None:
    found = [
        f"{relative(path)}:{number}: {line.strip()[:80]}"
        for path, text in tracked_text()
        for number, line in enumerate(text.splitlines(), 1)
        if MACHINE_PATH.search(line)
    ]
    assert found == []


@pytest.mark.parametrize(
    ("text", "tells"),
    [
        ("open('" + "/ho" + "me/somebody/x')", True),
        ("cd " + "/t" + "mp/x", True),
        ("see example.org/home/page", False),
        ("../tmp/x", False),
        ("/usr/bin/env bash", False),
    ],
)
def test_the_path_pattern_knows_a_machine_path(text: str, tells: bool) -> None:
    assert bool(MACHINE_PATH.search(text)) == tells
