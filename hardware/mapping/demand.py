"""What a tile needs of its core, by formula, for many tiles or many candidate tilings at once.

A tile is a box of neurons (channels x rows x columns) of one population. Per tile:
  neurons       cells x D on a chip with binary spikes, where an NI-LIF of D levels is unrolled
                into D compartments; else cells
  synapse_bits  stored weights x weight bits; a convolution's weights once per tile and channel (per
                neuron where the chip cannot share them)
  state_bits    cells x (registers x state width + tables) + channels x parameters + memory contents
                of q M, which every tile needs for its channels + the spikes of k that k^T v holds
  in_axons      per link: positions of the source box x ceil(channels of it / atoms per axon); for
                the contents of a memory ceil(entries / atoms)
  out_axons     per link: one for every neuron and every tile that reads it, or the host
  memory_bits   synapses, state and axons together
Tiles of one population on one core share what does not belong to single neurons: `SHARED`.
All arrays have the axes (rows, columns, channels).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hardware.mapping.populations import Link, Network, Population, Port
from hardware.mapping.reach import Int64, cuts
from hardware.target import Target

LIMIT_OF = {
    "neurons": "neurons_per_core",
    "synapse_bits": "synapse_memory_per_core",
    "state_bits": "state_memory_per_core",
    "in_axons": "in_axons_per_core",
    "out_axons": "out_axons_per_core",
    "memory_bits": "memory_per_core",
}
"""The limit of the target that each resource of a tile must keep."""
RESOURCES = tuple(LIMIT_OF)
SHARED = ("channel_synapse_bits", "whole_synapse_bits", "channel_state_bits")
"""Parts of a tile's demand that a core keeps once: for tiles of the same channels the weights, and
the parameters and memory contents; for tiles of one population weights that each needs whole."""
Demand = dict[str, NDArray[Any]]
_PLACE = {0: 2, 1: 0, 2: 1}


@dataclass(frozen=True, slots=True)
class Tiling:
    """A population cut into boxes, even on each axis.

    Attributes:
        parts: tiles along channels, rows, columns.
        borders: where they are cut, per axis.
    """

    parts: tuple[int, int, int]
    borders: tuple[Int64, Int64, Int64]

    @property
    def tiles(self) -> int:
        """Number of tiles.

        Tile (row, column, channel) has the number (row * columns + column) * channels + channel,
        all counted in tiles.
        """
        return self.parts[0] * self.parts[1] * self.parts[2]


def tiling_of(shape: tuple[int, int, int], parts: tuple[int, int, int]) -> Tiling:
    """The tiling of a population into so many parts."""
    channels, rows, columns = (cuts(*axis) for axis in zip(shape, parts, strict=True))
    return Tiling(parts, (channels, rows, columns))


def tile_cells(tiling: Tiling) -> Int64:
    """(tiles,) cells of each tile, in the order of their numbers."""
    channels, rows, columns = (np.diff(border) for border in tiling.borders)
    cells: Int64 = rows[:, None, None] * columns[None, :, None] * channels[None, None]
    return cells.reshape(-1)


@dataclass(frozen=True, slots=True)
class Fanout:
    """How many tiles of a target read each cell of its source: copies * product over the axes.

    Attributes:
        copies: tiles that read the same cells.
        per_axis: for channels, rows, columns of the source, tiles per cell.
    """

    copies: int
    per_axis: tuple[Int64, Int64, Int64]


def fanout_of(link: Link, tiling: Tiling) -> Fanout:
    """The fan-out of a link in tiles, once its target is tiled."""
    driven = {path.driver for path in link.paths}
    copies = int(np.prod([n for axis, n in enumerate(tiling.parts) if axis not in driven]))
    counts: list[Int64] = []
    for path in link.paths:
        if path.driver is None:
            counts.append(np.ones(path.size, np.int64))
            continue
        border = tiling.borders[path.driver]
        first, last = path.intervals(border[:-1], border[1:] - 1)
        change = np.zeros(path.size + 1, np.int64)
        # Counts as a running sum of begins and ends: a loop over cells would be slow for large
        # maps.
        np.add.at(change, first, 1)
        np.add.at(change, last + 1, -1)
        counts.append(np.cumsum(change)[:-1])
    return Fanout(copies, (counts[0], counts[1], counts[2]))


def unrolling(population: Population, port: Port, target: Target) -> int:
    """Compartments (or axons) that stand for one neuron: D with binary spikes, else 1."""
    binary = not target.has("graded_spikes") and port == "spikes"
    return population.levels if binary and population.is_on_chip else 1


def along(vector: Any, axis: int | None) -> Any:
    """A vector of one axis (0 channels, 1 rows, 2 columns) laid along (rows, columns, channels)."""
    if axis is None:
        return vector
    shape = [1, 1, 1]
    shape[_PLACE[axis]] = -1
    return np.reshape(vector, shape)


@dataclass(frozen=True, slots=True)
class Boxes:
    """Sizes of many boxes, axis by axis.

    Attributes:
        lengths: cells per axis of the population.
        extents: per link into it, cells read on each source axis (along the driving axis).
        sums: per link out of it, tiles that read the cells, summed on each axis.
    """

    lengths: tuple[Int64, Int64, Int64]
    extents: tuple[tuple[Int64, Int64, Int64], ...]
    sums: tuple[tuple[Int64, Int64, Int64], ...]


def demand_of(
    network: Network,
    population: Population,
    target: Target,
    boxes: Boxes,
    fanouts: list[Fanout],
    own_parts: Any,
) -> Demand:
    """Resources of boxes, broadcast over the three axes.

    Args:
        network: for the other ends of the links.
        population: the one that is cut.
        target: chip.
        boxes: their sizes.
        fanouts: of the links out of it to other populations.
        own_parts: tiles along the channels, for a recurrent link.
    """
    channels, rows, columns = (along(size, axis) for axis, size in enumerate(boxes.lengths))
    cells = channels * rows * columns
    stored = _stored(network, population, target, (channels, rows * columns))
    state_bits = cells * (population.registers * target["state_bits"] + population.extra_bits)
    # Parameters and memory contents are kept once for a channel, registers for every neuron.
    state_bits = state_bits + stored["channel_state_bits"]
    in_axons: Any = 0
    for link, extent in zip(network.into[population.index], boxes.extents, strict=True):
        state_bits = state_bits + (link.held_bits * _box(link, extent) if link.held_bits else 0)
        if link.every_frame:
            in_axons = in_axons + _in_axons(network, link, extent, target)
    out_axons = _out_axons(network, population, target, boxes, fanouts, own_parts)
    axon_bits = in_axons * target["in_axon_bits"] + out_axons * target["out_axon_bits"]
    return {
        "neurons": cells * unrolling(population, "spikes", target),
        "state_bits": state_bits,
        "in_axons": in_axons,
        "out_axons": out_axons,
        "memory_bits": stored["synapse_bits"] + state_bits + axon_bits,
        **stored,
    }


def _stored(
    network: Network, population: Population, target: Target, sizes: tuple[Any, Any]
) -> Demand:
    """Weights, parameters and contents of boxes of so many (channels, positions)."""
    channels, positions = sizes
    own: Any = 0
    by_channel: Any = 0
    whole = 0
    state: Any = channels * population.channel_bits
    for link in network.into[population.index]:
        weights = channels * link.weights_per_channel * link.weight_bits
        state = state + channels * link.state_per_channel
        if can_share(link, target):
            by_channel = by_channel + weights
            whole += link.whole_weights * link.weight_bits
        else:
            # Without sharing every position keeps its own copy of the weights.
            own = own + (weights + link.whole_weights * link.weight_bits) * positions
    amounts = (own + by_channel + whole, by_channel, whole, state)
    return dict(zip(("synapse_bits", *SHARED), map(np.asarray, amounts), strict=True))


def _out_axons(
    network: Network,
    population: Population,
    target: Target,
    boxes: Boxes,
    fanouts: list[Fanout],
    own_parts: Any,
) -> Any:
    channels, rows, columns = (along(size, axis) for axis, size in enumerate(boxes.lengths))
    cells = channels * rows * columns
    out_axons: Any = np.zeros_like(cells)
    for port in population.host_ports:
        out_axons = out_axons + cells * unrolling(population, port, target)
    outward = [link for link in network.out_of[population.index] if link.target != link.source]
    for link, fanout, sums in zip(outward, fanouts, boxes.sums, strict=True):
        copies = fanout.copies * unrolling(population, link.port, target)
        out_axons = out_axons + copies * along(sums[0], 0) * along(sums[1], 1) * along(sums[2], 2)
    # A recurrent layer sends to every tile of its own channels, itself included.
    if any(link.kind == "recurrent" for link in network.into[population.index]):
        out_axons = out_axons + cells * along(own_parts, 0)
    return out_axons


def can_share(link: Link, target: Target) -> bool:
    """Whether neurons at different positions use one copy of a link's weights."""
    return target.has("shared_weights") or link.kind == "recurrent"


