"""resources -> partition -> place -> route: the whole way of a graph onto a board."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from hardware.mapping.activity import Activity, assumed_activity, measured_activity
from hardware.mapping.extract import network_of
from hardware.mapping.fit import board_for
from hardware.mapping.formats import require_formats
from hardware.mapping.mesh import Mesh, Routes, mesh_of, route
from hardware.mapping.packing import Cores, Tiled, pack, tiled_of
from hardware.mapping.partition import Tilings, partition
from hardware.mapping.placement import DEFAULT_MOVES, Placement, place
from hardware.mapping.populations import Network
from hardware.mapping.timing import Timing, timing_of
from hardware.mapping.traffic import Traffic, traffic_of
from hardware.target import Board, Target
from spiketrack.counts.profile import PhaseName, Profile
from spiketrack.errors import MappingError
from spiketrack.graph.graph import Graph

DEFAULT_SPARE = 0.5
BALANCE_ROUNDS = 8
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class MapOptions:
    """How to map.

    Attributes:
        board: where to; None for the smallest that holds the network.
        seed: of the placement.
        moves: annealing moves per core.
        spare: share of further cores that may be used to relieve the busiest ones.
        phase: of the profile.
    """

    board: Board | None = None
    seed: int = 0
    moves: int = DEFAULT_MOVES
    spare: float = DEFAULT_SPARE
    phase: PhaseName = "track"


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """A network on a board, with everything that was computed on the way.

    Attributes:
        network: populations of neurons and the links between them.
        target: the chip.
        activity: spikes and SynOps of every population per frame, counted or assumed.
        tilings: how every population is cut into tiles, each on one core.
        cores: what each core holds, and how full it is.
        board: the board that carries the cores.
        mesh: the routers of that board.
        traffic: messages from core to core per frame.
        placement: the place of every core on the board.
        routes: the way of every message over the routers.
        timing: the time of a step and of a frame, in ns.
        fewest_cores: how many cores the network fills at least.
        seed: of the placement.
    """

    network: Network
    target: Target
    activity: Activity
    tilings: Tilings
    cores: Cores
    board: Board
    mesh: Mesh
    traffic: Traffic
    placement: Placement
    routes: Routes
    timing: Timing
    fewest_cores: int
    seed: int


@dataclass(frozen=True, slots=True)
class Cut:
    """A network on as few cores as this mapper finds; no board is chosen yet.

    Attributes:
        tiled: the network, the chip, and the tiles.
        cores: what each core holds.
    """

    tiled: Tiled
    cores: Cores

    @property
    def network(self) -> Network:
        """Populations of neurons and the links between them."""
        return self.tiled.network

    @property
    def tilings(self) -> Tilings:
        """How every population is cut into tiles."""
        return self.tiled.tilings


def map_graph(
    graph: Graph[Any],
    target: Target,
    options: MapOptions | None = None,
    profile: Profile | None = None,
    progress: Progress = lambda text: None,
) -> Layout:
    """Places a graph of floats or integers on the cores of a board.

    Args:
        graph: a graph of either kind of nodes.
        target: the chip, from `load_target`.
        options: the board, the seed and how long to look for better places; None takes the
            smallest board that holds the graph, and seed 0.
        profile: event counts of this graph; without them the mapper assumes rates of spikes.
        progress: is called with a line before each long step.

    Returns:
        Every core with its place, what it holds, and the traffic and the time of a step in ns.

    Raises:
        CapacityError: it does not fit.
        MappingError: the profile is of another model, or the graph holds nothing to place.
    """
    options = options or MapOptions()
    progress("Populations, links and partition")
    return lay_out(cut_graph(graph, target, profile, options.phase), options, progress)


def cut_graph(
    graph: Graph[Any],
    target: Target,
    profile: Profile | None = None,
    phase: PhaseName = "track",
) -> Cut:
    """The part of `map_graph` that does not depend on the board.

    Raises:
        CapacityError: one neuron of a layer needs more than a core has, or weights or registers
            are wider than the chip's.
        MappingError: as `map_graph`.
    """
    network = network_of(graph)
    if not network.on_chip:
        raise MappingError(f"graph '{graph.name}'", "a layer to place", "inputs and outputs alone")
    require_formats(graph, target)
    activity = (
        assumed_activity(network, target)
        if profile is None
        else measured_activity(network, target, profile, phase)
    )
    # Without a cap first: the fewest cores decide which boards come into question at all.
    return _cut(network, target, activity, float("inf"))


def lay_out(cut: Cut, options: MapOptions, progress: Progress = lambda text: None) -> Layout:
    """Chooses a board, relieves the busiest cores, places and routes.

    Raises:
        CapacityError: it does not fit.
    """
    target = cut.tiled.target
    board = board_for(cut.tiled, cut.cores, options.board)
    fewest = cut.cores.count
    # Relief must not need a larger board than the network itself.
    room = min(target.cores_on(board), int(fewest * (1.0 + options.spare)))
    best = _balanced(cut, room)
    tiled, cores = best.tiled, best.cores
    progress(f"Placement of {cores.count:,} cores on {board.name}")
    traffic = traffic_of(tiled.network, tiled.tilings, cores, tiled.activity)
    mesh = mesh_of(target, board)
    placement = place(mesh, traffic, cores.count, options.seed, options.moves)
    chips = len(np.unique(placement.places // target.per_chip(board)))
    return Layout(
        network=tiled.network, target=target, activity=tiled.activity, tilings=tiled.tilings,
        cores=cores, board=board, mesh=mesh, traffic=traffic, placement=placement,
        routes=route(mesh, traffic, placement.places), timing=timing_of(tiled, cores, chips),
        fewest_cores=fewest, seed=options.seed,
    )  # fmt: skip


def cores_needed(graph: Graph[Any], target: Target) -> int:
    """How many cores a graph fills at least, by this mapper, without placing anything.

    Raises:
        CapacityError: one neuron of a layer needs more than a core has, or weights or registers
            are wider than the chip's.
    """
    network = network_of(graph)
    require_formats(graph, target)
    return _cut(network, target, assumed_activity(network, target), float("inf")).cores.count


def _cut(network: Network, target: Target, activity: Activity, cap: float) -> Cut:
    tilings = partition(network, target, activity.step_synops(network), cap)
    tiled = tiled_of(network, target, activity, tilings)
    return Cut(tiled, pack(tiled, cap))


def _balanced(start: Cut, room: int) -> Cut:
    """Reduces the most SynOps of a core as far as `room` cores allow, by bisection."""
    tiled, cores = start.tiled, start.cores
    best, peak = start, float(cores.step_synops.max(initial=0.0))
    # No cap can go below the mean, which an even spread over all cores would reach.
    low, high = float(cores.step_synops.sum()) / max(1, room), peak
    for _ in range(BALANCE_ROUNDS):
        # A gain of two per cent is not worth another partition.
        if high <= low * 1.02 or room <= cores.count:
            break
        # The geometric mean, because the two ends may lie orders of magnitude apart.
        cap = (low * high) ** 0.5
        candidate = _cut(tiled.network, tiled.target, tiled.activity, cap)
        reached = float(candidate.cores.step_synops.max(initial=0.0))
        if candidate.cores.count > room:
            low = cap
            continue
        high = cap
        # A tighter cap may give a worse peak: tiles are whole cells and jump.
        if reached < peak:
            best, peak = candidate, reached
    return best
