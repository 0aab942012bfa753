"""What conversion cost on real frames: per layer, at run time against the proof, in boxes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np

from calibration.certificate import certify, summarise
from calibration.compare import (
    NodeError,
    compare_forced,
    silence_alarms,
    silenced_layers,
    summarise_errors,
)
from calibration.quantise import QuantisedGraph
from simulation.fast.engine import FastEngine
from simulation.floats.engine import run_float
from simulation.tracking_engines import FloatGraphEngine, IntegerEngine
from spiketrack.graph.float_nodes import FloatNode
from spiketrack.graph.graph import Graph
from spiketrack.graph.model import Model
from spiketrack.network import Variant
from spiketrack.tracking import Box, VideoSource, iou, normalise, track_video
from spiketrack.tracking.crop import crop_around

Array = np.ndarray[Any, Any]
SEARCH_FACTOR = 4.0


@dataclass(frozen=True)
class Calibration:
    """Frames to measure on.

    Attributes:
        source: the video.
        box: target in its first frame.
        frames: frames after the first.
    """

    source: VideoSource
    box: Box
    frames: int


@dataclass(frozen=True)
class Compared:
    """A network in both forms, and the frames on which they are compared.

    Attributes:
        variant: sizes of the network.
        graphs: both float graphs on normalised images.
        quantised: both integer graphs.
        calibration: frames to measure on.
    """

    variant: Variant
    graphs: Mapping[str, Graph[FloatNode]]
    quantised: Mapping[str, QuantisedGraph]
    calibration: Calibration


def rounding_report(compared: Compared, progress: Callable[[str], None]) -> dict[str, Any]:
    """Four JSON values, of which the last is about layers that rounding has silenced.

    They are "forced" layer errors, "peaks" beside the certificate, "end_to_end" boxes and "alarms".

    Args:
        compared: both forms of the network, and the frames.
        progress: is called with a line before each long step.

    Raises:
        VideoError: the video has no second frame.
    """
    variant, calibration = compared.variant, compared.calibration
    patches = [
        crop_around(frame, calibration.box, SEARCH_FACTOR, variant.crop_size)[0]
        for frame in islice(calibration.source, calibration.frames + 1)
    ]
    templates = np.stack([patches[0]] * variant.n_templates)
    memories = _float_memories(compared.graphs["template"], templates, variant.max_spike)
    runs = {"template": {"image": _raw(templates)}}
    for i, patch in enumerate(patches[1:], start=1):
        runs[f"search.{i}"] = {"image": _raw(patch[None]), **memories}
    forced, peaks = {}, {}
    rows_of: dict[str, list[list[NodeError]]] = {}
    for name, inputs in runs.items():
        progress(f"Comparing {name} with the float network, layer by layer")
        graph = name.partition(".")[0]
        branch = compared.quantised[graph]
        rows = compare_forced(branch, inputs)
        rows_of.setdefault(graph, []).append(rows)
        forced[name] = summarise_errors(rows)
        run = FastEngine(branch.graph).run(inputs, keep_all=True)
        peaks[name] = summarise(certify(branch.graph, run))
    progress("Tracking with the float and with the integer network")
    boxes = _boxes(compared)
    alarms = [
        alarm
        for graph, every in rows_of.items()
        for alarm in silence_alarms(graph, silenced_layers(every))
    ]
    return {"forced": forced, "peaks": peaks, "end_to_end": boxes, "alarms": alarms}


def _float_memories(graph: Graph[FloatNode], templates: Array, max_spike: int) -> dict[str, Array]:
    """The float network's memories as integers: one step is worth 1/D**2."""
    z = np.stack([normalise(patch) for patch in templates])[:, None]
    real = run_float(graph, {"image": z}, keep=False).outputs
    return {name: np.rint(value * max_spike**2).astype(np.int64) for name, value in real.items()}


def _boxes(compared: Compared) -> dict[str, Any]:
    """Overlap of float and integer boxes, each tracker following its own box."""
    variant, calibration = compared.variant, compared.calibration
    facts = {
        "crop_size": variant.crop_size,
        "grid": variant.grid,
        "n_templates": variant.n_templates,
    }
    model = Model({name: branch.graph for name, branch in compared.quantised.items()}, facts)
    tracks = []
    missing: list[str] = []
    for engine in (FloatGraphEngine(compared.graphs, variant), IntegerEngine(model)):
        results = track_video(
            calibration.source, calibration.box, engine, calibration.frames, on_short=missing.append
        )
        tracks.append([result.box for result in results])
    overlaps = [iou(a, b) for a, b in zip(*tracks, strict=True)]
    return {
        "frames": len(overlaps),
        "mean_iou": float(np.mean(overlaps)),
        "iou": overlaps,
        "notes": [*calibration.source.notes, *missing[:1]],
    }


def _raw(patches: Array) -> Array:
    """uint8 (T, H, W, 3) -> (T, 1, 3, H, W)."""
    return patches.transpose(0, 3, 1, 2)[:, None]
