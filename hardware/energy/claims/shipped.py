"""The claims that come with the project: one TOML file for each paper, and their names."""

from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from pathlib import Path

from hardware.energy.claims.claim import Claim, ClaimFile
from hardware.energy.claims.read import read_claim_file
from spiketrack.errors import ReportError

FOLDER = Path(__file__).with_name("papers")
SEED = "spiketrack"
"""The paper whose network this project converts."""
SEED_ALIAS = "seed"
TEMPLATE = Path(__file__).with_name("template.toml")


def shipped_names() -> tuple[str, ...]:
    """Lists the names of the shipped papers, the paper of SpikeTrack first."""
    names = sorted(path.stem for path in FOLDER.glob("*.toml"))
    return (SEED, *(name for name in names if name != SEED))


@cache
def shipped_file(name: str) -> ClaimFile:
    """Reads the claims of a shipped paper.

    Args:
        name: one of `shipped_names()`, or "seed" for the paper of SpikeTrack.

    Raises:
        ReportError: there is none of this name; the message lists those that are there.
    """
    name = SEED if name == SEED_ALIAS else name
    if name not in shipped_names():
        raise ReportError(
            f"claims '{name}'",
            f"a file, {SEED_ALIAS} or one of {', '.join(shipped_names())}",
            "none of these",
            "`spiketrack claims list` shows them.",
        )
    return replace(read_claim_file(FOLDER / f"{name}.toml"), name=name)


def find_claims(name: str) -> ClaimFile:
    """Reads claims by the path of a file, or by the name of a shipped paper.

    Args:
        name: a path that ends in .toml, or a name.

    Raises:
        ReportError: the file cannot be read, or there is no such name.
    """
    return read_claim_file(Path(name)) if name.endswith(".toml") else shipped_file(name)


def find_all_claims(names: Iterable[str]) -> list[ClaimFile]:
    """Reads several files of claims, each by its path or name.

    Args:
        names: as `find_claims` takes them.

    Raises:
        ReportError: as `find_claims`; or two files have one name, so that no table could tell whose
            claims it shows.
    """
    found = [find_claims(name) for name in names]
    keys = [papers.name for papers in found]
    twice = sorted({key for key in keys if keys.count(key) > 1})
    if twice:
        raise ReportError("claims", "files of different names", f"{', '.join(twice)} twice")
    return found


def load_claims() -> tuple[Claim, ...]:
    """Reads the claims about SpikeTrack itself.

    Raises:
        ReportError: the file of the package is damaged.
    """
    return shipped_file(SEED).claims
