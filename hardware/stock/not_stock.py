"""Why a node of an integer graph is not stock, for the form in which the mapper counts it.

The lowering table offers forms of a layer. On a chip with graded spikes the mapper counts one
compartment per neuron; a layer that is stock only as several binary neurons then needs microcode.
On a chip with binary spikes it counts those several neurons.
"""

from collections.abc import Iterable
from math import prod
from typing import NamedTuple

from hardware.stock.answer import STOCK
from hardware.stock.table import LoweringRow

_AT_THE_EDGE = ("SpikeInput", "SpikeOutput")


class NotStock(NamedTuple):
    """What keeps a node from stock neurons, "" if nothing does: with graded spikes, with binary."""

    graded: str
    binary: str


def not_stock(rows: Iterable[LoweringRow]) -> dict[str, NotStock]:
    """Reasons by node name, from the lowering table; inputs and outputs are the host's."""
    return {row.node: _reasons(row) for row in rows if row.kind not in _AT_THE_EDGE}


def _reasons(row: LoweringRow) -> NotStock:
    if row.runs_on != STOCK:
        return NotStock(row.why, row.why)
    cells = prod(row.shape[1:])
    stock = next(form for form in row.forms if form.runs_on == STOCK)
    if stock.neurons <= cells:
        return NotStock("", "")
    return NotStock(f"graded spikes (stock as {stock.neurons // cells} binary LIFs a neuron)", "")
