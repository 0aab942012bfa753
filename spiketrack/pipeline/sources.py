"""Opens what a command was given: a model file or a checkpoint, a video and its first box."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from hardware.lava.backend import DEVICES, require_device
from hardware.lava.tracking import LavaTrackEngine
from simulation.bounds.ranges import value_ranges
from simulation.tracking_engines import FloatGraphEngine, IntegerEngine, NetworkEngine
from spiketrack.errors import BackendUnavailable, CheckpointError, StoreError
from spiketrack.files.suffixes import CHECKPOINT_SUFFIXES, FOREIGN_SUFFIXES, MODEL_SUFFIX
from spiketrack.graph.model import Model
from spiketrack.graph.store import load_model
from spiketrack.network import SpikeTrackNetwork, load_checkpoint
from spiketrack.pipeline.convert import folded_graphs
from spiketrack.pipeline.counting import Countable
from spiketrack.pipeline.identity import (
    Warn,
    model_hashes,
    network_hashes,
    require_weights_of,
    silent,
)
from spiketrack.pipeline.interrupt import uninterrupted
from spiketrack.pipeline.lava.lowering import Lowering, plan_stock_for, require_lowering
from spiketrack.pipeline.lava.track import CountedLavaEngine
from spiketrack.pipeline.network.open import refuse_generic
from spiketrack.pipeline.tracker.partial import read_partial
from spiketrack.provenance import collect, random_mark
from spiketrack.tracking import Box, Engine, VideoSource, check_box, open_source, parse_box

MAX_FACT = 1 << 14
"""Largest side of a crop or grid, in pixels or cells, and number of templates."""


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
    path: Path,
    *,
    is_float: bool,
    backend: str = "fast",
    variant: str | None = None,
    lowering: Lowering = "own",
) -> Engine:
    """The engine for a file.

    Args:
        path: a converted model, or a checkpoint if `is_float`.
        is_float: run the PyTorch network from a checkpoint.
        backend: "fast", "reference", "lava" or "loihi2" for a converted model. Lava's processes
            must be ended: `open_tracking_engine` does.
        variant: name of the checkpoint's variant; inferred if None.
        lowering: of "lava" and "loihi2": "stock" runs nodes on Lava's stock processes wherever they
            are exact.

    Raises:
        CheckpointError: not a readable checkpoint, or a converted model given with `is_float`.
        StoreError: not a readable model.
        BackendUnavailable: no such backend, or one that has no stock processes.
        HeadroomError: a worst case that no engine can compute exactly.
        LavaError: a process could not be started.
    """
    require_lowering(lowering, "float" if is_float else backend)
    if is_float:
        return NetworkEngine(_load_float(path, variant))
    if backend in DEVICES:
        device = DEVICES[backend]
        # Why first: that it is absent is known at once, and a model takes time to read.
        require_device(device)
        model = _load_exact_tracker(path)
        plans = None
        if lowering == "stock":
            plans = {name: plan_stock_for(graph) for name, graph in model.graphs.items()}
        return uninterrupted(lambda: LavaTrackEngine(model, device=device, plans=plans))
    return _load_integer(path, backend)[0]


@contextmanager
def open_tracking_engine(
    path: Path,
    *,
    is_float: bool,
    backend: str = "fast",
    variant: str | None = None,
    lowering: Lowering = "own",
) -> Iterator[Engine]:
    """As `load_tracking_engine`; however the block is left, no process stays behind."""
    engine = load_tracking_engine(
        path, is_float=is_float, backend=backend, variant=variant, lowering=lowering
    )
    try:
        yield engine
    finally:
        if isinstance(engine, LavaTrackEngine):
            engine.close()


def random_weights_of(engine: Engine) -> dict[str, Any] | None:
    """{"seed": n} if the weights of an engine from `open_tracking_engine` are random, else None."""
    if isinstance(engine, NetworkEngine):
        return engine.network.random_weights()
    if isinstance(engine, IntegerEngine):
        return random_mark(engine.model.provenance)
    return random_mark(engine.provenance) if isinstance(engine, LavaTrackEngine) else None


def describe_target(
    loaded: Model | SpikeTrackNetwork,
    path: Path,
    source: VideoSource,
    *,
    seed: int | None = None,
    command: Sequence[str] = (),
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Facts about the model, and the provenance of a result, for the report.

    Args:
        loaded: what `load_tracking_engine` found in the file.
        path: the file.
        source: the video.
        seed: of random weights, where known.
        command: the command line that asked for the result.
    """
    hashes = {} if source.sha256 is None else {"video": source.sha256}
    if isinstance(loaded, Model):
        hashes |= model_hashes(loaded, path)
        facts = {**loaded.variant, "variant": loaded.variant["name"]}
        mark = random_mark(loaded.provenance)
    else:
        hashes |= network_hashes(loaded, path)
        mark = loaded.random_weights()
        facts = {**asdict(loaded.variant), "variant": loaded.variant.name}
        facts["grid"] = loaded.variant.grid
    return facts, collect(seed=seed, command=command, random_weights=mark, **hashes)


