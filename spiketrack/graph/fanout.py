"""A fan-out map says how many weights a spike meets, by its position and its channel.

A spike at (c, y, x) meets weight[o, c, i, j] if tap (i, j) carries it to an output cell inside the
map. Which taps do so depends on the row and the column alone, so cells fall into few classes: rows
by their set of taps, times columns by theirs. An exact count is then a sum over classes and
channels of (spikes there) x (fan-out there).
Why classes: the spikes are read once, and one reading serves every connection of the same geometry.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from spiketrack.graph.float_nodes import Shape
from spiketrack.graph.kinds import Conv, conv_weight
from spiketrack.graph.shapes import conv_output_size

Int64 = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class AxisClasses:
    """The cells of one axis, parted by the set of taps that carry them inside the output.

    Attributes:
        index: (size,) int64, class of each cell.
        taps: (n_classes, kernel) bool, the taps of each class.
        order: (size,) int64, the cells sorted by class.
        bounds: (n_classes + 1,) int64; class r is order[bounds[r]:bounds[r + 1]].
    """

    index: Int64
    taps: NDArray[np.bool_]
    order: Int64 = field(init=False)
    bounds: Int64 = field(init=False)

    def __post_init__(self) -> None:
        # Stable, so that the cells of a class keep their order and are read front to back.
        order = np.argsort(self.index, kind="stable").astype(np.int64)
        object.__setattr__(self, "order", order)
        object.__setattr__(self, "bounds", np.concatenate([[0], np.cumsum(self.sizes)]))

    @property
    def n_classes(self) -> int:
        """Number of different sets of taps."""
        return len(self.taps)

    @property
    def sizes(self) -> Int64:
        """(n_classes,) cells in each class."""
        return np.bincount(self.index, minlength=self.n_classes).astype(np.int64)

    @property
    def key(self) -> bytes:
        """Equal for two axes whose cells fall into the same classes, whatever their taps."""
        return self.index.tobytes()


@dataclass(frozen=True, slots=True, eq=False)
class ConvFanout:
    """Fan-out of every input cell of a convolution.

    Attributes:
        rows: classes of the H rows.
        columns: classes of the W columns.
        all_weights: (row classes, column classes, C) int64, weights met, zero or not.
        non_zero: the same, weights that are not zero.
    """

    rows: AxisClasses
    columns: AxisClasses
    all_weights: Int64
    non_zero: Int64

    @property
    def cells(self) -> Int64:
        """(row classes, column classes) input cells in each class."""
        cells: Int64 = self.rows.sizes[:, None] * self.columns.sizes[None]
        return cells

    def macs(self, *, zero_weights: bool = True) -> int:
        """Multiply-accumulates of one step inside the borders, every input counted."""
        fanout = self.all_weights if zero_weights else self.non_zero
        return int((fanout * self.cells[..., None]).sum())


def axis_classes(size: int, kernel: int, stride: int, padding: int, dilation: int) -> AxisClasses:
    """Parts the cells of one axis of a zero-padded convolution.

    Cell y meets tap i at output (y + padding - i * dilation) / stride, if that is whole and inside.
    """
    taps = np.zeros((size, kernel), bool)
    n_outputs = conv_output_size(size, kernel, stride, padding, dilation)
    for i in range(kernel):
        distance = np.arange(size) + padding - i * dilation
        inside = (distance >= 0) & (distance < n_outputs * stride)
        # With a stride only every other cell, or fewer, meet this tap.
        taps[:, i] = inside & (distance % stride == 0)
    # A few classes at the borders and one for all cells between.
    classes, index = np.unique(taps, axis=0, return_inverse=True)
    return AxisClasses(index.reshape(-1).astype(np.int64), classes)


def conv_fanout(node: Conv, shape: Shape) -> ConvFanout:
    """The fan-out map of a convolution that reads a value of this shape (T, C, H, W)."""
    weight = conv_weight(node)
    out_channels, in_channels, k_h, k_w = weight.shape
    axes = zip(shape[2:], (k_h, k_w), node.stride, node.padding, node.dilation, strict=True)
    rows, columns = (axis_classes(*axis) for axis in axes)
    out_per_group = out_channels // node.groups
    grouped = (weight != 0).reshape(node.groups, out_per_group, in_channels, k_h, k_w)
    # Whatever output a weight leads to, it costs one operation.
    per_tap = grouped.sum(axis=1, dtype=np.int64).reshape(node.groups * in_channels, k_h, k_w)
    every_tap = np.full_like(per_tap, out_per_group)
    return ConvFanout(
        rows, columns, _spread(rows, columns, every_tap), _spread(rows, columns, per_tap)
    )


def _spread(rows: AxisClasses, columns: AxisClasses, per_tap: Int64) -> Int64:
    """(C, K_h, K_w) weights per tap -> (row classes, column classes, C) weights per class."""
    # One axis after the other: together they would make an array of every class and tap.
    by_row = np.einsum("ri,cij->rcj", rows.taps.astype(np.int64), per_tap)
    spread: Int64 = np.einsum("sj,rcj->rsc", columns.taps.astype(np.int64), by_row)
    return np.ascontiguousarray(spread)
