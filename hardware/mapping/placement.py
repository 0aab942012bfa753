"""Finds a place for every core so that messages travel little; the same seed, the same places.

Baseline: cores in network order fill the board chip by chip, router by router. Random: a random
choice of places on as many chips as the network fills. Optimised: from the best of the baseline and
several space-filling curves, simulated annealing by moves that put a core near one of its partners
and swap what was there; the result is never worse than the baseline, which is kept otherwise.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from hardware.mapping.annealing import anneal
from hardware.mapping.mesh import Mesh, hop_sum
from hardware.mapping.reach import Int64
from hardware.mapping.traffic import Traffic

DEFAULT_MOVES = 400
STRIPS = (1, 2, 4, 8, 16, 32)
"""Routers across a strip of the space-filling curves that are tried."""
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
    rng = np.random.default_rng(seed)
    in_order = np.arange(cores, dtype=np.int64)
    candidates = {"network order": in_order}
    for width in STRIPS:
        if width <= mesh.rows:
            name = f"space-filling curve in strips of {width}"
            candidates[name] = curve_order(mesh, cores, width)[:cores]
    sums = {name: hop_sum(mesh, traffic, places) for name, places in candidates.items()}
    # Why within the block: on an empty board chance alone would look worse and worse.
    at_random = hop_sum(mesh, traffic, rng.permutation(np.flatnonzero(inside(mesh, cores)))[:cores])
    method = min(sums, key=lambda name: sums[name])
    places, best = candidates[method], sums[method]
    if moves and best > 0.0:
        found = anneal(mesh, traffic, places, seed, _tries(traffic, cores, moves))
        reached = hop_sum(mesh, traffic, found)
        if reached < best:
            places, best, method = found, reached, f"{method}, then annealing"
    return Placement(places, best, sums["network order"], at_random, method)


def _tries(traffic: Traffic, cores: int, moves: int) -> int:
    """Moves in all, fewer where each has many partners to visit."""
    partners = max(1.0, 2.0 * len(traffic.senders) / cores)
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
    column = np.where(strip % 2 == 0, mesh.column, mesh.columns - 1 - mesh.column)
    along = np.where(column % 2 == 0, mesh.row % width, width - 1 - mesh.row % width)
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
        if rows <= board.rows and around < best[0] * mesh.chip_rows + best[1] * mesh.chip_columns:
            best = (rows, columns)
    return best[0] * mesh.chip_rows, best[1] * mesh.chip_columns
