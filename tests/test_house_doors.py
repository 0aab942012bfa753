"""House rules about doors: what a room exports is light to import, found, and documented."""

import ast
import importlib
import inspect
import re
import subprocess
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest

from spiketrack.late_names import late_names
from tests.test_house import ROOT, tree

DOORS = (
    "calibration", "conversion", "hardware", "hardware.energy", "simulation", "spiketrack.graph",
    "spiketrack.report",
)  # fmt: skip
HEAVY = "torch h5py nir cv2 numba lava brian2 matplotlib"
SECTION = re.compile(r"^(Args|Attributes):\n((?: {4}.*\n?|\n)+)", re.MULTILINE)


def door(name: str) -> ModuleType:
    return importlib.import_module(name)


def documented(thing: Any) -> set[str]:
    """The names that the `Args` and `Attributes` of a docstring explain."""
    sections = SECTION.findall(inspect.getdoc(thing) or "")
    return {name for _, text in sections for name in re.findall(r"^ {4}(\w+):", text, re.MULTILINE)}


def arguments(thing: Any) -> set[str]:
    """The arguments that a caller gives by name or by place."""
    named = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    parameters = inspect.signature(thing).parameters.values()
    return {p.name for p in parameters if p.kind in named} - {"self", "cls"}


def methods(kind: type) -> Iterator[tuple[str, Any]]:
    """The public functions that a class defines itself."""
    for name, member in vars(kind).items():
        function = getattr(member, "__func__", member)
        if inspect.isfunction(function) and not name.startswith("_"):
            yield f"{kind.__name__}.{name}", function


def undocumented(name: str, thing: Any) -> Iterator[str]:
    """`name(argument)` for every argument that no docstring explains."""
    callables = [(name, thing), *(methods(thing) if inspect.isclass(thing) else ())]
    for label, function in callables:
        for argument in sorted(arguments(function) - documented(function)):
            yield f"{label}({argument})"


@pytest.mark.parametrize("name", DOORS)
def test_every_argument_of_a_door_is_documented(name: str) -> None:
    exported = {key: getattr(door(name), key) for key in door(name).__all__}
    assert [line for key, thing in exported.items() for line in undocumented(key, thing)] == []


@pytest.mark.parametrize("name", DOORS)
def test_every_function_and_class_of_a_door_has_a_docstring(name: str) -> None:
    exported = {key: getattr(door(name), key) for key in door(name).__all__}
    assert [key for key, thing in exported.items() if not inspect.getdoc(thing)] == []


@pytest.mark.parametrize("name", DOORS)
def test_a_door_names_the_same_things_to_readers_and_to_the_type_checker(name: str) -> None:
    source = tree(ROOT / name.replace(".", "/") / "__init__.py")
    late = next(part for part in source.body if isinstance(part, ast.If))
    imports = [part for part in late.body if isinstance(part, ast.ImportFrom)]
    typed = {alias.name: part.module for part in imports for alias in part.names}
    table = next(part for part in ast.walk(late) if isinstance(part, ast.Dict))
    homes = ast.literal_eval(table)
    assert homes == typed
    assert sorted(homes) == sorted(door(name).__all__)


@pytest.mark.parametrize("name", DOORS)
def test_no_name_of_a_door_is_also_a_module_of_the_room(name: str) -> None:
    room = ROOT / name.replace(".", "/")
    modules = {path.stem for path in room.glob("*.py")} | {path.name for path in room.iterdir()}
    assert modules & set(door(name).__all__) == set()


@pytest.mark.parametrize("name", DOORS)
def test_importing_a_door_loads_nothing_heavy(name: str) -> None:
    code = f"import sys, {name}; print(sorted(set({HEAVY!r}.split()) & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_reading_a_profile_loads_no_library_that_draws() -> None:
    code = (
        "import sys; from spiketrack.report import read_profile; read_profile; "
        "print([name for name in ('matplotlib', 'jinja2', 'torch', 'lava') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


@pytest.mark.parametrize("name", DOORS)
def test_a_name_that_a_door_does_not_have_is_refused(name: str) -> None:
    with pytest.raises(AttributeError, match=f"module '{name}' has no attribute 'nonsense'"):
        getattr(door(name), "nonsense")  # noqa: B009


def test_a_late_name_is_imported_once_and_kept() -> None:
    package = ModuleType("a_package")
    sys.modules["a_package"] = package
    try:
        find = late_names("a_package", {"Fraction": "fractions"})
        assert find("Fraction") is vars(package)["Fraction"]
    finally:
        del sys.modules["a_package"]


def test_the_rule_finds_the_argument_that_is_not_explained() -> None:
    def add(first: int, second: int) -> int:
        return first + second

    add.__doc__ = "A sum.\n\nArgs:\n    first: one number.\n"
    assert list(undocumented("add", add)) == ["add(second)"]
