"""Starts `hardware.lava.worker` in another Python: `python -I worker_start.py FOLDER`.

Why a finder and not a path: the folder that holds this project's packages may hold those of another
Python as well (site-packages), which must not be imported here.
"""

import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType

PACKAGES = ("calibration", "conversion", "hardware", "simulation", "spiketrack")


class OwnPackages:
    """Finds this project's packages in one folder, and nothing else."""

    def __init__(self, folder: str) -> None:
        self._folder = folder

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """As the import system asks it."""
        if path is None and name in PACKAGES:
            return PathFinder.find_spec(name, [self._folder], target)
        return None


if __name__ == "__main__":
    sys.meta_path.insert(0, OwnPackages(str(Path(__file__).resolve().parents[2])))
    from hardware.lava.worker import main

    main(Path(sys.argv[1]))
