"""JSON from outside: what Python reads and later stumbles over is refused where it is read.

Python takes an integer of 4,000 digits, NaN, and half of a surrogate pair; the first ends in an
overflow where it meets a float or an array, the last where a report is written.
"""

import json
import re
from typing import Any

MAX_DIGITS = 39
"""Digits of an integer: enough for 128 bits, which is what seeds have."""
_HALF_PAIR = re.compile(r"\\u[dD][89a-fA-F]")


def read_json(text: str) -> Any:
    """The value of a JSON text.

    Raises:
        ValueError: not JSON, nested too deep, or with an integer of more than `MAX_DIGITS` digits,
            a number that is none, or text that no encoding can write.
    """
    try:
        value = json.loads(text, parse_int=_whole, parse_constant=_no_number)
    except RecursionError as error:
        raise ValueError("values nested too deep") from error
    # Why only then: an escape is the only way in, and few texts have one.
    if _HALF_PAIR.search(text):
        try:
            json.dumps(value, ensure_ascii=False).encode("utf-8")
        except UnicodeEncodeError as error:
            raise ValueError("half of a surrogate pair, which is no text") from error
    return value


def _whole(digits: str) -> int:
    if len(digits.lstrip("-")) > MAX_DIGITS:
        raise ValueError(f"an integer of {len(digits)} digits, at most {MAX_DIGITS} are read")
    return int(digits)


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is not a number")
