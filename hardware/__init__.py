"""Where a network runs on a chip and what it costs there: Lava, stock processes, cores, energy.

    from hardware import MapOptions, load_target, map_graph, run_lava

    run = run_lava(graph, {"image": frames}, detail="node")  # bit for bit what the reference gives
    layout = map_graph(graph, load_target("loihi2"), MapOptions(seed=0))

- `LavaEngine` and `run_lava` run an integer graph as Lava processes; `detail` says how many nodes
  one process runs. `lava_available` says whether they can.
- `lowering_table` says for every node whether it runs on stock processes, with microcode or on the
  host; `plan_stock` chooses stock processes wherever they are exact.
- `map_graph` places a graph on the cores of a board that `load_target` describes; `record_of` makes
  plain data of that, which `to_text` writes and `read_mapping` reads.
- `audit` prices the counts of a profile with every energy model.

Why late imports: one room must not wait for what only another needs.
"""

from typing import TYPE_CHECKING

from spiketrack.late_names import late_names

if TYPE_CHECKING:
    from hardware.energy.auditing import audit
    from hardware.energy.models import energy_models
    from hardware.lava.backend import LavaEngine, LavaRun, lava_available, run_lava
    from hardware.mapping.mapper import Layout, MapOptions, map_graph
    from hardware.mapping.record import MappingRecord, record_of
    from hardware.mapping.store import read_mapping, to_text
    from hardware.stock.plan import StockPlan
    from hardware.stock.plan_stock import plan_stock
    from hardware.stock.populations import thermometer_populations
    from hardware.stock.table import LoweringRow, lowering_table
    from hardware.target import Target, load_target
else:
    __getattr__ = late_names(
        __name__,
        {
            "LavaEngine": "hardware.lava.backend",
            "LavaRun": "hardware.lava.backend",
            "Layout": "hardware.mapping.mapper",
            "LoweringRow": "hardware.stock.table",
            "MapOptions": "hardware.mapping.mapper",
            "MappingRecord": "hardware.mapping.record",
            "StockPlan": "hardware.stock.plan",
            "Target": "hardware.target",
            "audit": "hardware.energy.auditing",
            "energy_models": "hardware.energy.models",
            "lava_available": "hardware.lava.backend",
            "load_target": "hardware.target",
            "lowering_table": "hardware.stock.table",
            "map_graph": "hardware.mapping.mapper",
            "plan_stock": "hardware.stock.plan_stock",
            "read_mapping": "hardware.mapping.store",
            "record_of": "hardware.mapping.record",
            "run_lava": "hardware.lava.backend",
            "thermometer_populations": "hardware.stock.populations",
            "to_text": "hardware.mapping.store",
        },
    )

__all__ = [
    "LavaEngine",
    "LavaRun",
    "Layout",
    "LoweringRow",
    "MapOptions",
    "MappingRecord",
    "StockPlan",
    "Target",
    "audit",
    "energy_models",
    "lava_available",
    "load_target",
    "lowering_table",
    "map_graph",
    "plan_stock",
    "read_mapping",
    "record_of",
    "run_lava",
    "thermometer_populations",
    "to_text",
]
