"""Runs the program as a user does, inside this process: code, stdout, stderr."""

import io
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from unittest.mock import patch

from spiketrack.cli import main


@dataclass(frozen=True)
class Done:
    """What a finished run left."""

    code: int
    out: str
    err: str


def run(*arguments: object) -> Done:
    """One run of `spiketrack arguments...`."""
    out, err = io.StringIO(), io.StringIO()
    argv = ["spiketrack", *map(str, arguments)]
    with patch.object(sys, "argv", argv), redirect_stdout(out), redirect_stderr(err):
        try:
            main()
            code = 0
        except SystemExit as end:
            code = int(end.code or 0)
    return Done(code, out.getvalue(), err.getvalue())


def refused(done: Done) -> str:
    """The one line of an error, after checking that it is one."""
    assert done.code == 1, done
    assert done.out == ""
    assert done.err.startswith("spiketrack: ") and done.err.count("\n") == 1, done.err
    assert "Traceback" not in done.err and "See where with --debug" not in done.err
    return done.err
