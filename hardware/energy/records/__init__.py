"""Silicon records: what somebody measured on a chip, and what ran there, as data.

One TOML file a record. What was measured has a source and a mark for each figure. Counts are ours
where the network is public (`spiketrack records --recount`), or the authors', or bounds.
"""

from hardware.energy.records.energy_scores import (
    EnergyScore,
    ErrorBar,
    energy_scores,
    error_bars,
    scored_constants,
)
from hardware.energy.records.read_records import load_records, record_of_name
from hardware.energy.records.silicon_record import (
    KINDS,
    Activity,
    Boundary,
    RecordLayer,
    SiliconRecord,
)
from hardware.energy.records.step_times import StepScore, step_scores, step_time_us

__all__ = [
    "KINDS",
    "Activity",
    "Boundary",
    "EnergyScore",
    "ErrorBar",
    "RecordLayer",
    "SiliconRecord",
    "StepScore",
    "energy_scores",
    "error_bars",
    "load_records",
    "record_of_name",
    "scored_constants",
    "step_scores",
    "step_time_us",
]
