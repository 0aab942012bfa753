"""The static overflow certificate compares every value's worst case with its declared width.

It follows from weights, thresholds and the promised input ranges alone; no data can break it. A
run's own peak can be put beside it. A graph of this project's own making is refused if a value can
overflow; for one from elsewhere the report says what would save it, and every run is checked.

Why registers are followed beyond their declared widths: the width that is named as needed must be
one that would do, of every register at once, not the declared one and a bit.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from typing_extensions import assert_never

from simulation.bounds.headroom import HeadroomError
from simulation.bounds.range import Range
from simulation.bounds.ranges import Ranges, value_ranges
from simulation.run import Run, state_name
from spiketrack.errors import OverflowBoundError
from spiketrack.fixed_point import signed_bits
from spiketrack.graph import spike_nodes as s
from spiketrack.graph.graph import Graph
from spiketrack.graph.kinds import (
    Boundary,
    Gate,
    SpikeAccumulator,
    SpikeNeuron,
    SpikeStream,
    max_spike,
    recurrent_weight,
    register_part,
    registers_of,
)
from spiketrack.graph.neurons.registers import MAX_STATE_BITS
from spiketrack.graph.structural_nodes import StructuralNode


@dataclass(frozen=True)
class Bound:
    """A bound is one line of the certificate.

    Attributes:
        node: name of the node.
        part: "accumulator", "stream", "membrane", "current", "sum", "difference", "spikes", or
            "engine" where a worst case does not even fit the engines' own 64 bits.
        bits: declared width, signed.
        needed_bits: width that holds the worst case if all others have theirs.
        low: smallest value that can occur.
        high: largest value that can occur.
        peak: largest magnitude seen in a run, or -1.
    """

    node: str
    part: str
    bits: int
    needed_bits: int
    low: int
    high: int
    peak: int = -1

    @property
    def proved(self) -> bool:
        """Whether no input within its promised range can make it overflow."""
        return self.needed_bits <= self.bits


def certify(graph: Graph[s.SpikeNode], run: Run | None = None) -> list[Bound]:
    """The certificate of a graph: the worst case of every value beside its declared width.

    Args:
        graph: an integer graph.
        run: a run of it that kept its values, whose peaks are put beside the worst cases.

    Returns:
        One line for every accumulator, stream and register, all of them proved.

    Raises:
        OverflowBoundError: a value that can leave its width, with the node and the bound.
    """
    bounds = _all_bounds(graph, run)
    for bound in bounds:
        if not bound.proved:
            raise OverflowBoundError(
                f"{bound.part} of '{bound.node}'",
                f"at most {bound.bits} bits signed",
                f"{bound.low}..{bound.high} ({bound.needed_bits} bits) in the worst case",
                _advice(needed_stream_bits(bounds)),
            )
    return bounds


def needed_stream_bits(bounds: list[Bound]) -> int:
    """The width that streams and registers need together; 0 where no width of theirs would do."""
    # An accumulator's width is the chip's, not the conversion's: no option makes it wider.
    unproved = [bound for bound in bounds if not bound.proved]
    widest = max((bound.needed_bits for bound in unproved), default=0)
    fixed = any(bound.part in ("accumulator", "engine") for bound in unproved)
    return 0 if fixed or widest > MAX_STATE_BITS else widest


def _advice(stream_bits: int) -> str:
    if stream_bits:
        return f"Convert with --stream-bits {stream_bits}"
    return "Use smaller inputs, fewer synapses or fewer --weight-bits: no width of streams would do"


def bounds_of(graph: Graph[s.SpikeNode], run: Run | None = None) -> list[Bound]:
    """Gives the lines of `certify` for a graph that may overflow: each says if it is `proved`.

    A worst case that no engine can compute gives one line of that node only.

    Args:
        graph: an integer graph.
        run: a run of it that kept its values, whose peaks are put beside the worst cases.
    """
    try:
        return _all_bounds(graph, run)
    # The error knows its node and width; a bound of 64 bits is as telling as any other line.
    except HeadroomError as error:
        low, high = -error.widest, error.widest
        return [Bound(error.what, "engine", error.bits, error.needed_bits, low, high)]


def summarise(bounds: list[Bound]) -> dict[str, Any]:
    """Widest need per part, how many values were proved, and those that were not, if any."""
    parts: dict[str, Any] = {}
    for bound in bounds:
        best = parts.get(bound.part)
        if best is None or bound.needed_bits > best["needed_bits"]:
            parts[bound.part] = asdict(bound)
    unproved = [asdict(bound) for bound in bounds if not bound.proved]
    summary = {"proved": len(bounds) - len(unproved), "widest": parts}
    return {**summary, "unproved": unproved} if unproved else summary


def _all_bounds(graph: Graph[s.SpikeNode], run: Run | None) -> list[Bound]:
    ranges = _unclipped_ranges(graph)
    return [bound for node in graph for bound in _bounds(node, ranges, run)]


def _unclipped_ranges(graph: Graph[s.SpikeNode]) -> Ranges:
    """Ranges as if every register that is sent had the widest width there is.

    Where an engine could not hold even that, the declared widths bound what follows.
    """
    # A narrow register would cut the range of everything behind it, and hide what that needs.
    wide = tuple(_widened(node) for node in graph)
    if all(after is before for after, before in zip(wide, graph, strict=True)):
        return value_ranges(graph)
    try:
        return value_ranges(Graph(graph.name, wide))
    except HeadroomError:
        return value_ranges(graph)


def _widened(node: s.SpikeNode) -> s.SpikeNode:
    """A neuron whose value nothing but the width of its register bounds, with the widest one."""
    if isinstance(node, SpikeNeuron) and max_spike(node) is None:
        return replace(node, bits=MAX_STATE_BITS)
    return node


def _bounds(node: s.SpikeNode, ranges: Ranges, run: Run | None) -> list[Bound]:
    """The lines of one node.

    Why inputs, outputs, gates and structural nodes have none: they have no width of their own. An
    input's range is a promise, and the value of a gate is followed to the width it must fit next.
    """
    values: Mapping[str, Any] = run.values if run else {}
    if isinstance(node, SpikeNeuron):
        return _register_bounds(node, ranges, run.states if run else {})
    if isinstance(node, SpikeAccumulator):
        value = ranges.values[node.name]
        return [_bound(node.name, "accumulator", s.ACCUMULATOR_BITS, value, values)]
    if isinstance(node, SpikeStream):
        return [_bound(node.name, "stream", node.bits, ranges.values[node.name], values)]
    if isinstance(node, Boundary | Gate | StructuralNode):
        return []
    assert_never(node)


def _register_bounds(node: SpikeNeuron, ranges: Ranges, states: Mapping[str, Any]) -> list[Bound]:
    """The lines of a neuron, in the order in which it computes what they are of."""
    names = [state_name(node.name, register) for register in registers_of(node)]
    current = [
        _bound(node.name, "current", node.bits, ranges.states[name], states, name)
        for name in names
        if name != node.name
    ]
    own = _bound(node.name, register_part(node), node.bits, ranges.states[node.name], states)
    return [*_recurrent_bound(node, ranges), *current, own]


def _recurrent_bound(node: SpikeNeuron, ranges: Ranges) -> list[Bound]:
    """The accumulator in which a layer's own spikes meet its input."""
    recurrent = recurrent_weight(node)
    if recurrent is None:
        return []
    x, weight = ranges.values[node.inputs[0]], recurrent.astype(np.int64)
    low, high = np.minimum(weight, 0).sum(axis=1), np.maximum(weight, 0).sum(axis=1)
    met = Range(x.low + low, x.high + high)
    return [_bound(node.name, "accumulator", s.ACCUMULATOR_BITS, met, {})]


def _bound(
    name: str, part: str, bits: int, value: Range, seen: Mapping[str, Any], key: str = ""
) -> Bound:
    low, high = int(value.low.min()), int(value.high.max())
    key = key or name
    peak = int(abs(seen[key]).max()) if key in seen else -1
    return Bound(name, part, bits, signed_bits(low, high), low, high, peak)
