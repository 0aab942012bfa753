"""Where each node of an integer graph runs, for the form in which the mapper counts it.

The lowering table offers forms of a layer; the mapper counts one compartment per neuron that sends
graded spikes. So a layer that is stock only as several binary neurons needs microcode here.
"""

from collections.abc import Iterable
from math import prod
from typing import NamedTuple

from hardware.lowering import LoweringRow
from hardware.lowering.placement import HOST, MICROCODE, STOCK

HARDNESS = {STOCK: 0, MICROCODE: 1, HOST: 2}
"""What a node needs, from least to most."""
_AT_THE_EDGE = ("SpikeInput", "SpikeOutput")


class NodePlace(NamedTuple):
    """Where a node runs (0 stock, 1 microcode, 2 host), and what decides that."""

    hardness: int
    why: str


def node_places(rows: Iterable[LoweringRow]) -> dict[str, NodePlace]:
    """Places by node name, from the lowering table; inputs and outputs have none."""
    return {row.node: _place(row) for row in rows if row.kind not in _AT_THE_EDGE}


def _place(row: LoweringRow) -> NodePlace:
    cells = prod(row.shape[1:])
    counted = [form for form in row.forms if form.neurons <= cells and form.steps <= row.shape[0]]
    hardness = min(HARDNESS[form.runs_on] for form in counted) if counted else 0
    if hardness > HARDNESS[row.runs_on]:
        stock = min(row.forms, key=lambda form: HARDNESS[form.runs_on])
        return NodePlace(
            hardness, f"graded spikes (stock as {stock.neurons // cells} binary LIFs a neuron)"
        )
    return NodePlace(HARDNESS[row.runs_on], row.why)
