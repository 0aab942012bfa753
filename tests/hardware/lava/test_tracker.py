"""The whole tracker on Lava equals the simulator: memories, logits, counts and boxes."""

from pathlib import Path

import pytest

from tests.hardware.lava.programs import needs_lava, run_program

pytestmark = [pytest.mark.slow, needs_lava]


@pytest.mark.parametrize(
    ("name", "interval", "updates"), [("tiny128-t1", 0, 0), ("tiny128-t3", 2, 2)]
)
def test_every_memory_logit_count_and_box_equals_the_simulators(
    tmp_path: Path, name: str, interval: int, updates: int
) -> None:
    told = run_program("program_tracker.py", str(tmp_path), name, "5", str(interval))
    assert told["frames"] == 5
    assert told["updates"] == updates
    assert told["wrong"] == []
    assert told["wrong_counts"] == []
    assert told["boxes_equal"]
    assert told["compared"]["memories"] > 0
    assert told["compared"]["logits"] > 0
    # Template: frame in, backbone, six memory writers, one for all that goes out, runtime service.
    # Search: seven in, backbone, six readers, head, and the last two alike.
    assert told["processes"] == {"template": 10, "search": 17}


def test_both_branches_run_in_one_step_with_the_memories_as_messages(tmp_path: Path) -> None:
    told = run_program("program_tracker.py", "together", str(tmp_path), "tiny128-t3")
    assert told["wrong"] == []
    assert told["outputs"] == told["expected"] > 6
