"""Which board holds a network, and what to say when none does."""

from collections.abc import Mapping

import numpy as np

from hardware.mapping.demand import LIMIT_OF, RESOURCES, Demand
from hardware.mapping.packing import Cores, Tiled
from hardware.mapping.populations import Network
from hardware.target import MAX_CHIPS, Board, Target
from spiketrack.errors import CapacityError

_HELPS = {
    "neurons": "a smaller crop or narrower early stages (the largest maps hold most neurons)",
    "synapse_bits": "fewer weight bits, or convolutions in groups",
    "state_bits": "fewer steps, or positional tables that are added before the convolution",
    "in_axons": "smaller kernels or fewer input channels",
    "out_axons": "fewer branches that read the same layer, or wider cores",
    "memory_bits": "fewer weight bits, convolutions in groups, or fewer branches",
}
_UNROLLED = "graded spikes: on this chip an NI-LIF neuron takes as many compartments as levels"


def board_for(tiled: Tiled, cores: Cores, asked: Board | None) -> Board:
    """The board that was asked for, or the smallest that holds the network.

    Args:
        tiled: the network, and the chip.
        cores: what it fills.
        asked: the board that the caller wants; None for any.

    Raises:
        CapacityError: it does not fit; names the resource, the layer, what is missing, the smallest
            board that holds it and what would help.
    """
    network, target, needed = tiled.network, tiled.target, cores.count
    smallest = target.smallest_board(needed)
    board = asked or smallest
    if board is not None and target.cores_on(board) >= needed:
        return board
    # Boards are listed from small to large: the last one is the best offer.
    largest = board or target.boards[-1]
    room = target.cores_on(largest)
    binding = binding_resource(target, cores)
    layer, share = binding_layer(network, tiled.demands, binding)
    # In cores of the binding resource, so that a user sees how far a rewrite would help.
    worth = float(np.sum(cores.used[binding])) / target[LIMIT_OF[binding]]
    raise CapacityError(
        f"graph '{network.name}' on {largest.name} of {target.name}",
        f"at most {room:,} cores",
        f"{needed:,}, {needed - room:,} too many; {binding} bind ({worth:,.0f} cores full), most "
        f"in layer '{layer}' ({share:.0%})",
        f"{_smallest(target, smallest, needed)} What would help: {rewrites(target, binding)}",
    )


def binding_resource(target: Target, cores: Cores) -> str:
    """The resource of which the network fills most cores."""
    return max(RESOURCES, key=lambda name: float(cores.used[name].sum()) / target[LIMIT_OF[name]])


def rewrites(target: Target, binding: str) -> str:
    """What a user could change."""
    helps = [_HELPS[binding]]
    if not target.has("graded_spikes") and binding in ("neurons", "out_axons", "in_axons"):
        helps.append(_UNROLLED)
    return "; ".join(helps)


def binding_layer(
    network: Network, demands: Mapping[int, Demand], binding: str
) -> tuple[str, float]:
    """The layer that takes most of a resource, and its share of all."""
    taken = {one.name: int(demands[one.index][binding].sum()) for one in network.on_chip}
    largest = max(taken, key=lambda name: taken[name])
    return largest, taken[largest] / max(1, sum(taken.values()))


def _smallest(target: Target, board: Board | None, cores: int) -> str:
    if board is None:
        chips = -(-cores // target["cores_per_chip"])
        array = f" (--chips {chips} takes an array of them)" if chips <= MAX_CHIPS else ""
        return f"No board of {target.name} holds it: it fills {chips:,} chips{array}."
    size = f"{board.chips} chips; it fills {-(-cores // target.per_chip(board))}"
    return f"The smallest board that holds it is {board.name} ({size})."
