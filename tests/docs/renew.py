"""Runs README and docs, and writes what their commands print now into their blocks of output.

    python -m tests.docs.renew [PAGE ...]

Which lines of an output a page leaves out stays as it is: those before and after the line of dots
are counted from the beginning and from the end. Blocks that need Lava are renewed where it is.
"""

import argparse
import os
import tempfile
from pathlib import Path

from hardware.lava.backend import lava_available
from tests.docs.figures import figures_of, words_of
from tests.docs.pages import RUN, shown_part
from tests.docs.runner import run_page
from tests.spiketrack.cli.run import run


def says(text: str) -> tuple[list[str], list[float]]:
    """What an output says on any machine: a block that differs in times alone stays as it is."""
    return words_of(text), figures_of(text)


def renew(page: Path, folder: Path, demo: str) -> bool:
    """Renews the outputs of one page; says whether one changed."""
    text = page.read_text(encoding="utf-8")
    blocks = list(run_page(page, folder, demo, lava_available()))
    renewed = text
    for block, printed in reversed(blocks):
        now, end = shown_part(printed, block.text), block.start + len(block.text)
        if says(now) != says(block.text):
            renewed = renewed[: block.start] + now + renewed[end:]
    if renewed != text:
        page.write_text(renewed, encoding="utf-8")
    return renewed != text


def main() -> None:
    """Renews the pages named, or all."""
    parser = argparse.ArgumentParser(description="Renews the outputs shown in README and docs.")
    parser.add_argument("pages", nargs="*", type=Path, metavar="PAGE")
    pages = [page.resolve() for page in parser.parse_args().pages] or list(RUN)
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        demo = run("demo").out
        for page in pages:
            changed = renew(page, Path(folder), demo)
            print(f"{page.name}: {'renewed' if changed else 'as it was'}", flush=True)
        # Why: a system may refuse to remove the folder that a program stands in.
        os.chdir(Path(__file__).parent)


if __name__ == "__main__":
    main()
