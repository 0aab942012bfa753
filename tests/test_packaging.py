"""What the built package holds, and that it works outside the tree, also beside a user's files."""

import os
import shutil
import subprocess
import sys
import zipfile
from fnmatch import fnmatch
from pathlib import Path

import pytest

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("spiketrack", "conversion", "calibration", "simulation", "hardware")


def data_files() -> list[Path]:
    """Every file in the five packages that setuptools does not take by itself."""
    found = [path for name in PACKAGES for path in (ROOT / name).rglob("*") if path.is_file()]
    return [p for p in found if p.suffix != ".py" and "__pycache__" not in p.parts]


def test_every_data_file_is_packaged() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    patterns = project["tool"]["setuptools"]["package-data"]["*"]
    assert all(pattern.startswith("**/*.") for pattern in patterns)  # any folder, one suffix
    files = data_files()
    known = {"page.css", "page.js", "page.html.j2", "spikformer.toml", "sources.toml"}
    assert {path.name for path in files} >= known
    lost = [
        path.relative_to(ROOT).as_posix()
        for path in files
        if not any(fnmatch(path.name, pattern.removeprefix("**/")) for pattern in patterns)
    ]
    assert lost == []


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of programs of an environment that holds the wheel made from the sdist.

    Why a .pth: what the package needs is taken from the environment of the tests, so that nothing
    is downloaded; the package itself is not, since a .pth in the added folder does not count.
    """
    folder = tmp_path_factory.mktemp("built")
    source, out, made = folder / "source", folder / "out", folder / "environment"
    source.mkdir()
    out.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    for name in PACKAGES:
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    build = f"from setuptools import build_meta; build_meta.build_sdist({str(out)!r})"
    outside(source, sys.executable, "-c", build)
    (sdist,) = out.glob("*.tar.gz")
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check")
    offline = ("--no-deps", "--no-index")
    outside(out, *pip, "wheel", *offline, "--no-build-isolation", "--wheel-dir", out, sdist)
    outside(out, sys.executable, "-m", "venv", "--without-pip", made)
    (wheel,) = out.glob("*.whl")
    python = made / "bin" / "python"
    outside(out, *pip, "--python", python, "install", *offline, wheel)
    asked = "import sysconfig; print(sysconfig.get_path('purelib'))"
    theirs = Path(outside(out, python, "-c", asked).stdout.strip())
    needed = [path for path in sys.path if Path(path).name in ("site-packages", "dist-packages")]
    (theirs / "needed.pth").write_text("\n".join(needed) + "\n")
    return python.parent


def outside(folder: Path, *command: object, code: int = 0) -> "subprocess.CompletedProcess[str]":
    """Runs a command in a folder, with nothing of this tree on its path."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    done = subprocess.run(
        [str(part) for part in command], cwd=folder, env=kept, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == code, done.stdout[-2000:] + done.stderr[-2000:]
    return done


@pytest.fixture
def crowded(tmp_path: Path) -> Path:
    """A folder with files of the user's that have the names of two of the packages."""
    (tmp_path / "hardware.py").write_text("PORT = 80\n")
    (tmp_path / "simulation").mkdir()
    (tmp_path / "simulation" / "__init__.py").write_text("")
    return tmp_path


@pytest.mark.slow
def test_the_wheel_made_from_the_sdist_holds_every_file(installed: Path) -> None:
    (wheel,) = (installed.parents[1] / "out").glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        held = set(archive.namelist())
    ours = [path for name in PACKAGES for path in (ROOT / name).rglob("*.py")] + data_files()
    assert {path.relative_to(ROOT).as_posix() for path in ours} <= held
    assert {f"{name}/py.typed" for name in PACKAGES} <= held


@pytest.mark.slow
def test_the_installed_program_goes_the_whole_way_beside_files_with_its_packages_names(
    installed: Path, crowded: Path
) -> None:
    asked = "import spiketrack, hardware; print(spiketrack.__file__, hardware.__file__)"
    told = outside(installed, "./python", "-c", asked).stdout
    assert str(ROOT) not in told and told.count("site-packages") == 2
    told = outside(crowded, installed / "spiketrack", "demo").stdout
    assert told.splitlines()[-1] == "Report: spiketrack-demo/report/report.html"


@pytest.mark.slow
def test_a_shadowed_package_is_one_line_that_names_the_file_and_what_to_do(
    installed: Path, crowded: Path
) -> None:
    script = crowded / "program.py"
    script.write_text("from spiketrack.cli import main\nmain()\n")
    told = outside(crowded, installed / "python", script, "--version", code=1)
    assert told.stdout == "" and told.stderr.count("\n") == 1
    words = f"found '{crowded / 'hardware.py'}', which comes first on Python's path. Rename it"
    assert told.stderr.startswith("spiketrack: package 'hardware': needed the one of spiketrack, ")
    assert words in told.stderr
    (crowded / "hardware.py").unlink()
    script.write_text("import spiketrack.pipeline\n")
    told = outside(crowded, installed / "python", script, code=1)
    assert f"found '{crowded / 'simulation'}'" in told.stderr.splitlines()[-1]
    shutil.rmtree(crowded / "simulation")
    outside(crowded, installed / "python", script)
