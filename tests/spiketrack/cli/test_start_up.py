"""Help, wrong usage and missing files answer at once: nothing heavy is imported before.

Seconds depend on the machine, so what is asserted is which packages were imported.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from spiketrack.cli.app import app
from spiketrack.cli.effects import EFFECTS
from spiketrack.cli.input_files import INPUT_FILES
from tests.spiketrack.cli.run import refused, run

ROOT = Path(__file__).resolve().parents[3]
HEAVY = ("torch", "h5py", "nir", "cv2", "numba", "matplotlib", "scipy", "lava", "brian2", "numpy",
         "jinja2", "safetensors")  # fmt: skip
PROGRAM = f"""
import json, sys
from spiketrack.cli import main
codes = []
for line in json.loads(sys.argv[1]):
    sys.argv = ["spiketrack", *line]
    try:
        main()
    except SystemExit as end:
        codes.append(end.code)
print(json.dumps([codes, [name for name in {HEAVY!r} if name in sys.modules]]), file=sys.__stderr__)
"""
MISSING = (
    ("accuracy", "gone.safetensors", "-o", "x"),
    ("audit", "gone", "-o", "x"),
    ("audit", "--reproduce", "gone.json"),
    ("check", "gone.nir"),
    ("convert", "gone.pth", "-o", "x.stk"),
    ("count", "net.py:make", "--input", "gone.npy", "-o", "x"),
    ("export", "gone.nir", "-o", "x.net"),
    ("fit", "gone.csv"),
    ("inspect", "gone.stk"),
    ("map", "gone.stk", "-o", "x"),
    ("profile", "gone.stk", "v.mp4", "--box", "1,2,3,4", "-o", "x"),
    ("profile", "gone.nir", "--input", "gone.npy", "-o", "x"),
    ("simulate", "gone.stk", "--input", "gone.npy", "-o", "x.npz"),
    ("track", "gone.stk", "v.mp4", "--box", "1,2,3,4"),
    ("train", "-o", "x", "--from", "gone.safetensors"),
)


def ended(*lines: tuple[str, ...]) -> tuple[list[int], list[str]]:
    """Exit codes of several command lines in one fresh program, and what it imported."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, json.dumps(lines)],
        cwd=ROOT, capture_output=True, text=True, timeout=600, check=True,
    )  # fmt: skip
    codes, imported = json.loads(done.stderr.strip().splitlines()[-1])
    return codes, imported


@pytest.mark.slow
def test_help_imports_nothing_heavy() -> None:
    commands = [str(command.name) for command in app.registered_commands]
    codes, imported = ended(("--help",), ("--version",), *((name, "--help") for name in commands))
    assert set(codes) == {0} and imported == []


@pytest.mark.slow
def test_wrong_usage_and_missing_files_import_nothing_heavy() -> None:
    codes, imported = ended(("no-such-command",), ("track",), ("audit", "--nonsense"), *MISSING)
    assert codes == [2, 2, 2, *[1] * len(MISSING)] and imported == []


@pytest.mark.parametrize("line", MISSING, ids=" ".join)
def test_a_missing_file_is_named(
    line: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    message = refused(run(*line))
    assert ": needed a readable file, found No such file or directory" in message
    assert "'gone" in message and list(tmp_path.iterdir()) == []


def test_the_table_names_parameters_that_there_are() -> None:
    for command, parameters in INPUT_FILES.items():
        assert set(parameters) <= EFFECTS[command].keys(), command


def test_a_camera_is_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.stk").write_bytes(b"no model")
    message = refused(run("track", "a.stk", "camera:7", "--box", "1,2,3,4"))
    assert "camera" not in message or "No such file" not in message
