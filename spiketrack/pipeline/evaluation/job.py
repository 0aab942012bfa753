"""One model on one sequence: boxes, counts and energies, as text that is the same wherever it ran.

Everything that may differ from run to run (the times) is kept apart from the record.
"""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch

from hardware.energy import apply, energy_models
from spiketrack.errors import SpiketrackError
from spiketrack.evaluation import Sequence, images_of
from spiketrack.files.suffixes import CHECKPOINT_SUFFIXES, suffix_of
from spiketrack.graph.model import Model
from spiketrack.network import SpikeTrackNetwork
from spiketrack.pipeline.counting import Counting
from spiketrack.pipeline.requests import EngineChoice
from spiketrack.pipeline.sources import open_countable
from spiketrack.provenance import RANDOM_KEY, sha256_bytes, sha256_file
from spiketrack.tracking import Box, Tracker, UpdatePolicy
from spiketrack.tracking.engine import Image
from spiketrack.version import VERSION

FORMAT = "spiketrack-evaluation-sequence"
FORMAT_VERSION = 1
PICTURES_EVERY = 10
"""So many frames lie between two of which the picture itself is measured."""


@dataclass(frozen=True)
class Settings:
    """How every sequence of an evaluation is tracked.

    Attributes:
        policy: when a tracker with several templates takes in a new one.
        backend: what runs a converted model; a checkpoint always runs as floats.
        threads: of OpenCV, PyTorch and compiled code in one process. More may change the last bits
            of a float network's sums, and with them its spikes.
        frames: frames to track after the first; None is to the end.
    """

    policy: UpdatePolicy
    backend: str
    threads: int = 1
    frames: int | None = None


@dataclass(frozen=True)
class Job:
    """One model on one sequence.

    Attributes:
        model: a converted model, or a checkpoint.
        model_sha256: of the file.
        sequence: what to track in.
        settings: how.
        key: hash of all of them; a result with this key need not be made again.
    """

    model: Path
    model_sha256: str
    sequence: Sequence = field(repr=False)
    settings: Settings
    key: str


@dataclass(frozen=True)
class Outcome:
    """What became of a job.

    Attributes:
        name: of the sequence.
        record: the text of its file; "" if it failed.
        seconds: wall time of every frame, the first included.
        error: what was wrong with the sequence, "" if nothing.
    """

    name: str
    record: str
    seconds: tuple[float, ...] = ()
    error: str = ""


def make_job(model: Path, model_sha256: str, sequence: Sequence, settings: Settings) -> Job:
    """A job with its key."""
    made_from = {
        "version": VERSION,
        "model": model_sha256,
        "sequence": sequence.sha256(),
        "interval": settings.policy.interval,
        "threshold": settings.policy.threshold,
        "backend": "float" if is_float(model) else settings.backend,
        "threads": settings.threads,
        "frames": settings.frames,
    }
    key = sha256_bytes(json.dumps(made_from, sort_keys=True).encode())
    return Job(model, model_sha256, sequence, settings, key)


def is_float(model: Path) -> bool:
    """Whether a file is a checkpoint, which runs as floats."""
    return suffix_of(str(model)) in CHECKPOINT_SUFFIXES


def run_job(job: Job) -> Outcome:
    """Tracks and counts; what is wrong with the sequence is part of the outcome.

    Raises:
        The errors of `open_countable`: no sequence can be tracked with this model.
        LavaError: a Lava process failed or died.
    """
    choice = EngineChoice(backend=job.settings.backend, is_float=is_float(job.model))
    if sha256_file(job.model) != job.model_sha256:
        return Outcome(job.sequence.name, "", error=f"model '{job.model}': it has changed")
    with _threads(job.settings.threads), open_countable(job.model, choice) as opened:
        run = _Run(job, Counting(opened.engine), _max_spike(opened.loaded))
        mark = opened.random_weights
        try:
            run.over(Tracker(opened.engine, job.settings.policy, on_phase=run.counting.enter))
        except (SpiketrackError, OSError) as error:
            return Outcome(job.sequence.name, "", error=str(error))
        record = run.record() | ({} if mark is None else {RANDOM_KEY: mark})
        text = json.dumps(record, separators=(",", ":"), allow_nan=False) + "\n"
        return Outcome(job.sequence.name, text, tuple(run.seconds))


@contextmanager
def _threads(count: int) -> Iterator[None]:
    before = cv2.getNumThreads(), torch.get_num_threads()
    cv2.setNumThreads(count)
    torch.set_num_threads(count)
    try:
        yield
    finally:
        cv2.setNumThreads(before[0])
        torch.set_num_threads(before[1])


def _max_spike(loaded: Model | SpikeTrackNetwork) -> int:
    if isinstance(loaded, Model):
        return int(loaded.variant["max_spike"])
    return loaded.variant.max_spike


class _Run:
    """One pass over a sequence."""

    def __init__(self, job: Job, counting: Counting, max_spike: int) -> None:
        self.counting = counting
        self.seconds: list[float] = []
        self._job = job
        self._max_spike = max_spike
        self._boxes: list[list[float]] = []
        self._confidences: list[float] = []
        self._n_updates = 0
        self._size = (0, 0)
        self._pictures: list[tuple[float, float, float]] = []

    def over(self, tracker: Tracker) -> None:
        """Tracks every frame."""
        frames = self._job.settings.frames
        stop = None if frames is None else frames + 1
        first = Box(*(float(value) for value in self._job.sequence.truth[0]))
        for number, image in enumerate(islice(images_of(self._job.sequence), stop)):
            begin = time.perf_counter()
            if number:
                result = tracker.track(image)
                self._boxes.append([float(value) for value in result.box])
                self._confidences.append(float(result.confidence))
                self._n_updates += result.template_updated
            else:
                tracker.initialise(image, first)
                self._boxes.append(list(first))
                self._size = (image.shape[1], image.shape[0])
            self.seconds.append(time.perf_counter() - begin)
            if number % PICTURES_EVERY == 0:
                self._pictures.append(_picture(image))

    def record(self) -> dict[str, Any]:
        """The contents of the sequence's file."""
        counts = self.counting.counts()
        models = energy_models(self._max_spike, as_if_int8=is_float(self._job.model))
        return {
            "format": FORMAT,
            "version": FORMAT_VERSION,
            "key": self._job.key,
            "sequence": self._job.sequence.name,
            "engine": self.counting.engine.name,
            "size": list(self._size),
            "boxes": self._boxes,
            "confidences": self._confidences,
            "template_updates": self._n_updates,
            "phases": {
                name: {"frames": phase.frames, "totals": phase.totals()}
                for name, phase in counts.phases.items()
            },
            "energy_pj": {
                name: {model.name: apply(model, phase.counters).total_pj for model in models}
                for name, phase in counts.phases.items()
            },
            "picture": _means(self._pictures),
        }


def _picture(image: Image) -> tuple[float, float, float]:
    """Brightness, contrast and detail of a frame: mean, deviation, mean step between pixels."""
    grey = image.mean(axis=2)
    steps = np.abs(np.diff(grey, axis=0)).mean() + np.abs(np.diff(grey, axis=1)).mean()
    return float(grey.mean()), float(grey.std()), float(steps / 2)


def _means(rows: list[tuple[float, float, float]]) -> Mapping[str, float]:
    names = ("brightness", "contrast", "detail")
    return dict(zip(names, np.mean(rows, axis=0).tolist(), strict=True))
