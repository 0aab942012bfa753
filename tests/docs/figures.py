"""Outputs that pages show, against what is printed now: the same words, and the same figures.

Figures of time and memory depend on the machine; only their words are compared. All others may
differ by a few percent, since the float network's sums, and with them the widths that a conversion
measures, depend on the versions of libraries.
"""

import re

TOLERANCE = 0.05
_OF_THIS_MACHINE = re.compile(
    r"\d[\d,.]* ?(?:ns|us|µs|ms|s|MiB|MB)\b|ratio .*|sha256[ \w]* [0-9a-f]{16}"
)
_FIGURE = re.compile(r"(\d[\d,]*(?:\.\d+)?)(?: ?(p|n|µ|m|k|M|G)(?=J|W|\b))?")
_WORTH = {"": 1, "p": 1e-12, "n": 1e-9, "µ": 1e-6, "m": 1e-3, "k": 1e3, "M": 1e6, "G": 1e9}


def words_of(text: str) -> list[str]:
    """The words of each line, figures, rules and columns' widths left out."""
    masked = _FIGURE.sub("#", _OF_THIS_MACHINE.sub("#", text))
    return [re.sub(r"[─\s]+", " ", line).strip() for line in masked.splitlines()]


def figures_of(text: str) -> list[float]:
    """Every figure that should be the same on any machine, SI prefixes applied."""
    found = _FIGURE.findall(_OF_THIS_MACHINE.sub("", text))
    return [float(number.replace(",", "")) * _WORTH[prefix] for number, prefix in found]


def is_near(shown: float, printed: float) -> bool:
    """Whether a figure on a page still stands for the one printed."""
    return abs(shown - printed) <= TOLERANCE * max(abs(shown), abs(printed))
