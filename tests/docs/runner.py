"""Runs the blocks of a page one after the other, as a reader does, on what the demo left."""

import io
import os
import re
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

from tests.docs.pages import ROOT, Block, Line, blocks_of
from tests.spiketrack.cli.run import run

_TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))


def run_page(page: Path, folder: Path, demo: str, with_lava: bool) -> Iterator[tuple[Block, str]]:
    """Runs every block of a page in a folder that holds `spiketrack-demo`.

    Args:
        page: a page of README and docs.
        folder: where its commands begin.
        demo: what `spiketrack demo` printed there.
        with_lava: whether blocks that need Lava run; otherwise they are passed over.

    Yields:
        Each block of text after a block that ran, with what its last command printed; going to a
        folder and `make test`, which runs this very test, print nothing.
    """
    names: dict[str, Any] = {"__name__": page.stem}
    printed: str | None = None
    here = Path.cwd()
    os.chdir(folder)
    try:
        for block in blocks_of(page):
            if block.language == "text":
                if printed is not None:
                    yield block, printed
                printed = None
            elif block.needs_lava and not with_lava:
                printed = None
            elif block.language == "sh":
                printed = None
                for line in block.lines:
                    if not line.left_out:
                        printed = _run_line(line, demo) or printed
            elif block.language == "python":
                printed = _run_code(block, page, names)
            else:
                printed = None
    finally:
        os.chdir(here)


def _run_line(line: Line, demo: str) -> str:
    program, *arguments = line.words
    if program == "make":
        assert arguments[0] in _TARGETS, line.text
        return demo if arguments[0] == "demo" else ""
    if program == "cd":
        os.chdir(arguments[0])
        return ""
    assert program == "spiketrack", line.text
    done = run(*arguments)
    assert done.code == 0 and done.err == "" and done.out, (line.text, done)
    return done.out


def _run_code(block: Block, page: Path, names: dict[str, Any]) -> str:
    out = io.StringIO()
    # Why the empty lines: a traceback then shows the line of the page.
    before = page.read_text("utf-8")[: block.start].count("\n")
    code = compile("\n" * before + block.text, str(page), "exec")
    with redirect_stdout(out):
        exec(code, names)
    return out.getvalue()
