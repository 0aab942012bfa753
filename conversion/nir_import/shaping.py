"""Reads the NIR nodes that scale, compare, delay or rearrange values."""

from math import prod

import numpy as np

from conversion.nir_import.nodes import Axes, refused
from conversion.nir_import.site import Site, depthwise, grid_of
from spiketrack.graph import float_nodes as f
from spiketrack.graph import structural_nodes as m

_TOLERANCE_STEPS = 1e-3


def output(site: Site) -> list[f.FloatNode]:
    """Output; the shape it states is not needed."""
    stated = site.node.sizes("shape") or ()
    if site.stated is not None and stated[1:] == site.stated and stated[0] == 1:
        site.note_samples("shape", stated, site.stated)
    return [f.FloatOutput(name=site.name, inputs=(site.source,))]


def scale(site: Site) -> list[f.FloatNode]:
    """Scale: one factor, or one per channel (a 1 x 1 convolution of every channel by itself).

    Raises:
        ObstacleError: factors that differ within a channel, or do not fit what comes in.
    """
    factor = site.node.floats("scale")
    low, high = float(factor.min()), float(factor.max())
    if low == high > 0:
        return [f.FloatScale(name=site.name, inputs=(site.source,), factor=low)]
    # A factor of 0 or below is no `FloatScale`, whose factor must be positive.
    if low == high:
        return depthwise(site, np.full((1, 1, 1), low))
    laid = site.per_neuron("scale")
    channels = laid[:, :1, :1]
    if not np.array_equal(np.broadcast_to(channels, laid.shape), laid):
        reason = "factors that differ from position to position"
        raise refused(site.name, reason, "fold them into the layer before or behind it")
    return depthwise(site, np.broadcast_to(channels, (grid_of(site.axes)[0], 1, 1)))


def threshold(site: Site) -> list[f.FloatNode]:
    """A Threshold; a bank of several at the levels of an integer neuron is that neuron."""
    if site.levels > 1:
        neuron = f.FloatNILIF(
            name=site.name, inputs=(site.source,), max_spike=site.levels, decay=np.zeros(0)
        )
        return [neuron]
    level = site.per_neuron("threshold")
    return [f.FloatThreshold(name=site.name, inputs=(site.source,), level=level)]


def delay(site: Site) -> list[f.FloatNode]:
    """Delay: a whole number of steps of dt.

    Raises:
        ObstacleError: no whole number, negative, or too many.
    """
    seconds = site.node.floats("delay")
    steps = seconds / site.options.dt
    if steps.min() < 0 or steps.max() > m.MAX_DELAY:
        reason = f"a delay of {steps.min():g}..{steps.max():g} steps of dt = {site.options.dt:g}"
        raise refused(site.name, reason, f"keep it within 0..{m.MAX_DELAY} steps")
    if np.abs(steps - np.rint(steps)).max() > _TOLERANCE_STEPS:
        odd = seconds.flat[int(np.abs(steps - np.rint(steps)).argmax())]
        reason = f"a delay of {odd:g} is no whole number of steps of dt = {site.options.dt:g}"
        raise refused(site.name, reason, "choose a dt that divides it")
    steps_q = np.rint(site.per_neuron("delay") / site.options.dt).astype(np.int32)
    return [m.Delay(name=site.name, inputs=(site.source,), steps_q=steps_q)]


def flatten(site: Site) -> list[f.FloatNode]:
    """Flatten; nothing at all where it moves nothing.

    Some exporters count the batch axis in start_dim and some do not: what stands behind decides
    where both can be meant.

    Raises:
        ObstacleError: axes that the value does not have, or a result of several axes.
    """
    start, end = site.node.integer("start_dim", 1), site.node.integer("end_dim", -1)
    axes = site.axes
    if site.node.sizes("input_type") == (1, *axes):
        # Why: its dimensions count the sample's axis as well, which is gone here.
        site.note_samples("input_type", (1, *axes), axes)
        start, end = max(start - 1, 0) if start > 0 else start, end - 1 if end > 0 else end
        start = 0 if start < -len(axes) else start
    # What stands behind decides between the two readings of start_dim.
    result = _flattened(site, axes, start, end)
    whole = (prod(axes),)
    if result != whole and site.behind == whole:
        site.note(f"start_dim {start} counts a batch axis: all of {axes} is flattened")
        result = whole
    site.result = result
    # The same grid: a node would only copy it.
    if grid_of(result) == grid_of(axes):
        return []
    if grid_of(result)[1:] == (1, 1):
        return [m.Flatten(name=site.name, inputs=(site.source,))]
    reason = f"flattens {axes} to {result}"
    raise refused(site.name, reason, "flatten to one axis (start_dim 0, end_dim -1)")


def _flattened(site: Site, axes: Axes, start: int, end: int) -> Axes:
    """The shape after flattening from axis `start` to axis `end`, both included."""
    rank = len(axes)
    first, last = start + rank * (start < 0), end + rank * (end < 0)
    if rank == 1 and start == 1:
        return axes
    if not 0 <= first <= last < rank:
        if (start, end) == (1, rank):
            return (prod(axes),)
        reason = f"flattens axes {start}..{end} of a value of the shape {axes}"
        raise refused(site.name, reason, "name axes that it has")
    return (*axes[:first], prod(axes[first : last + 1]), *axes[last + 1 :])
