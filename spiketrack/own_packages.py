"""Importing this fails where a file of the user's has the name of one of this project's packages.

The project installs five top-level packages. A `hardware.py` or a folder `simulation` beside a
script comes first on Python's path, and would end in an import error deep inside. So each door
through which the four rooms beside this package are entered imports this module first. It looks for
them without importing them; where it fails it is not kept, so that the next import looks again.
"""

import importlib.util
import os
from pathlib import Path

from spiketrack.errors import ShadowedPackageError

ROOMS = ("calibration", "conversion", "hardware", "simulation")
ROOT = Path(__file__).resolve().parents[1]


def require_own(name: str) -> None:
    """Looks where Python finds a package.

    Raises:
        ShadowedPackageError: not beside this one.
    """
    own = ROOT / name
    place = _place(name)
    if place is not None and os.path.realpath(place) == str(own):
        return
    advice = f"Rename it, or run from a folder that holds nothing named '{name}'"
    raise ShadowedPackageError(
        f"package '{name}'",
        f"the one of spiketrack, '{own}'",
        "none" if place is None else f"'{place}', which comes first on Python's path",
        "Install spiketrack again" if place is None else advice,
    )


def _place(name: str) -> str | None:
    """The folder of a package or the file of a module."""
    try:
        spec = importlib.util.find_spec(name)
    except ValueError:  # a module that a program has put together itself
        return f"a module '{name}' made by the program"
    if spec is None:
        return None
    folders = list(spec.submodule_search_locations or ())
    return folders[0] if folders else spec.origin


for _room in ROOMS:
    require_own(_room)
