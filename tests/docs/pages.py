"""The pages that readers see: README and `docs/`, and the blocks of commands and code in them.

The convention for fenced blocks:
    sh      commands, run in order; a line that cannot run says "# not in the tests: why"
    python  code, run in order; all blocks of a page share their names
    text    right after one of those: what its last command or the code printed. A line of "..."
            stands for lines that are left out.
A block whose first line is `NEEDS_LAVA` runs where Lava can be found.
"""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
DOCS = ROOT / "docs"
PAGES = (README, *(page for page in sorted(DOCS.rglob("*.md")) if "_build" not in page.parts))
NOT_RUN = (DOCS / "results.md",)
"""Its commands measure for a long time, some of them on files that are not here."""
RUN = tuple(page for page in PAGES if page not in NOT_RUN)
TUTORIALS = tuple(sorted((DOCS / "tutorials").glob("*.md")))
NOT_HERE = "# not in the tests: "
NEEDS_LAVA = "# needs Python 3.10 with Lava"
LEFT_OUT = "..."
_FENCE = re.compile(r"^```([\w{}-]*)[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Line:
    """One command of a block, its continuation lines joined."""

    text: str

    @property
    def words(self) -> list[str]:
        return shlex.split(self.text, comments=True)

    @property
    def left_out(self) -> str:
        """Why it does not run here; empty if it does."""
        return self.text.partition(NOT_HERE)[2].strip()


@dataclass(frozen=True)
class Block:
    """One fenced block: its language, its text, and where the text begins in the page."""

    language: str
    text: str
    start: int

    @property
    def needs_lava(self) -> bool:
        return self.text.startswith(NEEDS_LAVA)

    @property
    def lines(self) -> list[Line]:
        """The commands of a block of them."""
        joined = self.text.replace("\\\n", " ").splitlines()
        return [line for line in map(Line, joined) if line.words]


def blocks_of(page: Path) -> list[Block]:
    """Every fenced block of a page, in order."""
    text = page.read_text(encoding="utf-8")
    return [Block(match[1], match[2], match.start(2)) for match in _FENCE.finditer(text)]


def commands_of(page: Path) -> Iterator[Line]:
    """Every command of a page, in order."""
    for block in blocks_of(page):
        if block.language == "sh":
            yield from block.lines


def shown_part(printed: str, block: str) -> str:
    """The part of an output that a block shows, which leaves out what its dots stand for."""
    lines = [line.rstrip() for line in printed.strip("\n").splitlines()]
    shape = block.splitlines()
    if LEFT_OUT not in shape:
        return "\n".join(lines) + "\n"
    n_head = shape.index(LEFT_OUT)
    n_tail = len(shape) - n_head - 1
    tail = lines[len(lines) - n_tail :]
    return "\n".join([*lines[:n_head], LEFT_OUT, *tail]) + "\n"
