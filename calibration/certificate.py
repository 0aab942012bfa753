"""The static overflow certificate: the worst case of every value against its declared width.

It follows from weights, thresholds and the promised input ranges alone; no data can break it. A
run's own peak
can be put beside it.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from simulation.ranges import Range, Ranges, value_ranges
from simulation.run import Run
from spiketrack.errors import OverflowBoundError
from spiketrack.fixed_point import signed_bits
from spiketrack.graph import spike_nodes as s
from spiketrack.graph.graph import Graph


@dataclass(frozen=True)
class Bound:
    """One line of the certificate.

    Attributes:
        node: name of the node.
        part: "accumulator", "stream" or "membrane".
        bits: declared width, signed.
        needed_bits: width the worst case needs.
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


def certify(graph: Graph[s.SpikeNode], run: Run | None = None) -> list[Bound]:
    """The certificate of a graph, with the peaks of a kept run beside it if one is given.

    Raises:
        OverflowBoundError: a value that can leave its width, with the node and the bound.
    """
    ranges = value_ranges(graph)
    bounds = [bound for node in graph for bound in _bounds(node, ranges, run)]
    for bound in bounds:
        if bound.needed_bits > bound.bits:
            raise OverflowBoundError(
                f"{bound.part} of '{bound.node}'",
                f"at most {bound.bits} bits signed",
                f"{bound.low}..{bound.high} ({bound.needed_bits} bits) in the worst case",
                "Use wider streams or fewer fraction bits",
            )
    return bounds


def summarise(bounds: list[Bound]) -> dict[str, Any]:
    """Widest need per part, and how many values were proved."""
    parts: dict[str, Any] = {}
    for bound in bounds:
        best = parts.get(bound.part)
        if best is None or bound.needed_bits > best["needed_bits"]:
            parts[bound.part] = asdict(bound)
    return {"proved": len(bounds), "widest": parts}


def _bounds(node: s.SpikeNode, ranges: Ranges, run: Run | None) -> list[Bound]:
    value = ranges.values[node.name]
    values: Mapping[str, Any] = run.values if run else {}
    match node:
        case s.SpikeConv() | s.SpikeMemoryWrite() | s.SpikeMemoryRead():
            return [_bound(node.name, "accumulator", s.ACCUMULATOR_BITS, value, values)]
        case s.SpikeRescale() | s.SpikeBias() | s.SpikeAdd() | s.SpikeSumPool() | s.SpikeUpsample():
            return [_bound(node.name, "stream", node.bits, value, values)]
        case s.SpikeNILIF():
            states: Mapping[str, Any] = run.states if run else {}
            return [_bound(node.name, "membrane", node.bits, ranges.states[node.name], states)]
        case _:
            return []


def _bound(name: str, part: str, bits: int, value: Range, seen: Mapping[str, Any]) -> Bound:
    low, high = int(value.low.min()), int(value.high.max())
    peak = int(abs(seen[name]).max()) if name in seen else -1
    return Bound(name, part, bits, signed_bits(low, high), low, high, peak)
