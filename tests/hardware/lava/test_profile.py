"""A profile made on Lava is the simulator's, with Lava's own counters beside it."""

from pathlib import Path

import pytest

from tests.hardware.lava.programs import needs_lava, run_program

pytestmark = [pytest.mark.slow, needs_lava]


@pytest.mark.parametrize(
    ("name", "interval", "frames"),
    [
        ("tiny128-t1", 0, {"init": 1, "track": 4}),
        ("tiny128-t3", 2, {"init": 1, "track": 4, "update": 2}),
    ],
)
def test_a_profile_on_lava_is_the_simulators_also_when_interrupted_and_resumed(
    tmp_path: Path, name: str, interval: int, frames: dict[str, int]
) -> None:
    told = run_program("program_profile.py", str(tmp_path), name, "4", str(interval))
    assert told["frames"] == frames
    assert told["alarms"] == [[], [], []]
    assert told["phases_equal"] == told["boxes_equal"] == [True, True]
    assert told["interrupted"] == [False, True, False]
    # Nothing twice, nothing lost: what was counted before goes on in the file of unfinished work.
    assert told["events_equal"]
    assert told["keys"] == ["lava_events"]
    assert min(told["nodes"].values()) > 100
