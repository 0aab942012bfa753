"""Processes on Lava equal the reference: every primitive, and every block fused and in parts."""

from pathlib import Path
from typing import Any

import pytest

from tests.hardware.lava.programs import needs_lava, run_program

pytestmark = [pytest.mark.slow, needs_lava]


def assert_agrees(told: dict[str, Any]) -> None:
    """Values and counts of both ways are the simulator's."""
    assert told["wrong"] == []
    assert told["counts_agree"]
    assert told["counts_wrong"] == []


@pytest.mark.parametrize("shape", [0, 1, 2])
def test_every_primitive_equals_the_reference_fused_or_not(shape: int) -> None:
    told = run_program("program_equal.py", "kinds", str(shape))
    assert_agrees(told)
    # Two runs, each with all values; outputs come besides.
    assert told["values"] > 2 * told["nodes"] > 2 * 25


def test_graphs_of_several_samples_and_of_unconnected_parts_run() -> None:
    for told in run_program("program_equal.py", "random", "0", "4"):
        assert_agrees(told)


def test_blocks_of_a_tracker_agree_fused_and_in_parts(tmp_path: Path) -> None:
    wanted = (
        r"template:encoder\.mrm\.2\.",
        r"search:encoder\.mrm\.2\.",
        r"search:encoder\.block4\.1\.",
        r"search:decoder\.",
    )
    told = run_program("program_equal.py", "blocks", str(tmp_path), "tiny128-t3", *wanted)
    kinds = [one["blocks"] for one in told]
    assert kinds == [
        ["memory_retrieval", "template_branch"],
        ["memory_retrieval", "search_branch"],
        ["backbone", "search_branch"],
        ["head", "search_branch"],
    ]
    for one in told:
        assert_agrees(one)


def test_whole_branches_agree_as_blocks_and_as_one_process(tmp_path: Path) -> None:
    told = run_program(
        "program_equal.py", "blocks", str(tmp_path), "tiny128-t1", "template:.", "search:."
    )
    assert [len(one["blocks"]) for one in told] == [3, 4]
    for one in told:
        assert_agrees(one)