def load_network_beside(
    path: Path, loaded: Model | SpikeTrackNetwork, loaded_path: Path, warn: Warn = silent
) -> NetworkEngine:
    """The PyTorch network of a checkpoint, to be timed beside a model that was made from it.

    Raises:
        CheckpointError: not a readable checkpoint.
        PairError: the model was made from other weights.
    """
    network = load_checkpoint(path)
    require_weights_of(loaded, loaded_path, network, path, warn)
    return NetworkEngine(network)


def load_countable(
    path: Path,
    *,
    is_float: bool,
    backend: str,
    variant: str | None,
    frames: int | None = None,
    resumed: Path | None = None,
) -> tuple[Countable, Model | SpikeTrackNetwork]:
    """As `load_tracking_engine`, for an engine that shows its spikes to a counter.

    Args:
        path: a converted model, or a checkpoint if `is_float`.
        is_float: run the float graphs of a checkpoint.
        backend: as for `load_tracking_engine`; `open_countable` ends Lava's processes.
        variant: name of the checkpoint's variant; inferred if None.
        frames: how many will be tracked, if that is known; else nothing is measured on a chip,
            whose probes need a number of steps before it starts.
        resumed: the unfinished profile that the run goes on from.

    Raises:
        The errors of `load_tracking_engine`.
        ReportError: `resumed` cannot be read.
    """
    if is_float:
        network = _load_float(path, variant)
        return FloatGraphEngine(folded_graphs(network), network.variant), network
    if backend in DEVICES:
        require_device(DEVICES[backend])
        model = _load_exact_tracker(path)
        n_probed = steps_to_probe(frames, resumed) if backend == "loihi2" else 0
        return uninterrupted(lambda: CountedLavaEngine(model, backend, n_probed)), model
    return _load_integer(path, backend)


def steps_to_probe(frames: int | None, resumed: Path | None) -> int:
    """Searches that a profile of `frames` frames makes: one more if it warms up, none if unknown.

    A run that goes on does not warm up, and searches only the frames that are not yet counted.
    """
    if frames is None:
        return 0
    done = -1 if resumed is None else read_partial(resumed).state.frame_index
    return max(frames - done, 0)


@contextmanager
def open_countable(
    path: Path,
    *,
    is_float: bool,
    backend: str,
    variant: str | None,
    frames: int | None = None,
    resumed: Path | None = None,
) -> Iterator[tuple[Countable, Model | SpikeTrackNetwork]]:
    """As `load_countable`; however the block is left, no process stays behind."""
    engine, loaded = load_countable(
        path,
        is_float=is_float,
        backend=backend,
        variant=variant,
        frames=frames,
        resumed=resumed,
    )
    try:
        yield engine, loaded
    finally:
        if isinstance(engine, CountedLavaEngine):
            engine.close()


def _load_float(path: Path, variant: str | None) -> SpikeTrackNetwork:
    if path.suffix == MODEL_SUFFIX:
        needed, found = "a checkpoint for the float network", "a converted model"
        raise CheckpointError(f"'{path}'", needed, found, "Leave --float out to run it")
    return load_checkpoint(path, variant)


def _load_exact_tracker(path: Path) -> Model:
    """A tracker for an engine that does not compile by ranges, refused as those that do refuse."""
    model = _load_tracker(path)
    for graph in model.graphs.values():
        value_ranges(graph)
    return model


def _load_integer(path: Path, backend: str) -> tuple[IntegerEngine, Model]:
    if backend not in ("fast", "reference"):
        raise BackendUnavailable(f"backend '{backend}'", "fast, reference, lava or loihi2")
    model = _load_tracker(path)
    return IntegerEngine(model, "fast" if backend == "fast" else "reference"), model


def _load_tracker(path: Path) -> Model:
    if path.exists() and path.name.endswith(CHECKPOINT_SUFFIXES):
        advice = "Convert it first, or run the float network with --float"
        raise StoreError(f"'{path}'", "a converted model (.stk)", "a checkpoint's name", advice)
    if path.name.lower().endswith(FOREIGN_SUFFIXES):
        advice = f"Run it with: spiketrack simulate {path} --input spikes.npy -o out.npz"
        raise StoreError(f"'{path}'", "a converted tracker (.stk)", "another network", advice)
    model = load_model(path)
    refuse_generic(model, path)
    _require_tracker_facts(model, path)
    return model


def _require_tracker_facts(model: Model, path: Path) -> None:
    """Raises StoreError unless the numbers that a tracker is driven by are there and in range."""
    for key in ("crop_size", "grid", "n_templates"):
        value = model.variant.get(key)
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MAX_FACT:
            needed = f"a whole number from 1 to {MAX_FACT}"
            raise StoreError(f"'{path}', '{key}'", needed, repr(value)[:80], "Convert it again")
    if not isinstance(model.variant.get("name"), str):
        found = repr(model.variant.get("name"))[:80]
        raise StoreError(f"'{path}', 'name'", "the name of a variant", found, "Convert it again")
