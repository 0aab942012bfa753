"""Ctrl-C waits for the frame under way; a second one does not."""

import os
import signal
import threading
from collections.abc import Iterator

import pytest

from spiketrack.pipeline.interrupt import deferred_interrupt


@pytest.fixture(autouse=True)
def pythons_own_handler() -> Iterator[None]:
    """A shell's background jobs start with the signal ignored."""
    previous = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, previous)


def press() -> None:
    os.kill(os.getpid(), signal.SIGINT)


def test_the_first_press_is_noted_and_the_second_stops() -> None:
    with deferred_interrupt() as is_asked:
        assert not is_asked()
        press()
        assert is_asked()
        with pytest.raises(KeyboardInterrupt):
            press()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_somebody_elses_handler_stays() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with deferred_interrupt() as is_asked:
        press()
        assert not is_asked()
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN


def test_another_thread_is_never_asked() -> None:
    answers: list[bool] = []

    def work() -> None:
        with deferred_interrupt() as is_asked:
            answers.append(is_asked())

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert answers == [False]
