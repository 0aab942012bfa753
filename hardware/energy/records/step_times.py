"""Compares a time table with measured steps: predicted over measured time, record by record.

The prediction is that of `hardware.mapping.timing`, with the cores that the chip's own compiler
gave to each layer instead of ours:

    step = barrier + max over layers of
           (SynOps / cores x synop_ns + neurons / cores x neuron_update_ns)

SynOps are the mean over the steps of a record, and a layer's load is split evenly over its cores,
since no finer load is public: a real step waits for the busiest core of the busiest moment, so a
table whose times are right predicts somewhat less than was measured.
"""

from dataclasses import dataclass

from hardware.energy.records.read_records import load_records
from hardware.energy.records.silicon_record import SiliconRecord
from hardware.time_table import TimeTable


@dataclass(frozen=True, slots=True, kw_only=True)
class StepScore:
    """One time table on one record; a ratio of 1 would be right."""

    table: str
    record: str
    record_title: str
    predicted_us: float
    measured_us: float

    @property
    def ratio(self) -> float:
        """Predicted over measured."""
        return self.predicted_us / self.measured_us


def step_time_us(record: SiliconRecord, table: TimeTable) -> float:
    """Predicts the time of a mean step of a record, in microseconds."""
    busiest_ns = max(
        layer.synops / record.steps / layer.cores * table.synop_ns
        + layer.neurons / layer.cores * table.neuron_update_ns
        for layer in record.layers
    )
    return (busiest_ns + table.overhead_ns(record.chips)) / 1000


def step_scores(table: TimeTable) -> tuple[StepScore, ...]:
    """Compares a table with every record whose layers and step are known."""
    return tuple(
        StepScore(
            table=table.name,
            record=record.name,
            record_title=record.title,
            predicted_us=step_time_us(record, table),
            measured_us=record.measured["step_us"].value,
        )
        for record in load_records()
        if record.layers and "step_us" in record.measured
    )
