"""Energy model from SANA-FE's fit of Loihi 1 on silicon, applied to graded events.

Source: Boyle et al., SANA-FE. Only its published numbers are used, none of its code.
"""

from hardware.energy.model import EnergyModel, Term
from hardware.energy.real_values import macs_as_synops
from spiketrack import constants as c


def sanafe_model() -> EnergyModel:
    """Makes the price list with convolutional synapses; dense synapses give its high end."""
    return EnergyModel(
        name="sanafe-graded",
        title="Loihi 1 fitted on silicon, graded spikes",
        technology="14 nm (Loihi 1, SANA-FE fit on silicon)",
        precision="8-bit weights, graded spikes, 24-bit state",
        scope="chip dynamic",
        events=(
            "graded SynOps (one per event and non-zero weight inside the borders), graded messages"
        ),
        terms=(
            Term(
                label="synaptic operation, convolutional",
                counter="synops.graded",
                group="synapse",
                cost=c.SANAFE_SYNOP_CONV,
                high=c.SANAFE_SYNOP_DENSE,
            ),
            macs_as_synops(c.SANAFE_SYNOP_CONV),
            Term(
                label="neuron access",
                counter="neuron_updates",
                group="neuron",
                cost=c.SANAFE_NEURON_ACCESS,
            ),
            Term(
                label="neuron update",
                counter="neuron_updates",
                group="neuron",
                cost=c.SANAFE_NEURON_UPDATE,
            ),
            Term(
                label="spike out, pixels included",
                counter="memory.messages",
                group="messages",
                cost=c.SANAFE_SPIKE_OUT,
            ),
            Term(
                label="axon-out message", counter="events", group="messages", cost=c.SANAFE_AXON_OUT
            ),
        ),
        omits=(
            f"hops between tiles: audit --mapping adds them ({c.SANAFE_HOP_EAST_WEST.value} pJ "
            f"east-west, {c.SANAFE_HOP_NORTH_SOUTH.value} pJ north-south each)",
            "synchronisation, host work and static power",
        ),
        uncertainty=(
            "Fitted on binary spikes of Loihi 1; graded spikes are assumed to cost the same. A "
            "spike is charged once per layer that reads it."
        ),
    )
