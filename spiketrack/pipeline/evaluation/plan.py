"""What an evaluation will cost, from a few frames tracked before it starts."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from spiketrack.errors import DatasetError
from spiketrack.evaluation import Dataset
from spiketrack.pipeline.evaluation.job import Settings, make_job, run_job
from spiketrack.pipeline.tracker.watch import peak_memory_mib
from spiketrack.provenance import sha256_file

CALIBRATION_FRAMES = 12
_WARM_UP = 2


@dataclass(frozen=True)
class Sample:
    """What one model cost on a few frames.

    Attributes:
        seconds_per_frame: median of the frames after the first ones.
        seconds_to_start: everything before them: reading the model, compiling, the first template.
        bytes_per_frame: of a result.
    """

    seconds_per_frame: float
    seconds_to_start: float
    bytes_per_frame: float


@dataclass(frozen=True)
class Plan:
    """What a whole evaluation would cost.

    Attributes:
        sequences: of all models together.
        frames: likewise.
        workers: processes.
        seconds: wall time if the workers do not wait for each other or for a core.
        memory_bytes: of all workers together: the peak of this process times their number.
        disk_bytes: of results and times.
    """

    sequences: int
    frames: int
    workers: int
    seconds: float
    memory_bytes: int
    disk_bytes: int

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)


def calibrate(model: Path, dataset: Dataset, settings: Settings) -> Sample:
    """Tracks a few frames of the first sequence that can be read.

    Raises:
        DatasetError: no sequence can be tracked.
        The errors of `run_job`.
    """
    few = replace(settings, frames=CALIBRATION_FRAMES)
    reasons = []
    for sequence in dataset.sequences:
        outcome = run_job(make_job(model, sha256_file(model), sequence, few))
        if outcome.error:
            reasons.append(outcome.error)
            continue
        steady = outcome.seconds[_WARM_UP:] or outcome.seconds
        usual = float(np.median(steady))
        return Sample(
            seconds_per_frame=usual,
            seconds_to_start=max(0.0, sum(outcome.seconds) - usual * len(outcome.seconds)),
            bytes_per_frame=len(outcome.record) / len(outcome.seconds),
        )
    found = reasons[0] if reasons else "none"
    raise DatasetError("calibration", "a sequence that can be tracked", found)


def plan(samples: Sequence[Sample], counts: Sequence[int], workers: int) -> Plan:
    """Prices an evaluation.

    Args:
        samples: of every model.
        counts: frames of every sequence.
        workers: processes. The longest sequence of a model is not divided among them.
    """
    each = [
        sample.seconds_to_start + sample.seconds_per_frame * count
        for sample in samples
        for count in counts
    ]
    frames = sum(counts) * len(samples)
    return Plan(
        sequences=len(each),
        frames=frames,
        workers=workers,
        seconds=max(max(each, default=0.0), sum(each) / workers),
        memory_bytes=round(peak_memory_mib() * 2**20) * workers,
        disk_bytes=round(sum(sample.bytes_per_frame * sum(counts) for sample in samples)),
    )
