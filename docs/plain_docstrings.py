"""Docstrings written as plain text, made into what Sphinx reads as it was meant.

The source's docstrings follow Google's style and are otherwise plain text. Four things in them
would be misread as markup:
    indented paragraphs      code, and so is what stands under `Example:`
    lines of equations       each stays a line of its own, with its indentation
    indented continuations   the same: `Requires:`, `Ensures:`, tables of words
    bars around a value      |x| is a magnitude and no substitution
"""

import re
from typing import Any

_SECTION = re.compile(
    r"(Args|Attributes|Examples?|Keyword Args|Notes?|Raises|Returns|Yields|Warnings?):$"
)
_EQUATION = re.compile(r"\s*[\w.]+(\[[^\]]*\])?\s+(=|<-)\s")
_INDENT = "    "


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
    """The lines between empty lines."""
    paragraphs: list[list[str]] = [[]]
    for line in lines:
        if line.strip():
            paragraphs[-1].append(line)
        else:
            paragraphs.append([])
    return [paragraph for paragraph in paragraphs if paragraph]


def _marked_up(paragraph: list[str], section: str) -> list[str]:
    """A paragraph in the markup that says what its plain form means."""
    if section.startswith("Example"):
        title = paragraph[:1] if not paragraph[0].startswith(" ") else []
        code = [_INDENT + line for line in paragraph[len(title) :]]
        return [*title, f"{_INDENT}::", "", *code]
    if not section and all(line.startswith(_INDENT) for line in paragraph):
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
    is_indented = any(line.startswith(" ") for line in paragraph[1:])
    return is_indented or sum(bool(_EQUATION.match(line)) for line in paragraph) > 1


def setup(app: Any) -> dict[str, bool]:
    """Registers itself as an extension of Sphinx."""
    # Why the priority: sections are read at 500.
    app.connect("autodoc-process-docstring", keep_lines, priority=400)
    return {"parallel_read_safe": True}
