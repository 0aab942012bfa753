"""Lowering to stock neurons: graded NI-LIF spikes become binary LIF populations, exactly."""

from hardware.lowering.channels import Thermometer, thermometer_channels
from hardware.lowering.delays import synaptic_delays
from hardware.lowering.eligible import lowerable
from hardware.lowering.populations import thermometer_populations
from hardware.lowering.segment import segment
from hardware.lowering.table import (
    LoweringForm,
    LoweringRow,
    count_by_place,
    lowering_table,
    table_as_json,
)

__all__ = [
    "LoweringForm",
    "LoweringRow",
    "Thermometer",
    "count_by_place",
    "lowerable",
    "lowering_table",
    "segment",
    "synaptic_delays",
    "table_as_json",
    "thermometer_channels",
    "thermometer_populations",
]
