"""Lowering to stock neurons: graded NI-LIF spikes become binary LIF populations, exactly."""

from hardware.stock.channels import Thermometer, thermometer_channels
from hardware.stock.delays import synaptic_delays
from hardware.stock.eligible import lowerable
from hardware.stock.populations import thermometer_populations
from hardware.stock.segment import segment
from hardware.stock.table import (
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
