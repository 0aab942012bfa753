"""Which cores share a chip: the graph of messages is cut (METIS), then the chips are arranged.

Why before annealing: swapping single cores finds a good order within a chip soon, but hardly ever
moves a whole layer to another chip.
"""

from collections.abc import Callable
from importlib.util import find_spec

import numpy as np

from hardware.mapping.mesh import Mesh
from hardware.mapping.reach import Int64
from hardware.mapping.traffic import Traffic
from hardware.target import Board
from spiketrack.errors import BackendUnavailable

HAS_METIS = find_spec("pymetis") is not None
"""Whether this machine can cut; there is no wheel for Windows."""
FILL = 0.94
"""Of a chip's cores, so that METIS, which balances roughly, seldom overfills one."""
_LARGEST_WEIGHT = 100_000
Arrange = Callable[[Mesh, Traffic, int], Int64]


def by_chips(
    mesh: Mesh, traffic: Traffic, cores: int, block: tuple[int, int], seed: int, arrange: Arrange
) -> Int64:
    """(cores,) places: cores that talk much on one chip, chips that talk much side by side.

    Args:
        mesh: the board.
        traffic: between cores.
        cores: how many.
        block: rows and columns of chips that may be used; they hold all cores.
        seed: of METIS.
        arrange: gives chips their place on a mesh of chips, by the traffic between them.

    Raises:
        BackendUnavailable: pymetis is installed and fails to import.
    """
    # A cut into more chips than the cores fill would spread them over chips that nobody needs.
    per_chip = mesh.places // mesh.board.chips
    chips = min(block[0] * block[1], -(-cores // int(per_chip * FILL)))
    part = _evened(_partition(traffic, cores, chips, seed), chips, per_chip)
    slots = arrange(_mesh_of_chips(block), _between(traffic, part, chips), chips)
    row, column = slots // block[1], slots % block[1]
    first = (row * mesh.board.columns + column) * per_chip
    # Stable, so that cores keep the order of the network within their chip.
    order = np.argsort(part, kind="stable")
    counts = np.bincount(part, minlength=chips)
    within = np.arange(cores) - np.repeat(np.cumsum(counts) - counts, counts)
    places = np.empty(cores, np.int64)
    places[order] = first[part[order]] + within
    return places


def _partition(traffic: Traffic, cores: int, chips: int, seed: int) -> Int64:
    """(cores,) a chip for each, numbered in the order of the network."""
    try:
        import pymetis
    except ImportError as error:
        advice = "Install pymetis again"
        raise BackendUnavailable("placement", "pymetis", str(error), advice) from error

    keys = np.concatenate(
        [
            traffic.senders * cores + traffic.receivers,
            traffic.receivers * cores + traffic.senders,
        ]
    )
    pairs, place = np.unique(keys, return_inverse=True)
    weight = np.bincount(place.reshape(-1), np.tile(traffic.messages, 2), len(pairs))
    # METIS takes whole weights and adds them up in integers of 32 bits, so that the largest is kept
    # far below that.
    whole = np.rint(weight / weight.max(initial=1.0) * _LARGEST_WEIGHT).astype(np.int64)
    start = np.concatenate([[0], np.cumsum(np.bincount(pairs // cores, minlength=cores))])
    _, chip_of_core = pymetis.part_graph(
        chips,
        adjacency=pymetis.CSRAdjacency(start.tolist(), (pairs % cores).tolist()),
        # A weight of 0 is an error for METIS, and a rare message still is a wish to be near.
        eweights=np.maximum(whole, 1).tolist(),
        # ufactor=1 asks for chips that differ by 0.1 % at most; METIS knows no hard limit.
        options=pymetis.Options(ufactor=1, seed=seed % (1 << 31)),
    )
    part = np.array(chip_of_core, np.int64)
    # METIS numbers its parts as it likes: the mean core number brings back the order of the layers.
    mean = np.bincount(part, np.arange(cores), chips) / np.maximum(
        1, np.bincount(part, None, chips)
    )
    return np.argsort(np.argsort(mean, kind="stable"), kind="stable")[part]


def _evened(part: Int64, chips: int, per_chip: int) -> Int64:
    """Moves what a chip cannot hold to the emptiest ones."""
    part = part.copy()
    sizes = np.bincount(part, minlength=chips)
    for full in np.flatnonzero(sizes > per_chip).tolist():
        # The last of the order go, and the others keep their neighbours.
        for core in np.flatnonzero(part == full)[per_chip:].tolist():
            emptiest = int(np.argmin(sizes))
            part[core] = emptiest
            sizes[emptiest] += 1
        sizes[full] = per_chip
    return part


def _between(traffic: Traffic, part: Int64, chips: int) -> Traffic:
    """Messages between chips."""
    keys = part[traffic.senders] * chips + part[traffic.receivers]
    pairs, place = np.unique(keys, return_inverse=True)
    messages = np.bincount(place.reshape(-1), traffic.messages, len(pairs))
    # Messages inside a chip do not depend on where the chip lies.
    away = pairs // chips != pairs % chips
    pairs, messages = pairs[away], messages[away]
    return Traffic(pairs // chips, pairs % chips, messages, 0.0, 0.0, 0.0, {})


def _mesh_of_chips(block: tuple[int, int]) -> Mesh:
    """Each chip one router with one core."""
    rows, columns = block
    number = np.arange(rows * columns)
    board = Board("block", rows * columns, rows, columns, "chips of a board")
    return Mesh(
        board, rows, columns, 1, 1, 0, number // columns, number % columns,
        number.reshape(rows, columns, 1),
    )  # fmt: skip
