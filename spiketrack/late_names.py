"""Names of a package that are imported when somebody first asks for them (PEP 562).

Why: the door of a room exports functions that need torch, h5py or numba, and importing the room
must not load those before one of these functions is wanted.
"""

import importlib
import sys
from collections.abc import Callable, Mapping
from typing import Any


def late_names(package: str, homes: Mapping[str, str]) -> Callable[[str], Any]:
    """The `__getattr__` of a package whose names live in modules that are imported late.

    Args:
        package: the package's `__name__`.
        homes: for each name, the module that defines it.

    Returns:
        A function that imports a name's module, keeps the name in the package, and returns it; it
        raises AttributeError for any other name.
    """

    def find(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module '{package}' has no attribute '{name}'")
        value = getattr(importlib.import_module(homes[name]), name)
        setattr(sys.modules[package], name, value)
        return value

    return find
