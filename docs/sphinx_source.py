"""What Sphinx reads, made from the source as it is written: docstrings and signatures.

The source's docstrings follow Google's style and are otherwise plain text. Four things in them
would be misread as markup:
    indented paragraphs      code, and so is what stands under `Example:`
    lines of equations       each stays a line of its own, with its indentation
    indented continuations   the same: `Requires:`, `Ensures:`, tables of words
    bars around a value      |x| is a magnitude and no substitution
In signatures the unions of nodes get their names back.
"""

import importlib
import re
from types import UnionType
from typing import Any, get_args

from spiketrack.graph import kinds, shapes
from spiketrack.graph.float_nodes import FloatNode
from spiketrack.graph.spike_nodes import SpikeNode

_SECTION = re.compile(
    r"(Args|Attributes|Examples?|Keyword Args|Notes?|Raises|Returns|Yields|Warnings?):$"
)
_EQUATION = re.compile(r"\s*[\w.]+(\[[^\]]*\])?\s+(=|<-)\s")
_INDENT = "    "
DOORS = ("calibration", "conversion", "hardware", "simulation", "spiketrack", "spiketrack.graph")
"""Packages whose names are imported when somebody first asks for them."""


def keep_lines(app: Any, what: str, name: str, thing: Any, options: Any, lines: list[str]) -> None:
    """Changes the lines of one docstring in place, before Google's sections are read."""
    section = ""
    kept: list[str] = []
    for paragraph in _paragraphs(lines):
        if not paragraph[0].startswith(" "):
            title = _SECTION.match(paragraph[0])
            section = title[1] if title else ""
        kept += [*_marked_up(paragraph, section), ""]
    # Why the empty comment: else what precedes a colon in the first line is read as a type.
    lines[:] = ["..", "", *kept] if what in ("attribute", "data", "property") else kept


def _paragraphs(lines: list[str]) -> list[list[str]]:
    """The lines between empty lines; indented ones that follow one another are one paragraph."""
    paragraphs: list[list[str]] = []
    is_new = True
    for line in lines:
        if not line.strip():
            is_new = True
        elif is_new and paragraphs and line.startswith(_INDENT) and _is_code(paragraphs[-1]):
            paragraphs[-1] += ["", line]
            is_new = False
        elif is_new:
            paragraphs.append([line])
            is_new = False
        else:
            paragraphs[-1].append(line)
    return paragraphs


def _is_code(paragraph: list[str]) -> bool:
    return all(line.startswith(_INDENT) for line in paragraph if line)


def _marked_up(paragraph: list[str], section: str) -> list[str]:
    """A paragraph in the markup that says what its plain form means."""
    if section.startswith("Example"):
        title = paragraph[:1] if not paragraph[0].startswith(" ") else []
        code = [_INDENT + line for line in paragraph[len(title) :]]
        return [*title, f"{_INDENT}::", "", *code]
    if not section and _is_code(paragraph):
        return ["::", "", *paragraph]
    plain = [_without_substitutions(line) for line in paragraph]
    if not section and _is_laid_out(plain):
        return [f"| {line}" for line in plain]
    return plain


def _without_substitutions(line: str) -> str:
    """A line whose bars are bars; code between backticks has no markup anyway."""
    parts = line.split("`")
    return "`".join(
        part if index % 2 else part.replace("|", r"\|") for index, part in enumerate(parts)
    )


def _is_laid_out(paragraph: list[str]) -> bool:
    """Whether the breaks of a paragraph mean something."""
    if paragraph[0].startswith("- "):
        return False
    is_indented = any(line.startswith(" ") for line in paragraph[1:])
    return is_indented or sum(bool(_EQUATION.match(line)) for line in paragraph) > 1


def name_unions(
    app: Any, what: str, name: str, thing: Any, options: Any, signature: Any, returns: Any
) -> tuple[Any, Any]:
    """Writes `SpikeNode` and the like in a signature, and not each of the members."""
    return _with_short_unions(signature), _with_short_unions(returns)


def _with_short_unions(text: str | None) -> str | None:
    for members, short in _UNIONS:
        text = text.replace(members, short) if text else text
    return text


def _unions() -> list[tuple[str, str]]:
    """Every union of nodes as Sphinx spells it out, and its name; long ones first.

    A tilde before a name asks for its last part only.
    """
    named = {"AnyNode": shapes.AnyNode, "FloatNode": FloatNode, "SpikeNode": SpikeNode}
    named |= vars(kinds)
    spelt = [
        (" | ".join(f"~{kind.__module__}.{kind.__name__}" for kind in get_args(union)), name)
        for name, union in named.items()
        if isinstance(union, UnionType)
    ]
    return sorted(spelt, key=lambda pair: len(pair[0]), reverse=True)


_UNIONS = _unions()


def import_late_names(app: Any) -> None:
    """Asks every door for its names once, since Sphinx lists only those that are there."""
    for door in map(importlib.import_module, DOORS):
        for name in door.__all__:
            getattr(door, name)


def setup(app: Any) -> dict[str, bool]:
    """Registers itself as an extension of Sphinx."""
    # Why the priority: sections are read at 500.
    app.connect("autodoc-process-docstring", keep_lines, priority=400)
    app.connect("autodoc-process-signature", name_unions)
    app.connect("builder-inited", import_late_names)
    return {"parallel_read_safe": True}
