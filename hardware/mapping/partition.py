"""Cuts every population into tiles that fit a core.

For each population all tilings that differ are tried: parts along channels, rows and columns. Those
that break a limit are dropped; of the rest the one that takes least of the chip is kept: its cores,
plus the share of cores that its copies of weights, its axons and the axons it costs its sources
would fill. Populations are taken from the output to the input, because how many cores a neuron
must send to is known once its readers are tiled.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from hardware.mapping.demand import (
    LIMIT_OF,
    RESOURCES,
    Boxes,
    Demand,
    Fanout,
    Tiling,
    demand_of,
    fanout_of,
    read_neurons,
    tiling_of,
    unrolling,
)
from hardware.mapping.populations import Link, Network, Population
from hardware.mapping.reach import AxisPath, Float64, Int64, cuts
from hardware.target import Target
from spiketrack.errors import CapacityError

Tilings = dict[int, Tiling]


@dataclass(frozen=True, slots=True)
class _Axis:
    """Candidates along one axis.

    Attributes:
        parts: per candidate, how many.
        lengths: per candidate, cells of the longest part.
        low: first cell of every part, all candidates in one row.
        high: the cell behind its last.
        start: where the parts of each candidate begin in that row.
    """

    parts: Int64
    lengths: Int64
    low: Int64
    high: Int64
    start: Int64


def partition(
    network: Network, target: Target, synops: Float64, synops_cap: float = float("inf")
) -> Tilings:
    """A tiling of every population on the chip.

    Args:
        network: what to cut.
        target: chip.
        synops: per population and step.
        synops_cap: SynOps per tile and step not to be exceeded, as far as single neurons allow.

    Raises:
        CapacityError: one neuron of a layer needs more than a core has.
    """
    tilings: Tilings = {}
    fanouts: dict[int, Fanout] = {}
    # The host never gets a tiling, so that its reading is known before any other.
    for link in network.links:
        if not network.populations[link.target].is_on_chip:
            fanouts[link.index] = fanout_of(link, reader_tiling(network, tilings, link))
    # From the output back: a neuron pays an axon for each core that reads it.
    for population in reversed(network.on_chip):
        outward = _outward(network, population)
        known = [fanouts[link.index] for link in outward]
        work = float(synops[population.index]) / population.neurons
        # A tile holds one neuron at least, whatever the cap says.
        longest = max(1.0, synops_cap / work) if work else float("inf")
        tiling = _best(network, population, target, known, longest)
        tilings[population.index] = tiling
        for link in network.into[population.index]:
            fanouts[link.index] = fanout_of(link, tiling)
    return tilings


def tile_demands(network: Network, target: Target, tilings: Tilings) -> dict[int, Demand]:
    """Exact demands of every tile: per population and resource an array of length `tiles`."""
    demands: dict[int, Demand] = {}
    for population in network.on_chip:
        tiling = tilings[population.index]
        fanouts = [
            fanout_of(link, reader_tiling(network, tilings, link))
            for link in _outward(network, population)
        ]
        boxes = Boxes(
            _three([np.diff(border) for border in tiling.borders]),
            tuple(
                _three([_extent(path, tiling.borders) for path in link.paths])
                for link in network.into[population.index]
            ),
            tuple(
                _three([_sums(count, border) for count, border in
                        zip(fanout.per_axis, tiling.borders, strict=True)])
                for fanout in fanouts
            ),
        )  # fmt: skip
        demand = demand_of(network, population, target, boxes, fanouts, tiling.parts[0])
        # Channels run fastest, so that tiles of one region follow one another and share a core.
        shape = (tiling.parts[1], tiling.parts[2], tiling.parts[0])
        demands[population.index] = {
            name: np.broadcast_to(value, shape).reshape(-1).astype(np.int64)
            for name, value in demand.items()
        }
    return demands


def reader_tiling(network: Network, tilings: Tilings, link: Link) -> Tiling:
    """The tiling of a link's target; the host reads like one tile that needs everything."""
    reader = network.populations[link.target]
    return tilings[link.target] if reader.is_on_chip else tiling_of(reader.shape, (1, 1, 1))


def _outward(network: Network, population: Population) -> list[Link]:
    return [link for link in network.out_of[population.index] if link.target != link.source]


def _three(values: list[Int64]) -> tuple[Int64, Int64, Int64]:
    return values[0], values[1], values[2]


def _extent(path: AxisPath, borders: tuple[Int64, Int64, Int64]) -> Int64:
    if path.driver is None:
        return np.asarray(path.size)
    border = borders[path.driver]
    first, last = path.intervals(border[:-1], border[1:] - 1)
    return last - first + 1


def _sums(counts: Int64, border: Int64) -> Int64:
    total = np.concatenate([[0], np.cumsum(counts)])
    return np.diff(total[border])


