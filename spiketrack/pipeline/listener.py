"""Whom a long run keeps informed, and who may end it early; by default nobody."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from spiketrack.tracking import TrackResult


def silent(*told: Any) -> None:
    """Takes a message and drops it."""


def never() -> bool:
    """Does not ask to stop."""
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """What a run calls while it works.

    Attributes:
        step: is called with a line before each long step.
        warn: is called with a sentence about what the run could not check or use.
        samples: is called with how many samples are done, after each chunk of them.
        frame: is called with every tracked frame.
        is_asked_to_stop: is asked after every chunk whether to end there.
    """

    step: Callable[[str], None] = silent
    warn: Callable[[str], None] = silent
    samples: Callable[[int], None] = silent
    frame: Callable[[TrackResult], None] = silent
    is_asked_to_stop: Callable[[], bool] = never


NOBODY = Listener()
