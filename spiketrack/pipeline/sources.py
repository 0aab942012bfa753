"""Opens what a command was given: a model file or a checkpoint, a video and its first box."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from simulation.tracking_engines import NetworkEngine
from spiketrack.counts.conventions import FLOAT_WEIGHTS_KEY
from spiketrack.errors import CheckpointError, StoreError
from spiketrack.files.suffixes import (
    CHECKPOINT_SUFFIXES,
    FOREIGN_SUFFIXES,
    MODEL_SUFFIX,
    suffix_of,
)
from spiketrack.graph.model import Model
from spiketrack.graph.store import load_model
from spiketrack.network import SpikeTrackNetwork, load_checkpoint
from spiketrack.pipeline.backends.row import Backend, TrackerJob, Use, maker_of
from spiketrack.pipeline.backends.table import (
    find_backend,
    float_backend,
    require_detail,
    require_lowering,
)
from spiketrack.pipeline.counting import Countable
from spiketrack.pipeline.identity import (
    Warn,
    model_hashes,
    network_hashes,
    require_weights_of,
    silent,
)
from spiketrack.pipeline.interrupt import Closable
from spiketrack.pipeline.loaded import Loaded, path_of
from spiketrack.pipeline.network.open import refuse_generic
from spiketrack.pipeline.requests import EngineChoice, VideoTarget
from spiketrack.pipeline.tracker.partial import read_partial
from spiketrack.provenance import collect, random_mark
from spiketrack.tracking import Box, Engine, VideoSource, check_box, open_source, parse_box

AnyEngine = TypeVar("AnyEngine")
MAX_FACT = 1 << 14
"""Largest side of a crop or grid, in pixels or cells, and number of templates."""


def open_target(target: VideoTarget) -> tuple[VideoSource, Box]:
    """Opens a video and checks the first box against its frame.

    Args:
        target: the video, and the box in its first frame.

    Raises:
        VideoError: the source cannot be read or is empty.
        BoxError: the box is malformed, empty or outside the frame.
    """
    parsed = target.box if isinstance(target.box, Box) else parse_box(target.box)
    source = open_source(target.video)
    check_box(parsed, source.width, source.height)
    return source, parsed


@dataclass(frozen=True)
class OpenedEngine(Generic[AnyEngine]):
    """An engine, and what it was made from.

    Attributes:
        engine: computes the network of a tracker.
        loaded: a converted model, or the network of a checkpoint.
        path: the file.
    """

    engine: AnyEngine
    loaded: Model | SpikeTrackNetwork
    path: Path

    @property
    def random_weights(self) -> dict[str, Any] | None:
        """{"seed": n} if the weights are random, else None."""
        if isinstance(self.loaded, Model):
            return random_mark(self.loaded.provenance)
        return self.loaded.random_weights()


@contextmanager
def open_tracking_engine(
    file: Path | Loaded, choice: EngineChoice
) -> Iterator[OpenedEngine[Engine]]:
    """The engine that runs a file; however the block is left, no process stays behind.

    Args:
        file: a converted model, or a checkpoint if `choice.is_float`; or either of them as loaded.
        choice: what computes the network.

    Raises:
        CheckpointError: not a readable checkpoint, or a converted model given with `is_float`.
        StoreError: not a readable model.
        BackendUnavailable: no such backend, or one that has no stock processes.
        HeadroomError: a worst case that no engine can compute exactly.
        LavaError: a process could not be started.
    """
    path = path_of(file)
    # Why before the row: what an option needs is said even of a backend that runs no tracker.
    name = float_backend(choice.backend).name if choice.is_float else choice.backend
    require_lowering(choice.lowering, name)
    require_detail(choice.detail, name)
    row = _row_of(choice, Use.TRACKER)
    # Why first: that a package is absent is known at once, and a model takes time to read.
    row.require()
    if choice.is_float:
        make_float = maker_of(row, row.makers().float_tracker, Use.FLOAT)
        network = _float_network(file, choice.variant)
        with _closed(make_float(network)) as float_engine:
            yield OpenedEngine(float_engine, network, path)
        return
    model = _tracker(file)
    make = maker_of(row, row.makers().tracker, Use.TRACKER)
    job = TrackerJob(model=model, lowering=choice.lowering, detail=choice.detail)
    with _closed(make(job)) as engine:
        yield OpenedEngine(engine, model, path)


@contextmanager
def open_countable(
    file: Path | Loaded, choice: EngineChoice, n_searches: Callable[[], int] = lambda: 0
) -> Iterator[OpenedEngine[Countable]]:
    """As `open_tracking_engine`, for an engine that shows its spikes to a counter.

    Args:
        file: a converted model, or a checkpoint if `choice.is_float`; or either of them as loaded.
        choice: what computes the network; the float graphs of a checkpoint if `is_float`.
        n_searches: says how many searches will be made, or 0 if nobody knows; it is asked for a
            chip only, whose probes need the number before they start and measure nothing at 0.

    Raises:
        The errors of `open_tracking_engine`.
    """
    path = path_of(file)
    row = _row_of(choice, Use.COUNTED_TRACKER)
    require_detail(choice.detail, row.name)
    row.require()
    if choice.is_float:
        make_float = maker_of(row, row.makers().float_counted, Use.FLOAT)
        network = _float_network(file, choice.variant)
        with _closed(make_float(network)) as float_engine:
            yield OpenedEngine(float_engine, network, path)
        return
    model = _tracker(file)
    make = maker_of(row, row.makers().counted, Use.COUNTED_TRACKER)
    n_probed = n_searches() if row.measures_on_chip else 0
    job = TrackerJob(
        model=model, lowering=choice.lowering, detail=choice.detail, n_probed=n_probed
    )
    with _closed(make(job)) as engine:
        yield OpenedEngine(engine, model, path)


def _row_of(choice: EngineChoice, use: Use) -> Backend:
    if choice.is_float:
        return float_backend(choice.backend)
    return find_backend(choice.backend, use)


def searches_to_come(frames: int | None, resumed: Path | None) -> int:
    """Searches that a profile of `frames` frames makes: one more if it warms up, 0 if unknown.

    A run that goes on does not warm up, and searches only the frames that are not yet counted.

    Raises:
        ReportError: `resumed` cannot be read.
    """
    if frames is None:
        return 0
    done = -1 if resumed is None else read_partial(resumed).state.frame_index
    return max(frames - done, 0)


@contextmanager
def _closed(engine: AnyEngine) -> Iterator[AnyEngine]:
    """Ends an engine that has processes, however the block is left."""
    try:
        yield engine
    finally:
        if isinstance(engine, Closable):
            engine.close()


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
        loaded: what was read from the file.
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
        facts[FLOAT_WEIGHTS_KEY] = True
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


def _float_network(file: Path | Loaded, variant: str | None) -> SpikeTrackNetwork:
    path = path_of(file)
    if isinstance(file, Loaded) and isinstance(file.content, SpikeTrackNetwork):
        return file.content
    if suffix_of(path) == MODEL_SUFFIX:
        needed, given = "a checkpoint for the float network", "a converted model"
        raise CheckpointError(f"'{path}'", needed, given, "Leave --float out to run it")
    return load_checkpoint(path, variant)


def _tracker(file: Path | Loaded) -> Model:
    path = path_of(file)
    if isinstance(file, Loaded) and isinstance(file.content, Model):
        model = file.content
    else:
        _refuse_by_name(path)
        model = load_model(path)
    refuse_generic(model, path)
    _require_tracker_facts(model, path)
    return model


def _refuse_by_name(path: Path) -> None:
    """Refuses a file whose name says that it is no converted model."""
    # A missing file is reported as missing, whatever its name.
    if path.exists() and path.name.endswith(CHECKPOINT_SUFFIXES):
        advice = "Convert it first, or run the float network with --float"
        raise StoreError(f"'{path}'", "a converted model (.stk)", "a checkpoint's name", advice)
    if path.name.lower().endswith(FOREIGN_SUFFIXES):
        advice = f"Run it with: spiketrack simulate {path} --input spikes.npy -o out.npz"
        raise StoreError(f"'{path}'", "a converted tracker (.stk)", "another network", advice)


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
