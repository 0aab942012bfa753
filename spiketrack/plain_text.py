"""Text that is safe and whole to show, wherever it came from and wherever it goes.

Why one file: names of layers, files and devices come from strangers. A name may hold an escape
sequence that clears a terminal, a control that turns the reading direction round, a line break that
forges a line of ours, or half of a surrogate pair that no encoding can write. What is shown to
people goes through `shown`, at the door where it leaves: errors, the terminal, pages, charts,
graphs as text.
"""

import codecs
import io
from typing import TextIO

PLAIN_ERRORS = "spiketrack.plain"
"""Name of the handler for characters that a stream's encoding does not have."""

_PLAIN = {
    "–": "-", "—": "-", "−": "-", "─": "-", "━": "-", "╸": "-", "╺": "-", "µ": "u", "×": "x",
    "…": "...", "→": "->", "│": "|", "┃": "|", "•": "*", "’": "'", "‘": "'", "“": '"', "”": '"',
    "╭": "+", "╮": "+", "╰": "+", "╯": "+", "┌": "+", "┐": "+", "└": "+", "┘": "+",
}  # fmt: skip
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def shown(text: object) -> str:
    r"""The text with everything escaped that is no visible character: `\x1b`, `\n`, `\u202e`.

    Control characters, line breaks, bidirectional and other format characters, surrogates and
    spaces other than the common one are written as Python writes them in a string. Anything else
    stays as it is, a backslash too.
    """
    plain = str(text)
    if plain.isprintable():
        return plain
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode("ascii")
        for character in plain
    )


def plural(n: int, what: str, several: str | None = None) -> str:
    """A number with its noun: "1 chip", "1,152 chips".

    Args:
        n: how many.
        what: the noun for one of them.
        several: the noun for more or none; `what` with an s if left out.
    """
    return f"{n:,} {what if n == 1 else several or what + 's'}"


def spreadsheet_cell(text: str) -> str:
    """A text cell of a CSV file that no spreadsheet takes for a formula.

    Source: OWASP, "CSV Injection": a quotation mark before = + - @ tab and carriage return.
    """
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def use_plain_equivalents(*streams: TextIO) -> None:
    """Lets streams write a plain equivalent of what their encoding has not, and never fail."""
    codecs.register_error(PLAIN_ERRORS, _plain_equivalents)
    for stream in streams:
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=PLAIN_ERRORS)


def _plain_equivalents(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    missing = error.object[error.start : error.end]
    return "".join(_plain(character) for character in missing), error.end


def _plain(character: str) -> str:
    known = _PLAIN.get(character)
    return known if known is not None else character.encode("unicode_escape").decode("ascii")
