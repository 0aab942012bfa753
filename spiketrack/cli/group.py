"""How every command ends, and the one line on stderr that an error becomes.

Exit codes: 0 done, 1 an error, 2 wrong usage, 130 Ctrl-C.
"""

import sys
from dataclasses import dataclass
from typing import Any

import typer
from typer.core import TyperGroup

from spiketrack.errors import SpiketrackError

FAILED = 1
INTERRUPTED = 130


@dataclass
class State:
    """What holds for the whole run of the program.

    Attributes:
        debug: let errors through with their traceback.
        context: typer's, of the command that runs: which of its options were given.
    """

    debug: bool = False
    context: Any = None


state = State()


class OneLineGroup(TyperGroup):
    """Turns an error of a command into one line on stderr and an exit code."""

    def invoke(self, ctx: Any) -> Any:
        """Runs the command."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            complain("interrupted")
            raise typer.Exit(INTERRUPTED) from None
        except BrokenPipeError:
            raise
        except Exception as error:
            # Why exit_code: wrong usage and a wanted exit are exceptions too, and typer's to show.
            if state.debug or hasattr(error, "exit_code") or isinstance(error, typer.Abort):
                raise
            complain(_line(error))
            raise typer.Exit(FAILED) from None


def complain(text: str) -> None:
    """One line on stderr."""
    sys.stderr.write(f"spiketrack: {' '.join(text.split())}\n")


def _line(error: Exception) -> str:
    if isinstance(error, SpiketrackError):
        return str(error)
    if isinstance(error, OSError) and error.strerror:
        place = f"'{error.filename}': " if error.filename else ""
        return f"{place}{error.strerror}"
    if isinstance(error, MemoryError):
        return "out of memory"
    return f"unexpected {type(error).__name__}: {error}. See where with --debug"
