"""Many values in one message of bytes: what a `FrameOut` sends to the host; no Lava here.

Why one message: a process that hands over hundreds of values costs as much to start, and to wait
for, as one that hands over one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hardware.lava.assemble.blocks import port_names
from hardware.lava.assemble.values import Dtype


class Part(NamedTuple):
    """One value in the message: the InPort it comes by, its numbers, and its bytes' place."""

    port: str
    shape: tuple[int, ...]
    dtype: Dtype
    place: slice


@dataclass(frozen=True, eq=False)
class Layout:
    """Where each value lies.

    Args:
        values: shape and number type by name.

    Attributes:
        parts: by name, in the order of `values`.
        n_bytes: of the whole message.
    """

    values: Mapping[str, tuple[tuple[int, ...], Dtype]]
    parts: dict[str, Part] = field(init=False)
    n_bytes: int = field(init=False)

    def __post_init__(self) -> None:
        parts, end = {}, 0
        for port, name in port_names(list(self.values), "in").items():
            shape, dtype = self.values[name]
            start, end = end, end + int(np.prod(shape)) * np.dtype(dtype).itemsize
            parts[name] = Part(port, shape, dtype, slice(start, end))
        object.__setattr__(self, "parts", parts)
        object.__setattr__(self, "n_bytes", end)

    @property
    def port_types(self) -> dict[str, Dtype]:
        """Number types by InPort."""
        return {part.port: part.dtype for part in self.parts.values()}

    def unpack(self, message: NDArray[np.uint8]) -> dict[str, NDArray[Any]]:
        """The values by name, as views of the message."""
        return {
            name: message[part.place].view(part.dtype).reshape(part.shape)
            for name, part in self.parts.items()
        }


def put(message: NDArray[np.uint8], part: Part, value: NDArray[Any]) -> None:
    """Writes one value to its place."""
    # A view needs contiguous bytes of the declared type.
    message[part.place] = np.ascontiguousarray(value, part.dtype).reshape(-1).view(np.uint8)
