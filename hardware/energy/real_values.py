"""How chip models that have no price for a MAC on real values charge one."""

from hardware.energy.model import Term
from spiketrack.constants import Constant


def macs_as_synops(synop: Constant) -> Term:
    """Makes a term that charges a MAC on an RGB value, or in the gate, as one synaptic operation.

    Why a lower bound: a synapse of such a chip adds a weight, it multiplies nothing by 8 bits.
    """
    price = Constant(
        synop.value,
        synop.unit,
        f"assumed: a MAC on an RGB value costs one synaptic operation, a lower bound; "
        f"{synop.source}",
        "A",
    )
    return Term(
        label="MAC on real values as a synaptic operation",
        counter="true_macs",
        group="rgb",
        cost=price,
    )