def read_neurons(
    network: Network, population: Population, target: Target, boxes: Boxes
) -> NDArray[Any]:
    """Source neurons (unrolled) that boxes read: out-axons they cost others."""
    total: Any = 0
    into = network.into[population.index]
    for link, extent in zip(into, boxes.extents, strict=True):
        source = network.populations[link.source]
        # Neither the host nor a memory that it writes between frames takes out-axons of a core.
        if link.every_frame and source.is_on_chip:
            total = total + _box(link, extent) * unrolling(source, link.port, target)
    return np.asarray(total)


def _box(link: Link, extent: tuple[Int64, Int64, Int64]) -> Any:
    """Source cells that boxes read."""
    drivers = [path.driver for path in link.paths]
    sizes = [along(size, axis) for size, axis in zip(extent, drivers, strict=True)]
    return sizes[0] * sizes[1] * sizes[2]


def _in_axons(
    network: Network, link: Link, extent: tuple[Int64, Int64, Int64], target: Target
) -> Any:
    source = network.populations[link.source]
    drivers = [path.driver for path in link.paths]
    channels, rows, columns = (
        along(size, axis) for size, axis in zip(extent, drivers, strict=True)
    )
    if link.kind == "memory":  # contents, whose addresses need no grid
        return -(-(rows * columns * channels) // target["atoms_per_axon"])
    # One entry stands for a column of channels at one position, up to the atoms it can hold.
    atoms = channels * unrolling(source, link.port, target)
    return rows * columns * -(-atoms // target["atoms_per_axon"])
