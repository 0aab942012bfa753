"""Finds a place for every core so that messages travel little; the same seed, the same places.

Baseline: cores in network order fill the board chip by chip, router by router. Random: a random
choice of places on as many chips as the network fills. Optimised: simulated annealing by moves that
put a core near one of its partners and swap what was there, from a cut of the network into chips
(METIS) and, where that takes seconds only, from the best of network order and several space-filling
curves as well; the result is never worse than the baseline, which is kept otherwise. Measured on
Loihi 2 boards, the cut as a start against the curves: 17 % less traffic x hops for s256-t1, 3 % for
s256-t3, 2 % for b256-t1, 7 % for b384-t3, 6 % less and 6 % more for tiny128-t1 and t3; same time.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from hardware.mapping import chip_partition
from hardware.mapping.annealing import anneal
from hardware.mapping.mesh import Mesh, hop_sum
from hardware.mapping.reach import Int64
from hardware.mapping.traffic import Traffic

DEFAULT_MOVES = 400
BOTH_STARTS = 4096
"""Cores up to which annealing is tried from both starts, because it takes a second or two."""
STRIPS = (1, 2, 4, 8, 16, 32)
"""Routers across a strip of the space-filling curves that are tried."""
CHIP_MOVES = 4000
"""Annealing moves per chip, of whole chips."""
MAX_VISITS = 3_000_000_000
"""Bound on visits of neighbours, so that a very large network takes minutes, not hours."""


@dataclass(frozen=True, slots=True)
class Placement:
    """Places and what else was tried.

    Attributes:
        places: (cores,) place of each core.
        traffic_hops: messages x hops per frame.
        baseline: the same in network order.
        random: the same at random, on the same chips.
        method: how the places were found.
    """

    places: Int64
    traffic_hops: float
    baseline: float
    random: float
    method: str


def place(mesh: Mesh, traffic: Traffic, cores: int, seed: int, moves: int) -> Placement:
    """The best placement found.

    Args:
        mesh: the board; it has at least as many places as there are cores.
        traffic: between cores.
        cores: how many.
        seed: of everything random.
        moves: tries per core; 0 keeps the best of the orders.
    """
    orders = _orders(mesh, cores)
    sums = {name: hop_sum(mesh, traffic, places) for name, places in orders.items()}
    # Why within the block: on an empty board chance alone would look worse and worse.
    shuffled = np.random.default_rng(seed).permutation(np.flatnonzero(inside(mesh, cores)))
    at_random = hop_sum(mesh, traffic, shuffled[:cores])
    method = min(sums, key=lambda name: sums[name])
    places, best = orders[method], sums[method]
    # Without traffic there is nothing to gain, and the temperature, by which the cooling divides,
    # is 0.
    if moves and best > 0.0:
        for name, start in _starts(mesh, traffic, cores, seed, {method: places}).items():
            improved = anneal(mesh, traffic, start, seed, _tries(traffic, cores, moves))
            reached = hop_sum(mesh, traffic, improved)
            # Annealing accepts moves for the worse and may end above its start.
            if reached < best:
                places, best, method = improved, reached, f"{name}, then annealing"
    return Placement(places, best, sums["network order"], at_random, method)


def _orders(mesh: Mesh, cores: int) -> dict[str, Int64]:
    """Places that follow the order of the network."""
    orders = {"network order": np.arange(cores, dtype=np.int64)}
    for width in STRIPS:
        if width <= mesh.rows:
            name = f"space-filling curve in strips of {width}"
            orders[name] = curve_order(mesh, cores, width)[:cores]
    return orders


def _starts(
    mesh: Mesh, traffic: Traffic, cores: int, seed: int, order: dict[str, Int64]
) -> dict[str, Int64]:
    """Where annealing starts: from the best order on one chip, from a cut on several, or both."""
    per_chip = mesh.places // mesh.board.chips
    # There is nothing to cut on one chip, nor where each chip is a single core.
    if per_chip == 1 or cores <= per_chip or not chip_partition.HAS_METIS:
        return order
    cut = {"cut into chips": _cut_by_chips(mesh, traffic, cores, seed)}
    return {**order, **cut} if cores <= BOTH_STARTS else cut


def _cut_by_chips(mesh: Mesh, traffic: Traffic, cores: int, seed: int) -> Int64:
    rows, columns = _block(mesh, cores)
    block = (rows // mesh.chip_rows, columns // mesh.chip_columns)

    def arrange(chips: Mesh, between: Traffic, count: int) -> Int64:
        # Chips on a board are placed as cores are: one chip is one core of a coarser mesh.
        return place(chips, between, count, seed, CHIP_MOVES).places

    return chip_partition.by_chips(mesh, traffic, cores, block, seed, arrange)


def _tries(traffic: Traffic, cores: int, moves: int) -> int:
    """Moves in all, fewer where each has many partners to visit."""
    partners = max(1.0, 2.0 * len(traffic.senders) / cores)
    # A move visits the partners of two cores, before and after it.
    return int(min(moves * cores, MAX_VISITS / (4.0 * partners)))


def curve_order(mesh: Mesh, cores: int, width: int) -> Int64:
    """Places along a curve that winds up and down in strips through a compact block of chips.

    Args:
        mesh: the board.
        cores: how many the block must hold; places outside it come last.
        width: routers across a strip: cores near in the order lie near on both axes.
    """
    outside = ~inside(mesh, cores)
    strip = mesh.row // width
    # Every other strip runs backwards, and every other column upside down, so that neighbours in
    # the order are neighbours on the mesh.
    column = np.where(strip % 2 == 0, mesh.column, mesh.columns - 1 - mesh.column)
    along = np.where(column % 2 == 0, mesh.row % width, width - 1 - mesh.row % width)
    # lexsort takes its last key first: places outside the block come at the end.
    keys = (np.arange(mesh.places), along, column, strip, outside)
    order: Int64 = np.lexsort(keys).astype(np.int64)
    return order


def inside(mesh: Mesh, cores: int) -> Any:
    """Whether each place lies in the most compact block of whole chips that holds so many cores."""
    rows, columns = _block(mesh, cores)
    return (mesh.row < rows) & (mesh.column < columns)


def _block(mesh: Mesh, cores: int) -> tuple[int, int]:
    """Router rows and columns of the most compact block of whole chips with so many places."""
    board = mesh.board
    chips = -(-cores * board.chips // mesh.places)
    best = (board.rows, board.columns)
    for columns in range(1, board.columns + 1):
        rows = -(-chips // columns)
        around = rows * mesh.chip_rows + columns * mesh.chip_columns
        # Half the perimeter measures the longest way inside the block.
        if rows <= board.rows and around < best[0] * mesh.chip_rows + best[1] * mesh.chip_columns:
            best = (rows, columns)
    return best[0] * mesh.chip_rows, best[1] * mesh.chip_columns
