"""What a node checks when it is made: arrays are verified, copied once and made read-only."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from spiketrack.errors import GraphError

Array = NDArray[Any]


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
    copy = array.copy()
    copy.setflags(write=False)
    return copy


def require_inputs(name: str, inputs: tuple[str, ...], count: int | None) -> None:
    """Raises GraphError unless a node has a name and `count` inputs (None: at least one)."""
    if not name or "/" in name:
        raise GraphError(f"node name '{name}'", "a name without '/'")
    if (count is None and not inputs) or (count is not None and len(inputs) != count):
        needed = "at least 1 input" if count is None else f"{count} inputs"
        raise GraphError(f"node '{name}'", needed, str(len(inputs)))


def require_geometry(name: str, stride: int, padding: int, dilation: int, groups: int) -> None:
    """Raises GraphError unless stride, dilation and groups are >= 1 and padding is >= 0."""
    if min(stride, dilation, groups) < 1 or padding < 0:
        raise GraphError(
            f"node '{name}'",
            "stride, dilation, groups >= 1 and padding >= 0",
            f"stride {stride}, dilation {dilation}, groups {groups}, padding {padding}",
        )
