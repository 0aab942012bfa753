"""What the built package holds: no file that is not Python is left behind."""

import sys
from fnmatch import fnmatch
from pathlib import Path

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
    assert {path.name for path in files} >= {"page.css", "page.js", "page.html.j2", "claims.json"}
    lost = [
        path.relative_to(ROOT).as_posix()
        for path in files
        if not any(fnmatch(path.name, pattern.removeprefix("**/")) for pattern in patterns)
    ]
    assert lost == []
