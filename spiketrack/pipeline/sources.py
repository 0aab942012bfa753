"""Opens what a command was given: a model file or a checkpoint, a video and its first box."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from simulation.tracking_engines import FloatGraphEngine, IntegerEngine, NetworkEngine
from spiketrack.errors import CheckpointError, StoreError
from spiketrack.graph.model import Model
from spiketrack.graph.store import load_model
from spiketrack.network import SpikeTrackNetwork, load_checkpoint
from spiketrack.pipeline.convert import folded_graphs
from spiketrack.provenance import collect, sha256_file
from spiketrack.tracking import Box, VideoSource, check_box, open_source, parse_box

MODEL_SUFFIX = ".stk"
TrackingEngine = NetworkEngine | FloatGraphEngine | IntegerEngine


def open_target(video: str, box: str) -> tuple[VideoSource, Box]:
    """A video source and its first box, checked against the frame.

    Raises:
        VideoError: the source cannot be read or is empty.
        BoxError: the box is malformed, empty or outside the frame.
    """
    parsed = parse_box(box)
    source = open_source(video)
    check_box(parsed, source.width, source.height)
    return source, parsed


def load_tracking_engine(
    path: Path, *, is_float: bool, backend: str = "fast", variant: str | None = None, counting: bool = False
) -> tuple[TrackingEngine, Model | SpikeTrackNetwork]:
    """The engine for a file, and what was in the file.

    Args:
        path: a converted model, or a checkpoint if `is_float`.
        is_float: run the float network from a checkpoint.
        backend: "fast" or "reference" for a converted model.
        variant: name of the checkpoint's variant; inferred if None.
        counting: the float engine shall show its spikes (the graph, not the PyTorch network, computes).

    Raises:
        CheckpointError: not a readable checkpoint, or a converted model given with `is_float`.
        StoreError: not a readable model.
    """
    if is_float:
        if path.suffix == MODEL_SUFFIX:
            raise CheckpointError(f"'{path.name}'", "a checkpoint for the float network", "a converted model")
        network = load_checkpoint(path, variant)
        if counting:
            return FloatGraphEngine(folded_graphs(network), network.variant), network
        return NetworkEngine(network), network
    if backend not in ("fast", "reference"):
        raise StoreError(f"backend '{backend}'", "fast or reference")
    model = load_model(path)
    return IntegerEngine(model, "fast" if backend == "fast" else "reference"), model


def describe_target(
    loaded: Model | SpikeTrackNetwork, path: Path, source: VideoSource, seed: int | None = None
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Facts about the model, and the provenance of a result, for the report.

    Args:
        loaded: what `load_tracking_engine` found in the file.
        path: the file.
        source: the video.
        seed: of random weights, where known.
    """
    if isinstance(loaded, Model):
        facts = {**loaded.variant, "variant": loaded.variant["name"]}
        return facts, collect(seed=seed, model=sha256_file(path), video=source.sha256)
    facts = {**asdict(loaded.variant), "variant": loaded.variant.name, "grid": loaded.variant.grid}
    return facts, collect(seed=seed, checkpoint=sha256_file(path), video=source.sha256)
