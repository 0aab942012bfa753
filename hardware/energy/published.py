"""Published prices that no model here applies: reference points, and what models say they omit.

A price that a model begins to apply leaves this table, so that an audit shows it once.
"""

from spiketrack import constants as c
from spiketrack.constants import Constant

NOT_APPLIED: dict[str, Constant] = {
    "DRAM read, low": c.DRAM_READ_LOW,
    "DRAM read, high": c.DRAM_READ_HIGH,
    "Loihi 1, hop east or west": c.LOIHI1_HOP_EAST_WEST,
    "Loihi 1, hop north or south": c.LOIHI1_HOP_NORTH_SOUTH,
    "Loihi 1, barrier, lowest": c.LOIHI1_BARRIER_MIN,
    "Loihi 1, barrier, highest": c.LOIHI1_BARRIER_MAX,
    "SANA-FE, sparse synapse": c.SANAFE_SYNOP_SPARSE,
    "SANA-FE, hop east or west": c.SANAFE_HOP_EAST_WEST,
    "SANA-FE, hop north or south": c.SANAFE_HOP_NORTH_SOUTH,
    "SANA-FE, synchronisation, lowest": c.SANAFE_SYNC_MIN,
    "SANA-FE, synchronisation, highest": c.SANAFE_SYNC_MAX,
    "keras-spiking, Loihi synaptic operation": c.KERAS_LOIHI_SYNOP,
    "keras-spiking, Loihi neuron update": c.KERAS_LOIHI_NEURON,
    "keras-spiking, SpiNNaker synaptic operation": c.KERAS_SPINNAKER_SYNOP,
    "keras-spiking, SpiNNaker neuron update": c.KERAS_SPINNAKER_NEURON,
    "TrueNorth, synaptic event": c.TRUENORTH_EVENT,
    "network on chip, one bit over one hop": c.NOC_BIT_HOP,
}
"""Named as a report shows them; hops need a placement, barriers and static power a time."""
