"""Values of JSON from outside, checked one by one; a wrong one is refused by name.

Every function takes the name of the value as a message shows it, the value, and the error to raise.
"""

from collections.abc import Mapping

from spiketrack.errors import SpiketrackError

MAX_COUNT = 2**63 - 1
_SHOWN = 80


def shortened(value: object) -> str:
    """A value as a message shows it."""
    return repr(value)[:_SHOWN]


def object_in(what: str, value: object, error: type[SpiketrackError]) -> Mapping[str, object]:
    """A JSON object.

    Raises:
        SpiketrackError: of the type given; the value is something else.
    """
    if not isinstance(value, dict):
        raise error(what, "an object", type(value).__name__)
    return value


def count_in(what: str, value: object, error: type[SpiketrackError]) -> int:
    """A count: an integer from 0 that fits 64 bits.

    Raises:
        SpiketrackError: of the type given; the value is something else.
    """
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MAX_COUNT:
        raise error(what, "an integer from 0 to 2^63-1", shortened(value))
    return value


def texts_in(what: str, value: object, error: type[SpiketrackError]) -> tuple[str, ...]:
    """A list of texts.

    Raises:
        SpiketrackError: of the type given; the value is something else.
    """
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        raise error(what, "a list of texts", shortened(value))
    return tuple(value)
