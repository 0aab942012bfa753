"""An error message stays readable however much is wrong."""

import pytest

from spiketrack.errors import Obstacle, ObstacleError, reason_of


def test_many_obstacles_are_all_kept_and_the_first_told() -> None:
    obstacles = tuple(Obstacle(f"n{i}", "odd", "mend it") for i in range(60))
    error = ObstacleError("file 'x'", obstacles)
    assert error.obstacles == obstacles
    assert "node 'n49': odd (mend it); and 10 more" in str(error)


def test_a_very_long_name_is_cut_in_the_message() -> None:
    error = ObstacleError("file 'x'", (Obstacle("n" * 10_000, "odd", "mend it"),))
    assert len(str(error)) < 600


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (ValueError("-1 where a whole number belongs"), "-1 where a whole number belongs"),
        (KeyError("used"), "no entry 'used'"),
        (TypeError("'int' object is not iterable"), "a value of another kind ('int' object"),
        (MemoryError(), "MemoryError"),
    ],
)
def test_what_a_reader_stumbled_over_is_said_in_words(error: Exception, expected: str) -> None:
    assert reason_of(error).startswith(expected)
