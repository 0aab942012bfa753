"""Notices a child that was stopped (SIGSTOP), which lives but will never answer.

Only where the kernel shows the state of processes under /proc; elsewhere nothing is noticed.
"""

from pathlib import Path

from spiketrack.errors import LavaError

STOPPED_CHECKS = 300
"""How many checks in a row find it stopped before it counts as lost; ten checks take a second.

Why not seconds: Ctrl-Z stops the parent as well, and time goes on.
"""


class StoppedWatch:
    """How often in a row each child was found stopped."""

    def __init__(self) -> None:
        self._found: dict[int, int] = {}

    def check(self, name: str, pid: int) -> None:
        """Looks at one child.

        Raises:
            LavaError: it has been stopped for too long.
        """
        if not is_stopped(pid):
            self._found.pop(pid, None)
            return
        self._found[pid] = self._found.get(pid, 0) + 1
        if self._found[pid] >= STOPPED_CHECKS:
            found = "one that somebody stopped (SIGSTOP)"
            advice = "All processes of this run were ended; run it again"
            raise LavaError(f"Lava process '{name}'", "a running process", found, advice)


def is_stopped(pid: int) -> bool:
    """Whether a process is stopped by a signal."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    # Why from behind: the name of the program stands in brackets and may hold anything.
    return text.rpartition(")")[2].split()[:1] == ["T"]
