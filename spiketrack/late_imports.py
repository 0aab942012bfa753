"""Doors of packages whose names are imported when they are asked for, so that import stays light.

A door lists its names twice: under `TYPE_CHECKING` as imports, for tools and readers, and in a
table of the modules they live in, for Python.
"""

import importlib
from collections.abc import Callable, Mapping


def late_names(package: str, homes: Mapping[str, str]) -> Callable[[str], object]:
    """The `__getattr__` of a package.

    Args:
        package: full name of the package.
        homes: by name, the module inside the package that defines it. No module may bear one of the
            names, since Python gives the module to whoever asks for the name once it is imported.

    Returns:
        A function that imports a name, and raises AttributeError for one that is not in `homes`.
    """

    def imported(name: str) -> object:
        if name not in homes:
            raise AttributeError(f"module '{package}' has no attribute '{name}'")
        value: object = getattr(importlib.import_module(f"{package}.{homes[name]}"), name)
        return value

    return imported
