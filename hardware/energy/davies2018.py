"""Energy models from the Loihi 1 table of Davies et al. 2018, in both forms of a spike.

    davies2018-unrolled   Loihi 1 as it is: binary spikes, D sub-steps, s SynOps, D neuron updates
    davies2018-graded     Loihi 1 prices on a chip with graded spikes: one SynOp, one update

Why both: no per-operation energy of Loihi 2 is public. The graded model assumes that a graded SynOp
costs what a binary one cost on Loihi 1. How far that is off the chips that were measured is in
`hardware.energy.records`.
"""

from hardware.energy.model import EnergyModel, Term
from hardware.energy.real_values import macs_as_synops
from spiketrack import constants as c
from spiketrack.counts.counters import Counter

_NODE = "14 nm, 0.75 V (Loihi 1, pre-silicon)"
_OMITS = (
    f"hops between tiles: audit --mapping adds them ({c.LOIHI1_HOP_EAST_WEST.value} pJ "
    f"east-west, {c.LOIHI1_HOP_NORTH_SOUTH.value} pJ north-south each)",
    "barrier synchronisation",
    "pooling, upsampling and residual arithmetic outside synapses",
    "host work",
    f"static power ({c.LOIHI1_STATIC.value:g} {c.LOIHI1_STATIC.unit} per chip, shown apart)",
)


def davies_models(max_spike: int) -> tuple[EnergyModel, ...]:
    """Makes the price lists of both forms.

    Args:
        max_spike: D, the number of binary sub-steps of one unrolled step.
    """
    unrolled = EnergyModel(
        name="davies2018-unrolled",
        title="Loihi 1 prices, unrolled spikes",
        technology=_NODE,
        precision="up to 9-bit weights, binary spikes, 24-bit state",
        scope="chip dynamic",
        events=(
            "unary SynOps (s per non-zero weight inside the borders), unary spikes, D neuron "
            "updates a step"
        ),
        terms=_terms("synops.unary", "unary_spikes", max_spike),
        omits=_OMITS,
        uncertainty=(
            "Pre-silicon numbers, the SynOp being the minimum. A model of this size does not fit "
            f"one Loihi 1 chip. Low end: every neuron update inactive "
            f"({c.LOIHI1_NEURON_INACTIVE.value:g} pJ)."
        ),
        static_power=c.LOIHI1_STATIC,
    )
    graded = EnergyModel(
        name="davies2018-graded",
        title="Loihi 1 prices, graded spikes",
        technology=_NODE,
        precision="8-bit weights, graded spikes, 24-bit state",
        scope="chip dynamic",
        events=(
            "graded SynOps (one per event and non-zero weight inside the borders), graded messages"
        ),
        terms=_terms("synops.graded", "events", 1),
        omits=_OMITS,
        uncertainty=(
            "Loihi 1 constants on a Loihi 2 kind of operation. A table of its own scores them on "
            "every public measurement whose counts are known."
        ),
        static_power=c.LOIHI1_STATIC,
    )
    return (unrolled, graded)


def _terms(synops: Counter, messages: Counter, updates: int) -> tuple[Term, ...]:
    label = (
        "neuron update, active" if updates == 1 else f"neuron update, active, {updates} sub-steps"
    )
    return (
        Term(label="synaptic operation", counter=synops, group="synapse", cost=c.LOIHI1_SYNOP),
        macs_as_synops(c.LOIHI1_SYNOP),
        Term(
            label=label,
            counter="neuron_updates",
            group="neuron",
            cost=c.LOIHI1_NEURON_ACTIVE,
            times=updates,
            low=c.LOIHI1_NEURON_INACTIVE,
        ),
        Term(
            label="spike within a tile",
            counter=messages,
            group="messages",
            cost=c.LOIHI1_SPIKE_IN_TILE,
        ),
    )
