"""Messages between cores: every spike travels once to every tile that reads it.

Two tiles on one core are sent to apart, as their axons are counted apart.
"""

from dataclasses import dataclass

import numpy as np

from hardware.mapping.activity import Activity
from hardware.mapping.demand import Tiling
from hardware.mapping.packing import Cores
from hardware.mapping.partition import Tilings, reader_tiling
from hardware.mapping.populations import Link, Network
from hardware.mapping.reach import AxisPath, Float64, Int64


@dataclass(frozen=True, slots=True)
class Traffic:
    """Messages per frame.

    Attributes:
        senders: (edges,) core.
        receivers: (edges,) core, never the sender.
        messages: (edges,) per frame.
        local: messages per frame that stay on their core.
        from_host: messages per frame that the host injects.
        to_host: messages per frame that the host receives.
        per_population: per population index, messages per frame to other cores.
    """

    senders: Int64
    receivers: Int64
    messages: Float64
    local: float
    from_host: float
    to_host: float
    per_population: dict[int, float]

    @property
    def total(self) -> float:
        """Messages per frame between cores."""
        return float(self.messages.sum())


def traffic_of(network: Network, tilings: Tilings, cores: Cores, activity: Activity) -> Traffic:
    """The messages of all links, added up per pair of cores, and those to and from the host."""
    keys: list[Int64] = []
    amounts: list[Float64] = []
    local = 0.0
    sent = {population.index: 0.0 for population in network.on_chip}
    for link in network.links:
        rate = activity.messages(network, link)
        ends = (network.populations[link.source], network.populations[link.target])
        # The host has no place on the mesh: its messages are added up apart.
        if rate == 0.0 or not all(end.is_on_chip for end in ends):
            continue
        # A rate of unrolled spikes already counts every compartment's.
        tiles, readers, overlap = _overlaps(link, tilings[link.source], tilings[link.target])
        senders = cores.cores_of(link.source, tilings[link.source])[tiles]
        receivers = cores.cores_of(link.target, tilings[link.target])[readers]
        messages = overlap * rate
        # A message within a core needs no router.
        away = senders != receivers
        local += float(messages[~away].sum())
        sent[link.source] += float(messages[away].sum())
        keys.append(senders[away] * cores.count + receivers[away])
        amounts.append(messages[away])
    pairs, messages = _merged(keys, amounts)
    count = max(1, cores.count)
    host = _host_messages(network, tilings, activity)
    return Traffic(pairs // count, pairs % count, messages, local, *host, sent)


def _host_messages(network: Network, tilings: Tilings, activity: Activity) -> tuple[float, float]:
    """Messages per frame from the host and to it."""
    injected = received = 0.0
    for link in network.links:
        rate = activity.messages(network, link)
        from_chip = network.populations[link.source].is_on_chip
        to_chip = network.populations[link.target].is_on_chip
        if rate == 0.0 or (from_chip and to_chip):
            continue
        copies = rate * _copies(link, reader_tiling(network, tilings, link))
        received += copies * (not to_chip)
        injected += copies * (not from_chip)
    for population in network.on_chip:
        for port in population.host_ports:
            per_neuron = activity.sent(population, port, population.n_steps)
            received += population.neurons * per_neuron
    return injected, received


def _merged(keys: list[Int64], amounts: list[Float64]) -> tuple[Int64, Float64]:
    if not keys:
        return np.zeros(0, np.int64), np.zeros(0)
    pairs, place = np.unique(np.concatenate(keys), return_inverse=True)
    weights = np.concatenate(amounts)
    return pairs, np.bincount(place.reshape(-1), weights, len(pairs)).astype(np.float64)


def _copies(link: Link, tiling: Tiling) -> float:
    """Source cells that all tiles of the target read together."""
    total = 1.0
    driven = set()
    for path in link.paths:
        if path.driver is None:
            total *= path.size
            continue
        # What several parts read of a halo is sent to each of them, so that lengths are summed and
        # not merged.
        driven.add(path.driver)
        border = tiling.borders[path.driver]
        first, last = path.intervals(border[:-1], border[1:] - 1)
        total *= float((last - first + 1).sum())
    for axis, parts in enumerate(tiling.parts):
        # Parts along an axis that picks nothing all read the same cells.
        total *= 1 if axis in driven else parts
    return total


def _overlaps(link: Link, source: Tiling, reader: Tiling) -> tuple[Int64, Int64, Float64]:
    """Source tile, reading tile and common cells, for every pair that has any."""
    by_axis = [
        _axis_overlaps(path, source.borders[axis], reader.borders)
        for axis, path in enumerate(link.paths)
    ]
    driven = {path.driver for path in link.paths}
    free = [axis for axis in range(3) if axis not in driven]
    lengths = [len(one[0]) for one in by_axis] + [reader.parts[axis] for axis in free]
    # A box overlaps another one exactly where all three axes do: every triple of overlaps is a pair
    # of tiles.
    grid = np.indices(lengths).reshape(len(lengths), -1)
    of_source = [by_axis[axis][1][grid[axis]] for axis in range(3)]
    of_reader = [np.zeros(grid.shape[1], np.int64) for _ in range(3)]
    for axis, path in enumerate(link.paths):
        if path.driver is not None:
            of_reader[path.driver] = by_axis[axis][0][grid[axis]]
    for place, axis in enumerate(free):
        of_reader[axis] = grid[3 + place]
    cells = by_axis[0][2][grid[0]] * by_axis[1][2][grid[1]] * by_axis[2][2][grid[2]]
    return (
        _number(of_source, source.parts),
        _number(of_reader, reader.parts),
        cells.astype(np.float64),
    )


def _number(places: list[Int64], parts: tuple[int, int, int]) -> Int64:
    return (places[1] * parts[2] + places[2]) * parts[0] + places[0]


def _axis_overlaps(
    path: AxisPath, border: Int64, reader: tuple[Int64, Int64, Int64]
) -> tuple[Int64, Int64, Int64]:
    """Per pair that overlaps on one axis: part of the reader, part of the source, cells."""
    lows, highs = border[:-1], border[1:]
    if path.driver is None:
        parts = np.arange(len(lows))
        return np.zeros(len(lows), np.int64), parts, highs - lows
    driving = reader[path.driver]
    first, last = path.intervals(driving[:-1], driving[1:] - 1)
    common = np.minimum(last[:, None] + 1, highs[None]) - np.maximum(first[:, None], lows[None])
    of_reader, of_source = np.nonzero(common > 0)
    return of_reader, of_source, common[of_reader, of_source]
