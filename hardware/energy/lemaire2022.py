"""Energy model after Lemaire et al. 2022: int32 arithmetic plus memory priced by size.

Source: arXiv:2210.13107. Addressing operations of that model are not priced, since they are not
counted.
"""

from hardware.energy.memory_traffic import memory_terms
from hardware.energy.model import EnergyModel, Term
from spiketrack import constants as c


def lemaire_model() -> EnergyModel:
    """Makes the price list for buffers of 32 KB; 8 KB and 1 MB give its range."""
    return EnergyModel(
        name="lemaire2022",
        title="Lemaire 2022, with memory",
        technology="45 nm",
        precision="int32 arithmetic",
        scope="with memory",
        events=(
            "unary SynOps (s additions per non-zero weight inside the borders) and bytes as counted"
        ),
        terms=(
            Term(
                label="synaptic addition",
                counter="synops.unary",
                group="synapse",
                cost=c.LEMAIRE_ADD,
            ),
            Term(
                label="multiplication of real values (RGB, gate)",
                counter="true_macs",
                group="rgb",
                cost=c.LEMAIRE_MULTIPLY,
            ),
            Term(
                label="membrane addition",
                counter="membrane_adds",
                group="arithmetic",
                cost=c.LEMAIRE_ADD,
            ),
            Term(
                label="rescale multiplication",
                counter="rescale_multiplies",
                group="arithmetic",
                cost=c.LEMAIRE_MULTIPLY,
            ),
            *memory_terms(c.LEMAIRE_32KB, low=c.LEMAIRE_8KB, high=c.LEMAIRE_1MB),
        ),
        omits=("addressing operations", "the neurons' comparisons", "host work", "static power"),
        uncertainty=(
            "Buffer size is assumed (32 KB; range 8 KB to 1 MB). Every weight read is charged, "
            "with no reuse between neighbouring events."
        ),
    )
