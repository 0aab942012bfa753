"""What runs on stock processes, and lowering: a spike node expressed in stock processes, exactly.

"Stock" are the processes that Lava ships and the chip is known to run (LIF, Dense, Conv, ...).
- `runs_on` is the one answer to: stock processes, microcode or the host? `lowering_table` gives it
  for every node of a graph, `not_stock` the reasons against stock processes.
- `thermometer_populations` and `thermometer_channels` lower NI-LIF layers to binary LIFs; `segment`
  cuts a chain out of a graph and `synaptic_delays` states the step that stock synapses take.
- `plan_stock` chooses stock processes wherever they are exact; `hardware.lava` runs its plans.
"""

from hardware.stock.answer import HOST, MICROCODE, STOCK, Answer, RunsOn, runs_on
from hardware.stock.channels import Thermometer, thermometer_channels
from hardware.stock.delays import synaptic_delays
from hardware.stock.eligible import lowerable
from hardware.stock.not_stock import NotStock, not_stock
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
    "Answer",
    "HOST",
    "MICROCODE",
    "NotStock",
    "RunsOn",
    "STOCK",
    "not_stock",
    "runs_on",
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
