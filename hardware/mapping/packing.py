"""Puts tiles on cores: in order, several on one core while all their demands fit together.

What tiles of one layer share is counted once on a core: the weights, parameters and memory contents
of the channels that they have in common. Axons are counted apart, as if each tile were sent to on
its own: too much, never too little.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit

from hardware.mapping.activity import Activity
from hardware.mapping.demand import LIMIT_OF, RESOURCES, SHARED, Demand, Tiling
from hardware.mapping.partition import Tilings, tile_demands
from hardware.mapping.populations import Link, Network
from hardware.mapping.reach import Float64, Int64
from hardware.target import Target

USED = (*RESOURCES, "synops", "updates")
"""What is kept of every core."""
_COLUMNS = (*USED, "step_synops", "step_updates")
# Weights and state of shared channels lie in their own memory and in the sum of both.
_SHARING = tuple(_COLUMNS.index(name) for name in ("synapse_bits", "state_bits", "memory_bits"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Tiled:
    """A network that is cut into tiles for a chip; how busy it is decides what fits on a core.

    Attributes:
        network: what is mapped.
        target: chip.
        activity: messages and SynOps of a frame.
        tilings: of every population on the chip, by its index.
        demands: what every tile needs, by the index of its population.
    """

    network: Network
    target: Target
    activity: Activity
    tilings: Tilings
    demands: dict[int, Demand]


@dataclass(frozen=True, slots=True)
class Cores:
    """Which core each tile lies on, and what each core holds.

    Attributes:
        first_tile: per population index, the number of its first tile; tiles are numbered through.
        core_of_tile: (tiles,) core of each tile.
        used: per resource, and for "synops" and "updates" of a frame, (cores,).
        step_synops: (cores,) SynOps in one step: of T steps of a frame the mean.
        step_updates: (cores,) neuron updates in one step.
    """

    first_tile: dict[int, int]
    core_of_tile: Int64
    used: dict[str, Int64]
    step_synops: Float64
    step_updates: Float64

    @property
    def count(self) -> int:
        """Number of cores that hold something."""
        return len(self.step_synops)

    def cores_of(self, population: int, tiling: Tiling) -> Int64:
        """(tiles,) cores of one population."""
        first = self.first_tile[population]
        return self.core_of_tile[first : first + tiling.tiles]


def tiled_of(network: Network, target: Target, activity: Activity, tilings: Tilings) -> Tiled:
    """A network with its tiles and what each of them needs.

    Args:
        network: what is mapped.
        target: chip.
        activity: messages and SynOps.
        tilings: of every population on the chip.
    """
    demands = tile_demands(network, target, tilings)
    return Tiled(
        network=network, target=target, activity=activity, tilings=tilings, demands=demands
    )


def pack(tiled: Tiled, synops_cap: float = float("inf")) -> Cores:
    """Next-fit packing in network order.

    Args:
        tiled: the tiles and what they need.
        synops_cap: most SynOps in a step that tiles may have to share a core.
    """
    network, tilings, demands = tiled.network, tiled.tilings, tiled.demands
    first, total = {}, 0
    for population in network.on_chip:
        first[population.index] = total
        total += tilings[population.index].tiles
    needed = np.zeros((total, len(_COLUMNS)))
    again = np.zeros((2, total, len(_COLUMNS)))
    layer = np.zeros((total, 2), np.int64)
    for population in network.on_chip:
        start, tiling = first[population.index], tilings[population.index]
        tiles = slice(start, start + tiling.tiles)
        layer[tiles] = population.index, tiling.parts[0]
        synops = tile_synops(network, tiled.activity, population.index, tilings)
        _note_needs(needed[tiles], demands[population.index], synops, population.n_steps)
        _note_shared(again[:, tiles], demands[population.index])
    limits = np.full(len(_COLUMNS), np.inf)
    limits[: len(RESOURCES)] = [tiled.target[LIMIT_OF[name]] for name in RESOURCES]
    # Time is treated as one more resource that runs out, so that one loop packs by all.
    limits[_COLUMNS.index("step_synops")] = synops_cap
    cores, taken = _next_fit(needed, again, layer, limits)
    return _packed(first, cores, taken)


def _note_needs(rows: Float64, demand: Demand, synops: Int64, n_steps: int) -> None:
    for column, name in enumerate(RESOURCES):
        rows[:, column] = demand[name]
    for name, values in (("synops", synops), ("updates", demand["neurons"] * n_steps)):
        rows[:, _COLUMNS.index(name)] = values
        rows[:, _COLUMNS.index(f"step_{name}")] = values / n_steps


def _note_shared(again: Float64, demand: Demand) -> None:
    """What a tile need not bring where its channels, or its population, are on the core already."""
    channel_weights, whole_weights, channel_state = (demand[name] for name in SHARED)
    of_channels = (channel_weights, channel_state, channel_weights + channel_state)
    for column, amount in zip(_SHARING, of_channels, strict=True):
        again[0, :, column] = amount
    for column in (_SHARING[0], _SHARING[2]):
        again[1, :, column] = whole_weights


def _packed(first: dict[int, int], cores: Int64, taken: Float64) -> Cores:
    count = int(cores[-1]) + 1 if len(cores) else 0
    sums: dict[str, Any] = {
        name: np.bincount(cores, taken[:, column], count) for column, name in enumerate(_COLUMNS)
    }
    used = {name: np.rint(sums[name]).astype(np.int64) for name in USED}
    return Cores(first, cores, used, sums["step_synops"], sums["step_updates"])


def tile_synops(network: Network, activity: Activity, population: int, tilings: Tilings) -> Int64:
    """(tiles,) SynOps a frame, an exact split of those of the population.

    Each link's SynOps are shared out in proportion to the taps inside the border, rounded so that
    the sum stays what it was.
    """
    tiling = tilings[population]
    total = np.zeros(tiling.tiles, np.int64)
    for link in network.into[population]:
        if activity.synops[link.index]:
            total += _split(activity.synops[link.index], _work(link, tiling))
    return total


def _work(link: Link, tiling: Tiling) -> Int64:
    """Weighs every tile, (tiles,), in proportion to its share of the work."""
    channels, rows, columns = (np.diff(border) for border in tiling.borders)
    if link.macs_rows:
        rows = np.add.reduceat(np.array(link.macs_rows, np.int64), tiling.borders[1][:-1])
        columns = np.add.reduceat(np.array(link.macs_columns, np.int64), tiling.borders[2][:-1])
    work: Int64 = rows[:, None, None] * columns[None, :, None] * channels[None, None]
    return work.reshape(-1)


def _split(amount: int, shares: Int64) -> Int64:
    """Whole numbers in proportion to `shares` that add up to `amount`."""
    running = np.cumsum(shares, dtype=np.float64)
    # Nothing to go by: an even split still adds up exactly.
    if running[-1] == 0:
        running = np.arange(1, len(shares) + 1, dtype=np.float64)
    # Differences of rounded running sums add up to the amount, which rounded shares need not.
    borders = np.rint(amount * (running / running[-1])).astype(np.int64)
    shared: Int64 = np.diff(borders, prepend=0)
    return shared


@njit(cache=True)
def _next_fit(needed: Any, again: Any, layer: Any, limits: Any) -> Any:
    """Core of each row, the current one while everything fits, else the next; and what it takes.

    Tiles of a layer follow each other, those of the same channels `layer[:, 1]` apart; so the core
    holds the like of a tile if its run of that layer began early enough.
    """
    cores = np.zeros(len(needed), np.int64)
    taken = np.zeros_like(needed)
    filled = np.zeros(len(limits))
    core, run = 0, 0
    for tile in range(len(needed)):
        if tile > 0 and layer[tile, 0] != layer[tile - 1, 0]:
            run = tile
        taken[tile] = needed[tile]
        if tile - layer[tile, 1] >= run:
            taken[tile] -= again[0, tile]
        if tile > run:
            taken[tile] -= again[1, tile]
        # A tile above a limit gets a core of its own: the cap on SynOps is the only limit that the
        # partition lets a tile exceed.
        if tile > 0 and np.any(filled + taken[tile] > limits):
            core, run = core + 1, tile
            # On a fresh core nothing is shared yet, so that the tile brings all it needs.
            filled[:] = 0.0
            taken[tile] = needed[tile]
        filled += taken[tile]
        cores[tile] = core
    return cores, taken