def _best(
    network: Network, population: Population, target: Target, fanouts: list[Fanout], longest: float
) -> Tiling:
    axes = [_candidates(size) for size in population.shape]
    boxes = _candidate_boxes(network, population, axes, fanouts)
    demand = demand_of(network, population, target, boxes, fanouts, axes[0].parts)
    tiles = axes[1].parts[:, None, None] * axes[2].parts[None, :, None] * axes[0].parts[None, None]
    fits = np.ones(tiles.shape, bool)
    for name in RESOURCES:
        fits &= demand[name] <= target[LIMIT_OF[name]]
    # The last candidate of each axis is single cells: if that does not fit, nothing does.
    if not fits[-1, -1, -1]:
        raise _does_not_fit(population, target, demand)
    cells = demand["neurons"] // unrolling(population, "spikes", target)
    # The cap is a wish: where no tiling meets it, the smallest tiles come nearest.
    light = fits & (cells <= longest)
    fits = light if light.any() else _lightest(fits, cells)
    read = read_neurons(network, population, target, boxes)
    cost = tiles * _share(target, demand, read)
    best = np.unravel_index(np.argmin(np.where(fits, cost, np.inf)), tiles.shape)
    rows, columns, channels = (int(place) for place in best)
    parts = (int(axes[0].parts[channels]), int(axes[1].parts[rows]), int(axes[2].parts[columns]))
    return tiling_of(population.shape, parts)


def _lightest(fits: Any, cells: Any) -> Any:
    return fits & (cells == np.where(fits, cells, np.iinfo(np.int64).max).min())


def _share(target: Target, demand: Demand, read: Any) -> Any:
    """Cores that one tile takes: itself, and what its copies and axons would fill elsewhere."""
    bits = demand["synapse_bits"] + demand["in_axons"] * target["in_axon_bits"]
    bits = bits + read * target["out_axon_bits"]
    axons = demand["in_axons"] / target["in_axons_per_core"] + read / target["out_axons_per_core"]
    return 1.0 + bits / target["memory_per_core"] + axons


@lru_cache(maxsize=1024)
def _candidates(size: int) -> _Axis:
    """Numbers of parts that give different longest parts, from whole to single cells."""
    # Numbers of parts with the same longest part cost the same on the fullest core, so that one of
    # each is enough: about 2 sqrt(size) in place of size.
    lengths = sorted({-(-size // parts) for parts in range(1, size + 1)}, reverse=True)
    parts = np.array([-(-size // length) for length in lengths], np.int64)
    # All candidates in one flat row, on which reduceat works without a Python loop.
    borders = [cuts(size, int(one)) for one in parts]
    low = np.concatenate([border[:-1] for border in borders])
    high = np.concatenate([border[1:] for border in borders])
    return _Axis(parts, np.array(lengths, np.int64), low, high, np.cumsum(parts) - parts)


def _candidate_boxes(
    network: Network, population: Population, axes: list[_Axis], fanouts: list[Fanout]
) -> Boxes:
    extents = tuple(
        _three([_longest(path, axes) for path in link.paths])
        for link in network.into[population.index]
    )
    sums = tuple(
        _three([_heaviest(counts, axis) for counts, axis in
                zip(fanout.per_axis, axes, strict=True)])
        for fanout in fanouts
    )  # fmt: skip
    return Boxes(_three([axis.lengths for axis in axes]), extents, sums)


def _longest(path: AxisPath, axes: list[_Axis]) -> Int64:
    """Per candidate of the driving axis, the most source cells any of its parts reads."""
    if path.driver is None:
        return np.asarray(path.size)
    axis = axes[path.driver]
    first, last = path.intervals(axis.low, axis.high - 1)
    longest: Int64 = np.maximum.reduceat(last - first + 1, axis.start)
    return longest


def _heaviest(counts: Int64, axis: _Axis) -> Int64:
    """Per candidate, the largest sum of counts over any of its parts."""
    total = np.concatenate([[0], np.cumsum(counts)])
    heaviest: Int64 = np.maximum.reduceat(total[axis.high] - total[axis.low], axis.start)
    return heaviest


def _does_not_fit(population: Population, target: Target, demand: Demand) -> CapacityError:
    """The resource that a single neuron exceeds most."""
    shape = np.broadcast_shapes(*(np.shape(value) for value in demand.values()))
    least = {name: int(np.broadcast_to(demand[name], shape)[-1, -1, -1]) for name in RESOURCES}
    # Relative to its limit: bits and axons cannot be compared otherwise.
    worst = max(RESOURCES, key=lambda name: least[name] / target[LIMIT_OF[name]])
    limit = target.quantities[LIMIT_OF[worst]]
    return CapacityError(
        f"layer '{population.name}', {worst}",
        f"at most {limit.value:,.0f} {limit.unit} on one core of {target.name}",
        f"{least[worst]:,} for a single neuron, {least[worst] - int(limit.value):,} too many",
        REWRITES[worst],
    )


REWRITES = {
    "neurons": "Fewer spike levels need fewer compartments a neuron",
    "synapse_bits": "Fewer input channels, convolutions in groups, or fewer weight bits",
    "state_bits": "Fewer steps, shorter delays, or a smaller memory (fewer value channels)",
    "in_axons": "Smaller kernels, fewer input channels, or convolutions in groups",
    "out_axons": "Fewer layers that read the same neurons, a relay layer that copies them, or a "
    "chip with graded spikes (an unrolled neuron needs an axon per level)",
    "memory_bits": "Fewer input channels, convolutions in groups, or fewer weight bits",
}
"""What would help a layer of which one neuron does not fit."""
