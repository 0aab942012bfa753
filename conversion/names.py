"""Finds names for nodes that a file or a pass adds, none of which is taken."""

from collections.abc import Iterable


class Names:
    """Keeps account of the names that are taken."""

    def __init__(self, taken: Iterable[str]) -> None:
        self._taken = set(taken)

    def free(self, name: str) -> str:
        """This name, or with the first number from 2 on that makes it free; taken from now on."""
        candidate, number = name, 1
        while candidate in self._taken:
            number += 1
            candidate = f"{name}_{number}"
        self._taken.add(candidate)
        return candidate
