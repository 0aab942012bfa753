"""A stopped process is told from one that runs, and counts as lost only after many looks."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from hardware.lava.runtime import stopped as lava_stopped
from hardware.lava.runtime.stopped import StoppedWatch, is_stopped
from spiketrack.errors import LavaError

pytestmark = pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="no /proc here")


@pytest.fixture()
def child() -> Iterator["subprocess.Popen[bytes]"]:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        yield process
        process.kill()


def _stop(child: "subprocess.Popen[bytes]") -> None:
    os.kill(child.pid, signal.SIGSTOP)
    os.waitpid(child.pid, os.WUNTRACED)  # returns once it is stopped


def test_only_a_stopped_process_counts_as_one(child: "subprocess.Popen[bytes]") -> None:
    assert not is_stopped(child.pid)
    _stop(child)
    assert is_stopped(child.pid)
    os.kill(child.pid, signal.SIGCONT)
    os.waitpid(child.pid, os.WCONTINUED)
    assert not is_stopped(child.pid)
    assert not is_stopped(1 << 30)


def test_it_is_lost_after_so_many_looks_in_a_row(
    child: "subprocess.Popen[bytes]", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lava_stopped, "STOPPED_CHECKS", 3)
    watch = StoppedWatch()
    _stop(child)
    watch.check("a", child.pid)
    watch.check("a", child.pid)
    os.kill(child.pid, signal.SIGCONT)
    os.waitpid(child.pid, os.WCONTINUED)
    watch.check("a", child.pid)  # it went on: the looks begin anew
    _stop(child)
    watch.check("a", child.pid)
    watch.check("a", child.pid)
    with pytest.raises(LavaError, match="process 'a': needed a running process, found one that"):
        watch.check("a", child.pid)
