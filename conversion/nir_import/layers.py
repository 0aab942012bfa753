"""Makes convolutions of NIR's weighted layers and pools (Affine, Linear, Conv1d, Conv2d, ...).

A dense layer is a 1 x 1 convolution on one point, after a Flatten where the file has left it out.
Pools other than means over whole square cells are convolutions of every channel by itself.
"""

from math import prod

import numpy as np

from conversion.nir_import.axes import grid_stated
from conversion.nir_import.nodes import refused
from conversion.nir_import.site import Site, depthwise, grid_of
from spiketrack.graph import float_nodes as f
from spiketrack.graph import structural_nodes as m
from spiketrack.graph.checks import Array, Pair

_SAME_REWRITE = "pad by numbers, with stride 1 and kernels of odd size"


def dense(site: Site) -> list[f.FloatNode]:
    """Affine or Linear.

    Raises:
        ObstacleError: weights that are no matrix, or do not fit the bias or what comes in.
    """
    weight = site.node.floats("weight")
    while weight.ndim > 2 and weight.shape[0] == 1:
        weight = weight[0]
    if weight.ndim != 2:
        reason = f"weights of the shape {weight.shape}"
        raise refused(site.name, reason, "write one matrix (out, in)")
    bias = _bias(site, len(weight))
    source, before, axes = site.source, [], site.axes
    if prod(axes) != weight.shape[1]:
        reason = f"{weight.shape[1]} inputs wanted, a value of the shape {axes} comes"
        raise refused(site.name, reason, "put a Flatten before it, or match the sizes")
    # The sizes agree, so that only the Flatten was left out.
    if axes[0] != weight.shape[1]:
        site.note(f"the value of the shape {axes} is flattened before it")
        source = site.added("flat")
        before = [m.Flatten(name=source, inputs=(site.source,))]
    weight = weight[:, :, None, None]
    site.result = (len(weight),)
    return [*before, f.FloatConv(name=site.name, inputs=(source,), weight=weight, bias=bias)]


def conv(site: Site) -> list[f.FloatNode]:
    """Conv1d or Conv2d.

    Raises:
        ObstacleError: weights of another rank than the value, a bias or padding that does not fit.
    """
    rank = 2 if site.node.kind == "Conv1d" else 3
    weight = site.node.floats("weight")
    if weight.ndim != rank + 1 or 0 in weight.shape:
        raise refused(site.name, f"weights of the shape {weight.shape}", "write (out, in, kernel)")
    stride, dilation = _axes(site, "stride", 1), _axes(site, "dilation", 1)
    weight = weight[:, :, None] if rank == 2 else weight
    _note_input_shape(site, rank - 1, weight)
    padding, weight = _padding(site, weight, stride, dilation)
    groups, bias = site.node.integer("groups", 1), _bias(site, len(weight))
    made = f.FloatConv(
        name=site.name, inputs=(site.source,), weight=weight, bias=bias, stride=stride,
        padding=padding, dilation=dilation, groups=groups,
    )  # fmt: skip
    if len(site.axes) != rank:
        reason = f"a {site.node.kind} on a value of the shape {site.axes}"
        raise refused(site.name, reason, f"give it {rank} axes, channels first")
    return [made]


def _note_input_shape(site: Site, rank: int, weight: Array) -> None:
    """Says so where `input_shape` has more axes than the grid it should be."""
    stated = site.node.sizes("input_shape") or ()
    channels = weight.shape[1] * site.node.integer("groups", 1)
    grid = grid_stated(stated, rank, channels)
    if grid != stated:
        site.note(f"input_shape counts samples or channels: {stated}, read as the grid {grid}")


def average(site: Site) -> list[f.FloatNode]:
    """AvgPool2d; padding counts as zeros in the mean, as torch does by default."""
    size, stride, padding = _cells(site)
    _, height, width = _require_grid(site)
    factor = size[0]
    whole = factor > 0 and height % factor == 0 and width % factor == 0
    # The pool node means whole square cells of a power of two; the rest becomes weights.
    if size == stride == (factor, factor) and padding == (0, 0) and whole:
        if factor >= 2 and factor & (factor - 1) == 0:
            return [f.FloatAvgPool(name=site.name, inputs=(site.source,), factor=factor)]
    return _pool(site, 1.0 / prod(size), size, stride, padding)


