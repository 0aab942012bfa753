"""Ctrl-C waits for the frame under way; a second one does not."""

import os
import signal
import threading

import pytest

from spiketrack.pipeline.interrupt import deferred_interrupt


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
    previous = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with deferred_interrupt() as is_asked:
            press()
            assert not is_asked()
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, previous)


def test_another_thread_is_never_asked() -> None:
    answers: list[bool] = []

    def work() -> None:
        with deferred_interrupt() as is_asked:
            answers.append(is_asked())

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert answers == [False]
