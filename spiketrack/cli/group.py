"""How every command ends, and the one line on stderr that an error becomes.

Exit codes: 0 done, 1 an error, 2 wrong usage, 130 Ctrl-C.
"""

import re
import sys
import warnings
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import typer
from typer.core import TyperGroup

from spiketrack.errors import SpiketrackError
from spiketrack.plain_text import shown

FAILED = 1
INTERRUPTED = 130
_OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*[a-z]")


@dataclass
class State:
    """What holds for the whole run of the program.

    Attributes:
        debug: let errors through with their traceback.
        kept: what is held until the command has ended.
        context: typer's, of the command that runs: which of its options were given.
    """

    debug: bool = False
    kept: ExitStack = field(default_factory=ExitStack)
    context: Any = None


state = State()


class OneLineGroup(TyperGroup):
    """Turns an error of a command into one line on stderr and an exit code."""

    def invoke(self, ctx: Any) -> Any:
        """Runs the command.

        Warnings of libraries wait for its end: before an error they would only be in the way.
        """
        try:
            with warnings.catch_warnings(record=True) as told, ExitStack() as state.kept:
                result = super().invoke(ctx)
            for warning in told:
                warnings.showwarning(
                    warning.message, warning.category, warning.filename, warning.lineno
                )
            return result
        except KeyboardInterrupt:
            complain("interrupted")
            raise typer.Exit(INTERRUPTED) from None
        # The reader of a pipe went away, which is no error of the command: click ends it in
        # silence.
        except BrokenPipeError:
            raise
        except Exception as error:
            # Why exit_code: wrong usage and a wanted exit are exceptions too, and typer's to show.
            if hasattr(error, "exit_code") or isinstance(error, typer.Abort):
                _escape_message(error)
                raise
            if state.debug:
                raise
            complain(self._with_homes(ctx, _line(error)))
            raise typer.Exit(FAILED) from None

    def _with_homes(self, ctx: Any, line: str) -> str:
        """The line; for each option that this command lacks, it names one that has it."""
        own = _options(self) | _options(self.get_command(ctx, ctx.invoked_subcommand or ""))
        for name in dict.fromkeys(_OPTION.findall(line)):
            homes = [
                command
                for command in self.list_commands(ctx)
                if name in _options(self.get_command(ctx, command)) - own
            ]
            # An advice that names the command needs no second hint.
            if homes and not any(f"spiketrack {home}" in line for home in homes):
                line += f" ({name} is an option of {', '.join(homes)})"
        return line


def _options(command: Any) -> set[str]:
    """The names of a command's options; none where there is no command."""
    parameters = getattr(command, "params", ())
    return {
        name for parameter in parameters for name in (*parameter.opts, *parameter.secondary_opts)
    }


def complain(text: str) -> None:
    """Writes one line to stderr."""
    sys.stderr.write(f"spiketrack: {shown(' '.join(text.split()))}\n")


def _escape_message(error: Any) -> None:
    """Escapes a message of wrong usage, which names files and which typer shows as it is."""
    if isinstance(getattr(error, "message", None), str):
        error.message = shown(error.message)


def _line(error: Exception) -> str:
    if isinstance(error, SpiketrackError):
        return str(error)
    if isinstance(error, OSError) and error.strerror:
        place = f"'{error.filename}': " if error.filename else ""
        return f"{place}{error.strerror}"
    if isinstance(error, MemoryError):
        return "out of memory"
    return f"unexpected {type(error).__name__}: {error}. See where with --debug"