def total(site: Site) -> list[f.FloatNode]:
    """SumPool2d."""
    size, stride, padding = _cells(site)
    _require_grid(site)
    return _pool(site, 1.0, size, stride, padding)


def _pool(site: Site, tap: float, size: Pair, stride: Pair, padding: Pair) -> list[f.FloatNode]:
    _, height, width = grid_of(site.axes)
    # A cell larger than the padded grid gives no output at all.
    if size[0] > height + 2 * padding[0] or size[1] > width + 2 * padding[1]:
        reason = f"cells of {size} on a grid of {(height, width)} padded by {padding}"
        raise refused(site.name, reason, "make them smaller")
    site.node.charge(prod(size))
    return depthwise(site, np.full((1, *size), tap), stride=stride, padding=padding)


def _cells(site: Site) -> tuple[Pair, Pair, Pair]:
    """Kernel, stride and padding of a pool; half the kernel at most is padding, as in torch."""
    if not site.node.has("kernel_size"):
        raise refused(site.name, "a pool without kernel_size", "write its kernel_size")
    size = site.node.pair("kernel_size", (1, 1))
    stride, padding = site.node.pair("stride", size), site.node.pair("padding", (0, 0))
    if (
        min(*size, *stride) < 1
        or min(padding) < 0
        or any(2 * pad > cell for pad, cell in zip(padding, size, strict=True))
    ):
        reason = f"kernel_size {size}, stride {stride}, padding {padding}"
        raise refused(site.name, reason, "use positive sizes, padding of half a kernel at most")
    return size, stride, padding


def _require_grid(site: Site) -> tuple[int, int, int]:
    if len(site.axes) != 3:
        reason = f"a {site.node.kind} on a value of the shape {site.axes}"
        raise refused(site.name, reason, "give it (C, H, W)")
    return grid_of(site.axes)


def _bias(site: Site, length: int) -> Array:
    """(O,) float64; zeros where there is none."""
    bias = np.ravel(site.node.floats("bias", 0.0)) if site.node.has("bias") else np.zeros(1)
    if len(bias) not in (1, length):
        raise refused(site.name, f"a bias of {len(bias)} for {length} outputs", "match them")
    return np.ascontiguousarray(np.broadcast_to(bias, (length,)))


def _axes(site: Site, field: str, default: int) -> Pair:
    """A size per axis of our grid: the one axis of a Conv1d lies in the columns."""
    pair = site.node.pair(field, (default, default))
    if site.node.kind == "Conv1d":
        if pair[0] != pair[1]:
            raise refused(site.name, f"{field} {pair} in one dimension", "write one number")
        return (default, pair[0])
    return pair


def _padding(site: Site, weight: Array, stride: Pair, dilation: Pair) -> tuple[Pair, Array]:
    """Padding per axis, and the kernel: 'same' before an even one takes a tap of zeros."""
    word = site.node.word("padding")
    if not word:
        return _axes(site, "padding", 0), weight
    if word == "valid":
        return (0, 0), weight
    if word != "same" or stride != (1, 1):
        reason = f"padding '{word}' with stride {stride}"
        raise refused(site.name, reason, _SAME_REWRITE)
    padding = []
    for axis, step in enumerate(dilation, 2):
        reach = step * (weight.shape[axis] - 1)
        if reach % 2:
            if step != 1:
                reason = "padding 'same' with a dilated kernel of even size"
                raise refused(site.name, reason, _SAME_REWRITE)
            # Why: torch pads such kernels by one more cell at the end than at the start.
            site.note("padding 'same' of an even kernel: a tap of zeros is put before it")
            weight = np.insert(weight, 0, 0.0, axis=axis)
        padding.append((reach + 1) // 2)
    return (padding[0], padding[1]), weight
