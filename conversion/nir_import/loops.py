"""A loop of a flat net is a layer of neurons that feeds itself, or an obstacle.

A recurrent layer is one neuron node whose spikes return to it through chains of Linear, Affine and
Scale: `FloatCubaLIF.recurrent`. A spike takes one step around the loop: NIR leaves that to whoever
runs it, and frameworks do so. Any other loop has no meaning here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from conversion.nir_import.nesting import Net
from conversion.nir_import.nodes import FileNode
from spiketrack.errors import Obstacle

_SPIKING = ("LIF", "IF", "CubaLIF")
_LINKS = ("Linear", "Affine", "Scale")
_SHOWN = 6
_REWRITE = (
    "make it one LIF, IF or CubaLIF whose spikes return through Linear, Affine or Scale nodes that "
    "nothing else reads or feeds, or unroll it"
)
Chain = list[FileNode]
Ends = Mapping[str, Sequence[str]]


@dataclass(slots=True)
class Loops:
    """Says what became of the loops of a net.

    Attributes:
        chains: per recurrent neuron, the ways from its spikes back to its input; an edge to itself
            is an empty way.
        broken: nodes in a loop that has no meaning.
    """

    chains: dict[str, list[Chain]] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)


def untie(net: Net) -> Loops:
    """Takes all loops out of a net; those without a meaning become obstacles."""
    loops, owner = Loops(), {}
    sources, targets = net.sources(), net.targets()
    # Every loop lies in one strongly connected set, however many ways it has.
    for knot in _knots(targets):
        owner.update(dict.fromkeys(knot, min(knot)))
        neurons = [path for path in knot if net.nodes[path].kind in _SPIKING]
        if len(neurons) != 1 or not _is_recurrent(net, knot, sources, targets):
            net.obstacles.append(_obstacle(net, knot))
            loops.broken |= knot
        else:
            loops.chains[neurons[0]] = _chains(net, neurons[0], knot, targets)
    net.edges = [edge for edge in net.edges if not _is_inside(edge, owner)]
    for chains in loops.chains.values():
        # The links now live in the neuron's recurrent weights.
        for link in (link for chain in chains for link in chain):
            del net.nodes[link.path]
    return loops


def _is_inside(edge: tuple[str, str], owner: Mapping[str, str]) -> bool:
    return edge[0] in owner and owner[edge[0]] == owner.get(edge[1])


def _is_recurrent(net: Net, knot: set[str], sources: Ends, targets: Ends) -> bool:
    """Whether all nodes but the neuron have one way in and one way out, and are linear."""
    others = [path for path in knot if net.nodes[path].kind not in _SPIKING]
    return all(
        net.nodes[path].kind in _LINKS and len(sources[path]) == 1 and len(targets[path]) == 1
        for path in others
    )


def _chains(net: Net, neuron: str, knot: set[str], targets: Ends) -> list[Chain]:
    chains: list[Chain] = []
    for path in targets[neuron]:
        if path in knot:
            chain: Chain = []
            while path != neuron:
                chain.append(net.nodes[path])
                (path,) = targets[path]
            chains.append(chain)
    return chains


def _obstacle(net: Net, knot: set[str]) -> Obstacle:
    named = [f"'{path}' ({net.nodes[path].kind})" for path in sorted(knot)]
    more = f" and {len(named) - _SHOWN} more" if len(named) > _SHOWN else ""
    reason = f"a loop that is no recurrent layer: {', '.join(named[:_SHOWN])}{more}"
    return Obstacle(min(knot), reason, _REWRITE)


def _knots(targets: Ends) -> list[set[str]]:
    """Sets of nodes that lead to each other, by Tarjan's algorithm without recursion."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    waiting: set[str] = set()
    knots: list[set[str]] = []
    for root in targets:
        # A file may nest more nodes than Python recurses, so that the stack is kept by hand.
        work = [(root, 0)] if root not in index else []
        while work:
            path, step = work.pop()
            if step == 0:
                index[path] = low[path] = len(index)
                stack.append(path)
                waiting.add(path)
            else:
                low[path] = min(low[path], low[targets[path][step - 1]])
            step = _next_step(path, step, targets, index, low, waiting)
            if step <= len(targets[path]):
                work += [(path, step), (targets[path][step - 1], 0)]
            elif low[path] == index[path]:
                knots.append(_popped(path, stack, waiting))
    return [knot for knot in knots if len(knot) > 1 or _feeds_itself(knot, targets)]


def _next_step(
    path: str,
    step: int,
    targets: Ends,
    index: Mapping[str, int],
    low: dict[str, int],
    waiting: set[str],
) -> int:
    """1 + the position of the next target not seen yet; past the end if there is none."""
    for at in range(step, len(targets[path])):
        target = targets[path][at]
        if target not in index:
            return at + 1
        if target in waiting:
            low[path] = min(low[path], index[target])
    return len(targets[path]) + 1


def _popped(path: str, stack: list[str], waiting: set[str]) -> set[str]:
    knot: set[str] = set()
    while path not in knot:
        knot.add(stack.pop())
    waiting -= knot
    return knot


def _feeds_itself(knot: set[str], targets: Ends) -> bool:
    return any(path in targets[path] for path in knot)
