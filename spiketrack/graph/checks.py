"""What a node checks when it is made: arrays are verified, copied once and made read-only."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from spiketrack.errors import GraphError

Array = NDArray[Any]
Pair = tuple[int, int]
"""One number per axis of an image: rows (y) first, then columns (x)."""
MAX_BITS = 62
"""Widest signed integer the engines handle in int64 with room for one addition."""


def frozen_array(name: str, field: str, value: Array, dtype: type, ndim: int) -> Array:
    """Returns a read-only copy of `value` with exactly this dtype and rank.

    Raises:
        GraphError: another dtype or rank, or a value that is not finite.
    """
    array = np.asarray(value)
    if array.dtype != np.dtype(dtype) or array.ndim != ndim:
        raise GraphError(
            f"node '{name}', {field}",
            f"{np.dtype(dtype).name} of rank {ndim}",
            f"{array.dtype.name} of shape {array.shape}",
        )
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise GraphError(f"node '{name}', {field}", "finite numbers", "NaN or infinity")
    # A view would change with the array of whoever made the node.
    copy = array.copy()
    copy.setflags(write=False)
    return copy


def freeze(node: Any, field: str, dtype: type, ndim: int) -> Array:
    """Puts a checked, read-only copy of an array into a field of a frozen node; returns it.

    Raises:
        GraphError: as `frozen_array`.
    """
    array = frozen_array(node.name, field, getattr(node, field), dtype, ndim)
    object.__setattr__(node, field, array)
    return array


def require_inputs(name: str, inputs: tuple[str, ...], count: int | None) -> None:
    """Raises GraphError unless a node has a name and `count` inputs (None: at least one)."""
    # A slash would make a group of it in HDF5.
    if not name or "/" in name:
        raise GraphError(f"node name '{name}'", "a name without '/'")
    require_text(f"node name '{name}'", name)
    if (count is None and not inputs) or (count is not None and len(inputs) != count):
        needed = "at least 1 input" if count is None else f"{count} inputs"
        raise GraphError(f"node '{name}'", needed, str(len(inputs)))


def require_text(what: str, name: str) -> None:
    """Raises GraphError unless files can hold a name: no NUL, and nothing that is no Unicode.

    Why: a file in HDF5 may have names in another encoding; they arrive as halves of surrogate
    pairs, which nothing can write.
    """
    if "\0" in name or any("\ud800" <= character <= "\udfff" for character in name):
        raise GraphError(what, "a name in UTF-8 without NUL", "another", "Rename it in the file")


def require_geometry(name: str, stride: Pair, padding: Pair, dilation: Pair, groups: int) -> None:
    """Raises GraphError unless all are whole, strides, dilations, groups >= 1, paddings >= 0."""
    for field, pair, least in (
        ("stride", stride, 1),
        ("padding", padding, 0),
        ("dilation", dilation, 1),
    ):
        if not _is_pair(pair) or min(pair) < least:
            needed = f"two integers >= {least}, rows and columns"
            raise GraphError(f"node '{name}', {field}", needed, repr(pair))
    if groups < 1:
        raise GraphError(f"node '{name}', groups", "at least 1", str(groups))


def _is_pair(value: object) -> bool:
    # Why by type: a bool or a NumPy integer would not come back from a stored record as it was.
    if not isinstance(value, tuple) or len(value) != 2:
        return False
    return all(type(entry) is int for entry in value)


def span(array: Array) -> str:
    """The smallest and the largest value of an array, as an error shows them."""
    return f"{array.min()}..{array.max()}" if array.size else "none"


def require_length(name: str, field: str, length: int, needed: int) -> None:
    """Raises GraphError unless a field has as many elements as it must."""
    if length != needed:
        raise GraphError(f"node '{name}', {field}", f"length {needed}", str(length))


def require_heads(name: str, heads: int) -> None:
    """Raises GraphError unless there is at least one head."""
    if heads < 1:
        raise GraphError(f"node '{name}', heads", "at least 1", str(heads))


def require_stream(name: str, bits: int, scale: float) -> None:
    """Raises GraphError unless a stream has 1..62 bits and a positive, finite scale."""
    if not 1 <= bits <= MAX_BITS or not 0.0 < scale < float("inf"):
        raise GraphError(
            f"node '{name}'",
            f"1..{MAX_BITS} bits and a positive scale",
            f"{bits} bits, scale {scale}",
        )


def require_shape(name: str, shape: tuple[int, ...]) -> None:
    """Raises GraphError unless a shape is (T, C, H, W), all positive."""
    if len(shape) != 4 or min(shape) < 1:
        raise GraphError(f"node '{name}'", "a shape (T, C, H, W)", str(shape))
