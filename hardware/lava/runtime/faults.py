"""How the children of a Lava run report to their parent: short lines through one pipe.

Why a pipe: a line below PIPE_BUF bytes arrives whole, whoever writes beside it, and writing needs
no lock that a killed child could hold.
"""

import json
import os
import select

from spiketrack.errors import LavaError, OverflowBoundError

LINE_BYTES = select.PIPE_BUF
TEXT_CHARACTERS = 600
READY = b"\n"


class Faults:
    """One pipe for all children.

    Attributes:
        n_ready: children that have said that they are ready.
    """

    def __init__(self) -> None:
        self._read, self._write = os.pipe()
        # The parent looks often and must never wait here.
        os.set_blocking(self._read, False)
        self._pending = b""
        self._found: list[dict[str, str]] = []
        self.n_ready = 0

    def report_ready(self) -> None:
        """For children: waiting for the first step."""
        os.write(self._write, READY)

    def report(self, name: str, error: BaseException, where: str) -> None:
        """For children: failed."""
        words = {"name": name, "kind": type(error).__name__, "where": where}
        if isinstance(error, OverflowBoundError):
            words |= {"what": error.what, "needed": error.needed, "found": error.found}
        else:
            words["message"] = str(error)
        # Why cut again: a character may take six bytes in JSON.
        line = json.dumps({key: word[:TEXT_CHARACTERS] for key, word in words.items()}).encode()
        if len(line) >= LINE_BYTES:
            line = json.dumps({key: _plain(word) for key, word in words.items()}).encode()
        os.write(self._write, line[: LINE_BYTES - 1] + b"\n")

    def wait(self, seconds: float) -> None:
        """Waits for a line, at most so long."""
        select.select([self._read], [], [], seconds)

    def check(self) -> None:
        """Reads what has come.

        Raises:
            OverflowBoundError: a value left its width in a child; as every other engine says it.
            LavaError: a child has failed otherwise.
        """
        # After `close` there is still what was found before.
        if self._read >= 0:
            self._take()
        if self._found:
            # The first one is the cause; others fail because their neighbour is gone.
            fault = self._found[0]
            if "needed" in fault:
                found = f"{fault['found']} in Lava process '{fault['name']}'"
                raise OverflowBoundError(fault["what"], fault["needed"], found)
            found = f"{fault['kind']} at {fault['where']}: {fault['message']}"
            raise LavaError(f"Lava process '{fault['name']}'", "a step without error", found)

    def close(self) -> None:
        """Gives both ends back; what was found stays."""
        for end in (self._read, self._write):
            if end >= 0:
                os.close(end)
        self._read = self._write = -1

    def _take(self) -> None:
        try:
            while chunk := os.read(self._read, 1 << 16):
                self._pending += chunk
        except BlockingIOError:
            pass
        # The last piece may be half a line, whose rest comes with the next read.
        *lines, self._pending = self._pending.split(b"\n")
        for line in lines:
            if line:
                self._found.append(_decode(line))
            else:
                self.n_ready += 1


def _plain(word: str) -> str:
    """At most 100 characters, of a byte or two each in JSON."""
    return word[:100].encode("ascii", "backslashreplace").decode()[:100]


def _decode(line: bytes) -> dict[str, str]:
    try:
        words: dict[str, str] = json.loads(line)
    except ValueError:
        text = line.decode(errors="replace")
        words = {"name": "?", "kind": "a report", "where": "?", "message": text}
    return words
