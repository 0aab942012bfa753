"""Files of boxes and of flags as benchmarks publish them.

A line is a frame. Numbers are parted by commas, tabs, spaces or semicolons, in any mixture. A frame
without a target is written as NaN, as a box of no size, or as an empty line. A box that cannot be
one (negative size, infinite) counts as no target and is not repaired.
"""

import math
import re
from pathlib import Path

import numpy as np
import numpy.typing as npt

from spiketrack.errors import DatasetError

Boxes = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

MAX_BYTES = 1 << 26
"""Largest file of boxes or flags, in bytes."""

_PARTS = re.compile(r"[,;\s]+")
_NAN_WORDS = frozenset(["nan", "none", "-nan", "nan(ind)", "-nan(ind)"])


def read_text(path: Path) -> str:
    """The text of a small file.

    Raises:
        DatasetError: it is not there, is too large or is no text.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise DatasetError(f"'{path}'", "a readable file", error.strerror or str(error)) from None
    if len(content) > MAX_BYTES:
        raise DatasetError(f"'{path}'", f"at most {MAX_BYTES >> 20} MiB", "more")
    return content.decode("utf-8-sig", errors="replace")


def read_boxes(path: Path) -> Boxes:
    """Reads boxes x, y, w, h, one frame a line; a frame without a target is a row of NaN.

    Args:
        path: the text file; lines of eight numbers are four corners, of which the upright box
            around them is taken.

    Returns:
        float64 (N, 4) in pixels.

    Raises:
        DatasetError: the file cannot be read, or a line holds something else.
    """
    rows = [_box(path, number, line) for number, line in enumerate(_lines(path), 1)]
    return np.array(rows, dtype=np.float64).reshape(-1, 4)


def read_table(path: Path) -> list[list[str]]:
    """The words of every line that is not empty.

    Raises:
        DatasetError: the file cannot be read.
    """
    return [_words(line) for line in _lines(path) if line.strip()]


def read_flags(path: Path, count: int) -> Flags:
    """Reads a 0 or 1 for every frame, on one line or on one line each.

    Args:
        path: the text file.
        count: frames of the sequence. Missing flags at the end are taken as 0, more are left out.

    Raises:
        DatasetError: the file cannot be read, or holds something else than numbers.
    """
    words = [word for row in read_table(path) for word in row]
    values = [_number(path, 1, word) for word in words[:count]]
    flags = np.zeros(count, dtype=bool)
    flags[: len(values)] = [math.isfinite(value) and value != 0 for value in values]
    return flags


def without_non_boxes(boxes: Boxes) -> Boxes:
    """The same boxes, with NaN where a row is no box of a size above 0."""
    fine = np.isfinite(boxes).all(axis=1)
    fine &= (np.where(np.isfinite(boxes), boxes, 0.0)[:, 2:] > 0).all(axis=1)
    return np.where(fine[:, None], boxes, np.nan)


def _lines(path: Path) -> list[str]:
    lines = read_text(path).splitlines()
    while lines and not lines[-1].strip():
        lines.pop()
    return lines


def _words(line: str) -> list[str]:
    return [word for word in _PARTS.split(line.strip()) if word]


def _box(path: Path, number: int, line: str) -> list[float]:
    words = _words(line)
    if not words:
        return [math.nan] * 4
    values = [_number(path, number, word) for word in words]
    if len(values) == 8:
        xs, ys = values[::2], values[1::2]
        values = [min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)]
    if len(values) != 4:
        if all(math.isnan(value) for value in values):
            return [math.nan] * 4
        raise DatasetError(f"line {number} of '{path}'", "four or eight numbers", f"{len(values)}")
    return values


def _number(path: Path, number: int, word: str) -> float:
    if word.lower() in _NAN_WORDS:
        return math.nan
    try:
        return float(word)
    except ValueError:
        raise DatasetError(f"line {number} of '{path}'", "numbers", f"'{word[:40]}'") from None
