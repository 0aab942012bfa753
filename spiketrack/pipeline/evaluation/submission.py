"""Result files in the form that a benchmark's server takes."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from spiketrack.files.atomic import write_text
from spiketrack.pipeline.evaluation.run import file_name

Form = Literal["got10k", "trackingnet"]


def write_submission(
    folder: Path, form: Form, records: Sequence[Mapping[str, Any]], times: Path
) -> Path:
    """Writes one file of boxes for every sequence.

    GOT-10k: `NAME/NAME_001.txt` and `NAME/NAME_time.txt`, seconds of every frame. TrackingNet:
    `NAME.txt`. A line is x,y,w,h in pixels; the first is the box that was given.

    Args:
        folder: where to write.
        form: of which server.
        records: results of the sequences.
        times: folder of the times.

    Raises:
        StoreError: a file cannot be written.
    """
    for record in records:
        name = file_name(record["sequence"])
        lines = "".join(",".join(f"{value:.4f}" for value in box) + "\n" for box in record["boxes"])
        if form == "trackingnet":
            write_text(folder / f"{name}.txt", lines)
            continue
        write_text(folder / name / f"{name}_001.txt", lines)
        seconds = _seconds(times / f"{name}.json")
        text = "".join(f"{value:.8f}\n" for value in seconds)
        write_text(folder / name / f"{name}_time.txt", text)
    return folder


def _seconds(path: Path) -> list[float]:
    """Times of the frames; none where the file was lost."""
    try:
        return [float(value) for value in json.loads(path.read_text("utf-8"))]
    except (OSError, ValueError, TypeError):
        return []
