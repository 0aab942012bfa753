"""Values of JSON and TOML from outside, checked one by one; a wrong one is refused by name.

Every function takes the name of the value as a message shows it, the value, and the error to raise;
`Fields` names the members of an object in the same way.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from spiketrack.errors import SpiketrackError

MAX_COUNT = 2**63 - 1
_MAX_NUMBER = 1 << 62
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


@dataclass(frozen=True, slots=True)
class Fields:
    """The members of an object from outside, read by key.

    Every method raises `error`, with `advice`, if the member is missing or something else.

    Attributes:
        what: the object as a message names it.
        members: its members, unchecked.
        error: type of the error to raise.
        advice: what the user can do.
    """

    what: str
    members: Mapping[str, object]
    error: type[SpiketrackError]
    advice: str = ""

    def text(self, key: str) -> str:
        """A text."""
        value = self.members.get(key)
        if not isinstance(value, str):
            raise self._refusal(key, "text")
        return value

    def whole(self, key: str) -> int:
        """A whole number from 0."""
        value = self.members.get(key)
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < _MAX_NUMBER:
            raise self._refusal(key, "a whole number from 0")
        return value

    def number(self, key: str) -> float:
        """A number from 0, an integer where the file has one."""
        value = self.members.get(key)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self._refusal(key, "a number from 0")
        if not 0 <= value < _MAX_NUMBER:
            raise self._refusal(key, "a number from 0")
        return value

    def flag(self, key: str) -> bool:
        """True or false."""
        value = self.members.get(key)
        if not isinstance(value, bool):
            raise self._refusal(key, "true or false")
        return value

    def inner(self, key: str) -> "Fields":
        """An object."""
        value = self.members.get(key)
        if not isinstance(value, dict):
            raise self._refusal(key, "an object")
        return replace(self, what=self._named(key), members=value)

    def inners(self, key: str) -> "tuple[Fields, ...]":
        """A list of objects."""
        values = self.members.get(key)
        if not isinstance(values, list) or not all(isinstance(value, dict) for value in values):
            raise self._refusal(key, "a list of objects")
        return tuple(
            replace(self, what=f"{self._named(key)} {index}", members=value)
            for index, value in enumerate(values)
        )

    def _named(self, key: str) -> str:
        return f"{self.what} '{key}'"

    def _refusal(self, key: str, needed: str) -> SpiketrackError:
        return self.error(
            self._named(key), needed, shortened(self.members.get(key)), advice=self.advice
        )
