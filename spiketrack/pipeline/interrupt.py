"""Ctrl-C at a good moment: the frame under way is finished first, a second Ctrl-C stops at once.

Why: counts are whole between frames only.
"""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Protocol, TypeVar, runtime_checkable


@runtime_checkable
class Closable(Protocol):
    """What must be closed."""

    def close(self) -> None:
        """Ends it."""


Started = TypeVar("Started", bound=Closable)


@contextmanager
def deferred_interrupt() -> Iterator[Callable[[], bool]]:
    """Gives a function that says whether Ctrl-C was pressed inside the block.

    Outside the main thread, or where somebody else handles the signal, it always says no.
    """
    in_main = threading.current_thread() is threading.main_thread()
    # Only the main thread may set a handler, and one that somebody else has set stays.
    if not in_main or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield lambda: False
        return
    presses = 0

    def note(number: int, frame: FrameType | None) -> None:
        nonlocal presses
        presses += 1
        # A second press means at once, whole counts or not.
        if presses > 1:
            raise KeyboardInterrupt

    signal.signal(signal.SIGINT, note)
    try:
        yield lambda: presses > 0
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def uninterrupted(start: Callable[[], Started]) -> Started:
    """What `start` makes; after Ctrl-C meanwhile it is closed once it is made.

    Why: in the midst of a fork Python drops an interruption, and the program would run on.

    Raises:
        KeyboardInterrupt: Ctrl-C.
    """
    with deferred_interrupt() as is_asked:
        made = start()
    if is_asked():
        made.close()
        raise KeyboardInterrupt
    return made
