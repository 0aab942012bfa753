"""The locks: they satisfy pyproject.toml on every Python, and they are what is installed."""

import re
import sys
from importlib import metadata
from pathlib import Path

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
NEWEST, LAVA = "newest.txt", "lava.txt"
MINORS = (10, 11, 12, 13, 14)
LINE = re.compile(r"[A-Za-z0-9._-]+==[A-Za-z0-9.!]+( ; [^@:/]+)?")


def lines(lock: str) -> list[str]:
    text = (ROOT / "constraints" / lock).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if not line.startswith("#")]


def environment(minor: int, system: str) -> dict[str, str]:
    """What markers ask for."""
    given = {"python_version": f"3.{minor}", "python_full_version": f"3.{minor}.0"}
    given |= {"sys_platform": system, "extra": ""}
    if system == "darwin":
        given |= {"platform_system": "Darwin", "platform_machine": "arm64"}
    return {**{key: str(value) for key, value in default_environment().items()}, **given}


def pins(lock: str, where: dict[str, str]) -> dict[str, list[str]]:
    """Versions by name of distribution, of the lines that hold in an environment."""
    found: dict[str, list[str]] = {}
    for one in map(Requirement, lines(lock)):
        if one.marker is None or one.marker.evaluate(where):
            (specifier,) = one.specifier
            found.setdefault(canonicalize_name(one.name), []).append(specifier.version)
    return found


def wanted(extras: tuple[str, ...], where: dict[str, str]) -> list[Requirement]:
    """What the project asks for in an environment."""
    optional = PROJECT["optional-dependencies"]
    texts = [*PROJECT["dependencies"], *(text for extra in extras for text in optional[extra])]
    asked = map(Requirement, texts)
    return [one for one in asked if one.marker is None or one.marker.evaluate(where)]


@pytest.mark.parametrize("lock", [NEWEST, LAVA])
def test_a_lock_names_versions_and_no_address(lock: str) -> None:
    assert len(lines(lock)) > 50
    assert [line for line in lines(lock) if not LINE.fullmatch(line)] == []


@pytest.mark.parametrize(
    ("lock", "extras", "minor", "system"),
    [
        *((NEWEST, ("brian2", "dev"), minor, "linux") for minor in MINORS),
        *((NEWEST, ("brian2", "dev"), minor, "darwin") for minor in MINORS),
        (LAVA, ("lava", "brian2", "dev", "oracles"), 10, "linux"),
    ],
)
def test_a_lock_satisfies_the_project_with_one_version_each(
    lock: str, extras: tuple[str, ...], minor: int, system: str
) -> None:
    where = environment(minor, system)
    found = pins(lock, where)
    assert {name: versions for name, versions in found.items() if len(versions) > 1} == {}
    asked = wanted(extras, where)
    assert len(asked) > 20
    refused = [
        f"{one}: {found.get(canonicalize_name(one.name))}"
        for one in asked
        if not any(map(one.specifier.contains, found.get(canonicalize_name(one.name), [])))
    ]
    assert refused == []


def test_what_is_installed_is_what_is_locked() -> None:
    if not (Path(sys.prefix) / ".stamp-dev").exists():
        pytest.skip("this environment was not made by `make`, so nothing promises its versions")
    names = {canonicalize_name(one.name or "") for one in metadata.distributions()}
    locked = pins(LAVA if "lava-nc" in names else NEWEST, environment(*here()))
    # Why public: torch for the CPU only has the same version with `+cpu` behind it.
    installed = {name: Version(metadata.version(name)).public for name in locked.keys() & names}
    assert len(installed) > 50
    assert {name: [version] for name, version in installed.items()} == {
        name: locked[name] for name in installed
    }


def here() -> tuple[int, str]:
    """The minor version of this Python, and its system."""
    return sys.version_info.minor, sys.platform
