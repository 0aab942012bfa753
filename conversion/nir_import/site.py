"""A site is where a converter stands: a node, what comes in, and what has been decided."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import prod

import numpy as np

from conversion.names import Names
from conversion.nir_import.axes import Wanted
from conversion.nir_import.loops import Chain
from conversion.nir_import.nodes import Axes, FileNode, refused
from conversion.nir_options import NirCurrent, NirOptions
from spiketrack.graph import float_nodes as f
from spiketrack.graph.checks import Array

_MAX_TAPS = 1 << 22
Grid = tuple[int, int, int]


class UpstreamUnknown(Exception):
    """A node behind an obstacle: nothing to say about it. Never leaves the importer."""


@dataclass(slots=True, eq=False)
class Site:
    """A site is a node to convert; converters return float nodes, of which the last has its name.

    Attributes:
        node: what the file says.
        source: name of the one value that comes in.
        stated: shape of that value as NIR counts it; None behind an obstacle.
        options: dt, reset and steps.
        current: which current the membrane of a neuron with one reads.
        behind: what the nodes behind it want.
        chains: ways back of a recurrent neuron.
        levels: number of Thresholds in the bank of this one.
        notes: what was assumed.
        names: those that are taken.
        result: shape of the value made here, where it is not the one our grid shows.
    """

    node: FileNode
    source: str
    stated: Axes | None
    options: NirOptions
    current: NirCurrent
    behind: Wanted | None
    chains: Sequence[Chain]
    levels: int
    notes: list[str]
    names: Names
    result: Axes | None = field(default=None)

    @property
    def axes(self) -> Axes:
        """Shape of the value that comes in, (C,), (C, L) or (C, H, W).

        Raises:
            UpstreamUnknown: it is not known behind an obstacle.
        """
        if self.stated is None:
            raise UpstreamUnknown
        return self.stated

    @property
    def name(self) -> str:
        """Path of the node."""
        return self.node.path

    def added(self, role: str) -> str:
        """A name for a node that is put before this one."""
        return self.names.free(f"{self.name}#{role}")

    def note(self, text: str) -> None:
        """Keeps what was assumed about this node."""
        self.notes.append(f"'{self.name}': {text}")

    def note_samples(self, field: str, stated: Sequence[int], read: Sequence[int]) -> None:
        """Keeps that a field was stated with an axis of one sample, if it was."""
        if tuple(stated) != tuple(read):
            self.note(
                f"{field} counts an axis of one sample: {tuple(stated)}, read as {tuple(read)}"
            )

    def per_neuron(self, field: str, default: float | None = None) -> Array:
        """A parameter as float64 (C or 1, H or 1, W or 1)."""
        return spread(self, self.node.floats(field, default), field)


def grid_of(axes: Axes) -> Grid:
    """Gives a value's place on the grid (C, H, W): (C,) is at one point, (C, L) in one row."""
    if len(axes) == 2:
        return axes[0], 1, axes[1]
    if len(axes) == 1:
        return axes[0], 1, 1
    return axes[0], axes[1], axes[2]


def spread(site: Site, array: Array, field: str) -> Array:
    """A parameter of any written shape, laid over the neurons of the incoming value.

    Raises:
        ObstacleError: it fits in no way, or in two.
    """
    if array.size == 1:
        return array.reshape(1, 1, 1)
    axes, shape = site.axes, array.shape
    # A leading axis of one sample says nothing about neurons.
    while len(shape) > len(axes) and shape[0] == 1:
        shape = shape[1:]
    site.note_samples(field, array.shape, shape)
    if len(shape) == len(axes) and all(
        own in (1, size) for own, size in zip(shape, axes, strict=True)
    ):
        return array.reshape(grid_of(shape))
    if len(shape) == 1 and shape[0] == prod(axes) == axes[0]:
        return array.reshape(axes[0], 1, 1)
    # With as many channels as columns it could be either, and a guess would be silent.
    if len(shape) == 1 and shape[0] == axes[0] and shape[0] != axes[-1]:
        site.note(f"{field} has one value per channel")
        return array.reshape(axes[0], 1, 1)
    reason = f"{field} of the shape {array.shape} on neurons of the shape {axes}"
    raise refused(site.name, reason, "give it one value, or the shape of the neurons")


def depthwise(site: Site, kernel: Array, **geometry: tuple[int, int]) -> list[f.FloatNode]:
    """A convolution of every channel (C or 1, K_h, K_w) by itself.

    Raises:
        ObstacleError: more weights than a file should be able to have made without holding them.
        StoreError: more than the limits allow.
    """
    channels = grid_of(site.axes)[0]
    # One kernel for all channels is a few bytes in the file and any size in memory.
    if len(kernel) < channels and channels * kernel[0].size > _MAX_TAPS:
        reason = f"one kernel for {channels} channels makes {channels * kernel[0].size} weights"
        raise refused(site.name, reason, f"keep them within {_MAX_TAPS}")
    site.node.charge(channels * (kernel[0].size + 1))
    weight = np.broadcast_to(kernel[:, None], (channels, 1, *kernel.shape[1:]))
    conv = f.FloatConv(
        name=site.name, inputs=(site.source,), weight=np.ascontiguousarray(weight),
        bias=np.zeros(channels), groups=channels, **geometry,
    )  # fmt: skip
    return [conv]
