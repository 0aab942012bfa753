"""Simulated annealing of places: the inner loop, compiled.

A move takes a core, picks one of its partners at random, and a place within a
window around that partner; whoever is there changes places with it. The change of messages x hops
is computed from the partners of both. The window shrinks as the temperature falls.
"""

from typing import Any

import numpy as np
from numba import njit

from hardware.mapping.mesh import Mesh
from hardware.mapping.reach import Int64
from hardware.mapping.traffic import Traffic

START_SHARE = 1.0
END_SHARE = 0.01
"""First and last temperature, as a share of the mean messages x hops of a core."""


def anneal(mesh: Mesh, traffic: Traffic, places: Int64, seed: int, tries: int) -> Int64:
    """Better places than `places`, by `tries` moves; the last temperature accepts little.

    Args:
        mesh: the board.
        traffic: between cores.
        places: (cores,) where to start.
        seed: of the moves.
        tries: number of moves.
    """
    cores = len(places)
    # Both directions, since a core that moves changes what it sends and what it receives.
    one = np.concatenate([traffic.senders, traffic.receivers])
    other = np.concatenate([traffic.receivers, traffic.senders])
    weight = np.concatenate([traffic.messages, traffic.messages])
    order = np.argsort(one, kind="stable")
    start = np.concatenate([[0], np.cumsum(np.bincount(one, minlength=cores))])
    best_places = places.astype(np.int64).copy()
    # The inverse of the places: who is at a place must be known at once to swap the two.
    holder = np.full(mesh.places, -1, np.int64)
    holder[best_places] = np.arange(cores)
    hops = mesh.distance(best_places[traffic.senders], best_places[traffic.receivers])
    scale = float((hops * traffic.messages).sum()) / cores
    chips = (mesh.chip_rows, mesh.chip_columns, mesh.crossing)
    _anneal(
        start.astype(np.int64), other[order], weight[order], best_places, holder,
        mesh.row, mesh.column, mesh.at, chips, np.uint64((seed * 2 + 1) % 2**64), tries,
        START_SHARE * scale, END_SHARE * scale,
    )  # fmt: skip
    return best_places


@njit(cache=True)
def _random(state: Any) -> Any:
    """The next 64 random bits (xorshift64*)."""
    x = state[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    state[0] = x
    return x * np.uint64(2685821657736338717)


@njit(cache=True)
def _below(state: Any, limit: Any) -> Any:
    """A random whole number below `limit`."""
    # The high bits of xorshift64* are the good ones.
    return np.int64((_random(state) >> np.uint64(33)) % np.uint64(limit))


@njit(cache=True)
def _hops(row: Any, column: Any, chips: Any, a: Any, b: Any) -> Any:
    height, width, crossing = chips
    rows, columns = abs(row[a] - row[b]), abs(column[a] - column[b])
    borders = abs(row[a] // height - row[b] // height)
    borders += abs(column[a] // width - column[b] // width)
    return rows + columns + crossing * borders


@njit(cache=True)
def _change(
    start: Any, partner: Any, weight: Any, places: Any, row: Any, column: Any, chips: Any,
    core: Any, skip: Any, old: Any, new: Any,
) -> Any:  # fmt: skip
    """Change of messages x hops if `core` goes from `old` to `new`; `skip` moves along."""
    total = 0.0
    for edge in range(start[core], start[core + 1]):
        other = partner[edge]
        # Two partners that swap places stay as far apart as they were.
        if other != skip:
            there = places[other]
            before = _hops(row, column, chips, old, there)
            total += weight[edge] * (_hops(row, column, chips, new, there) - before)
    return total


@njit(cache=True)
def _aim(state: Any, row: Any, column: Any, at: Any, near: Any, window: Any) -> Any:
    """A random place within `window` routers of the place `near`, or -1."""
    y = row[near] + _below(state, 2 * window + 1) - window
    x = column[near] + _below(state, 2 * window + 1) - window
    if y < 0 or x < 0 or y >= at.shape[0] or x >= at.shape[1]:
        return np.int64(-1)
    return at[y, x, _below(state, at.shape[2])]


@njit(cache=True)
def _anneal(
    start: Any, partner: Any, weight: Any, places: Any, holder: Any, row: Any, column: Any,
    at: Any, chips: Any, seed: Any, tries: Any, hot: Any, cold: Any,
) -> None:  # fmt: skip
    # Multiplying by bits of the golden ratio parts the states of seeds that lie side by side.
    state = np.array([seed * np.uint64(0x9E3779B97F4A7C15) + np.uint64(1)], np.uint64)
    # A window of a fixed share of the board, so that small and large boards cool alike.
    widest = max(1, min(at.shape[0], at.shape[1]) // 4)
    cores = len(places)
    temperature, window = hot, widest
    for attempt in range(tries):
        # The temperature hardly changes in 1024 moves, and a power for each would be time lost.
        if attempt % 1024 == 0:
            done = attempt / tries
            # Geometric cooling, and a window that closes faster: late moves are refinements.
            temperature = hot * (cold / hot) ** done
            window = max(1, int(widest * (1.0 - done) ** 2))
        core = _below(state, cores)
        degree = start[core + 1] - start[core]
        # A core without partners is equally good everywhere.
        if degree == 0:
            continue
        near = places[partner[start[core] + _below(state, degree)]]
        old, new = places[core], _aim(state, row, column, at, near, window)
        if new < 0 or new == old:
            continue
        other = holder[new]
        change = _change(start, partner, weight, places, row, column, chips, core, other, old, new)
        if other >= 0:
            change += _change(
                start, partner, weight, places, row, column, chips, other, core, new, old
            )
        # 53 random bits make a float in [0, 1).
        lucky = (_random(state) >> np.uint64(11)) * (1.0 / 9007199254740992.0)
        if change <= 0.0 or lucky < np.exp(-change / temperature):
            places[core], holder[new], holder[old] = new, core, other
            if other >= 0:
                places[other] = old
