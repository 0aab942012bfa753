"""Silicon records: what somebody measured on a chip, and what ran there, as data.

One TOML file a record. What was measured has a source and a mark for each figure; the counts are
ours, recomputed by `python -m tests.evidence.records`.
"""

from hardware.energy.records.silicon_record import RecordLayer, SiliconRecord, load_records
from hardware.energy.records.step_times import StepScore, step_scores, step_time_us

__all__ = [
    "RecordLayer",
    "SiliconRecord",
    "StepScore",
    "load_records",
    "step_scores",
    "step_time_us",
]
