"""Compares Lava with the simulator: primitives, blocks at every level of detail, whole trackers.

    python -m tests.evidence.lava [SECTION ...]

Sections: primitives (every kind of node at three shapes, as nodes and fused), blocks (every block
of both tiny trackers as nodes, as a block and as a branch, all values kept), large (the same of
s256-t1; takes 3 GB), trackers (both tiny ones over 20 frames, s256-t1 over 2). All of them if none
is named. Random checkpoints of seed 0; exit code 1 if anything differs.
"""

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from hardware.lava.backend import require_lava
from tests.hardware.lava.both_engines import Tracked, track_both
from tests.hardware.lava.lava_cases import SHAPES, computing, every_kind
from tests.hardware.lava.lava_comparisons import block_cases, compare, compare_all, random_model

TINY = ("tiny128-t1", "tiny128-t3")
LARGE = "s256-t1"
TRACKERS = (("tiny128-t1", 20, 0), ("tiny128-t3", 20, 5), (LARGE, 2, 0))
"""Variant, frames, and how often a template is taken."""
Rows = Iterator[tuple[list[object], bool]]


def primitives(folder: Path) -> Rows:
    """Every kind of node at a shape."""
    yield ["shape (T, C, H, W)", *COMPARED], True
    for seed, shape in enumerate(SHAPES):
        case = every_kind(shape, seed)
        yield _compared(str(shape), compare(case, ("node", "block"), computing(case[0])))


def blocks(folder: Path, names: Sequence[str] = TINY) -> Rows:
    """Every block of some trackers."""
    yield ["block", *COMPARED], True
    for name in names:
        for block, case in block_cases(random_model(folder, name)):
            yield _compared(f"{name} {block}", compare_all(case))


def trackers(folder: Path) -> Rows:
    """Whole trackers."""
    yield [
        "tracker", "frames, updates", "memory entries", "logits", "counts", "boxes",
        "ms per frame (median)", "template ms", "start s", "processes", "PSS MB",
    ], True  # fmt: skip
    for name, frames, interval in TRACKERS:
        yield _tracked(name, track_both(random_model(folder, name), frames, interval))


COMPARED = ("nodes", "values compared", "numbers compared", "values wrong", "counts wrong")


def _compared(name: str, told: dict[str, object]) -> tuple[list[object], bool]:
    wrong = [told["wrong"], told["counts_wrong"]]
    cells = [", ".join(map(str, found)) or 0 for found in wrong]  # type: ignore[call-overload]
    row = [name, told["nodes"], told["values"], told["numbers"], *cells]
    return row, not any(wrong) and told["counts_agree"] is True


def _tracked(name: str, told: Tracked) -> tuple[list[object], bool]:
    both = told.both
    wrong = {kind: [one for one in both.wrong if one.startswith(kind)] for kind in both.compared}
    cells = [f"{len(wrong[kind])} wrong of {n:,}" for kind, n in both.compared.items()]
    updates = sum(result.template_updated for result in told.results)
    row: list[object] = [
        name, f"{len(told.results)}, {updates}", *cells,
        f"{len(told.wrong_counts)} wrong of {told.n_counts:,}",
        "equal" if told.boxes_equal else "differ",
        *(f"{median(both.lava_ms[what]):.0f}" for what in ("search", "template")),
        f"{told.start_s:.1f}",
        *(" + ".join(f"{n:.0f}" for n in one.values()) for one in (told.processes, told.pss_mb)),
    ]  # fmt: skip
    return row, not both.wrong and not told.wrong_counts and told.boxes_equal


SECTIONS: dict[str, Callable[[Path], Rows]] = {
    "primitives": primitives, "blocks": blocks, "large": partial(blocks, names=(LARGE,)),
    "trackers": trackers,
}  # fmt: skip


def main() -> None:
    """Prints a table for each section."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("sections", nargs="*", metavar="SECTION", choices=[*SECTIONS, []])
    require_lava()
    equal = True
    with TemporaryDirectory() as folder:
        for name in parser.parse_args().sections or SECTIONS:
            for row, passed in SECTIONS[name](Path(folder)):
                print(" | ".join(map(str, row)), flush=True)
                equal &= passed
            print()
    sys.exit(not equal)


if __name__ == "__main__":
    main()
