"""Puts a model on a board: opens the file, picks the graph, runs the mapper, notes provenance."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from hardware.energy import require_measured
from hardware.energy.phases import main_phase
from hardware.mapping import (
    Layout,
    MapOptions,
    MappingRecord,
    cores_needed,
    map_graph,
    read_mapping,
    record_of,
    to_text,
)
from hardware.mapping.mapper import DEFAULT_SPARE
from hardware.mapping.placement import DEFAULT_MOVES
from hardware.stock import NotStock, lowering_table, not_stock
from hardware.target import FOLDER, KNOWN_TARGETS, Board, Target, array_of_chips, load_target
from simulation.bounds.ranges import value_ranges
from spiketrack.counts.profile import PhaseName, Profile
from spiketrack.errors import CapacityError, OverflowBoundError, TargetError
from spiketrack.files.atomic import write_text
from spiketrack.graph.graph import Graph
from spiketrack.graph.model import Model
from spiketrack.graph.retime import retime
from spiketrack.graph.spike_nodes import SpikeNode
from spiketrack.pipeline.identity import (
    CountedProfile,
    Warn,
    model_hashes,
    profile_hashes,
    require_mapping_of,
    require_profile_of,
)
from spiketrack.pipeline.listener import NOBODY, Listener, silent
from spiketrack.pipeline.loaded import Loaded, network_of
from spiketrack.pipeline.network.open import ForeignOptions, graph_of, is_generic
from spiketrack.provenance import collect, random_mark, sha256_file

FILE_NAME = "mapping.json"
TRACKING_GRAPH = "search"


@dataclass(frozen=True, kw_only=True)
class MapRequest:
    """What to map where.

    Attributes:
        target: name of a known chip, or the path of a TOML file.
        board: name of a board, or None.
        chips: number of chips in place of a board, or None.
        graph: of the model; None for the search graph of a tracker or the only one.
        phase: of the profile; None for the one that runs that graph.
        seed: of the placement.
        moves: annealing moves per core.
        spare: share of further cores that may relieve the busiest ones.
        foreign: what a NIR or netx file does not say itself.
        command: the command line that asks, for the provenance of the result.
    """

    target: str = "loihi2"
    board: str | None = None
    chips: int | None = None
    graph: str | None = None
    phase: PhaseName | None = None
    seed: int = 0
    moves: int = DEFAULT_MOVES
    spare: float = DEFAULT_SPARE
    foreign: ForeignOptions = field(default_factory=ForeignOptions)
    command: tuple[str, ...] = ()


@dataclass(frozen=True)
class MapResult:
    """A layout, with all arrays, and the record that is kept of it."""

    layout: Layout
    record: MappingRecord


DEFAULT_MAP = MapRequest()


def map_model(
    network: Path | Loaded,
    request: MapRequest = DEFAULT_MAP,
    counted: CountedProfile | None = None,
    listener: Listener = NOBODY,
) -> MapResult:
    """Maps one graph of a model.

    Args:
        network: a .stk, .nir or .net file, or one as loaded.
        request: where to and how.
        counted: spikes that were counted; None assumes rates.
        listener: hears of the steps, and of a profile that does not name its model.

    Raises:
        CapacityError: it does not fit.
        TargetError: no such target or board.
        PairError: the profile is of another model.
        MappingError: the profile lacks the phase or a layer.
        StoreError: the model cannot be read.
    """
    # Target and board first: a wrong name is known before a large model is read.
    target = load_target(request.target)
    board = board_of(target, request)
    loaded = network_of(network, request.foreign, listener.step)
    model = loaded.model
    hashes = model_hashes(model, loaded.path)
    profile = None if counted is None else counted.content
    if counted is not None:
        require_profile_of(loaded.path, hashes, counted, listener.warn)
    name = _graph_name(model, request.graph)
    options = MapOptions(
        board=board, seed=request.seed, phase=_phase(model, name, request.phase),
        moves=request.moves, spare=request.spare,
    )  # fmt: skip
    graph = _timed(model, name, profile)
    layout = map_graph(graph, target, options, profile, listener.step)
    hashes["target"] = sha256_file(_target_file(request.target))
    if counted is not None:
        hashes |= profile_hashes(counted)
    mark = random_mark(model.provenance)
    provenance = collect(seed=request.seed, command=request.command, random_weights=mark, **hashes)
    record = record_of(layout, provenance, _reasons(graph))
    # A tracker has both graphs on the chips, though one of them is mapped here.
    if name is not None and not is_generic(model):
        whole = _together(model, target, name, layout.fewest_cores)
        record = replace(record, summary={**record.summary, "together": whole})
    return MapResult(layout, record)


def board_of(target: Target, request: MapRequest) -> Board | None:
    """The board that was asked for, by name or by its number of chips.

    Raises:
        TargetError: no such board, or both were given.
    """
    if request.board is not None and request.chips is not None:
        raise TargetError("board", "a name or a number of chips", "both")
    if request.board is not None:
        return target.board(request.board)
    if request.chips is not None:
        array = array_of_chips(request.chips)
        # Why not a known board with fewer cores: whoever names chips alone means whole ones.
        known = [board for board in target.boards if board.chips == request.chips]
        whole = [board for board in known if target.cores_on(board) == target.cores_on(array)]
        return whole[0] if whole else array
    return None


def write_mapping(record: MappingRecord, folder: Path) -> Path:
    """Writes mapping.json whole or not at all; returns its path.

    Raises:
        StoreError: the disk refuses.
    """
    path = folder / FILE_NAME
    write_text(path, to_text(record))
    return path


def read_mapping_of(path: Path, counted: CountedProfile, warn: Warn = silent) -> MappingRecord:
    """Reads a mapping that was made with the spikes of a profile.

    Args:
        path: mapping.json, or the folder that holds it.
        counted: the counts that the mapping must have been made with.
        warn: is called with what could not be compared.

    Raises:
        MappingError: not a mapping, one with assumed rates, or one of a graph that does not run in
            every frame.
        PairError: a mapping of other spikes or another model.
        ReportError: the profile has no phase that figures are given per frame of.
    """
    file = path / FILE_NAME if path.is_dir() else path
    record = read_mapping(file)
    require_measured(record, main_phase(counted.content).name)
    require_mapping_of(record, file, counted, warn)
    return record


def _timed(model: Model, name: str | None, profile: Profile | None) -> Graph[SpikeNode]:
    """The graph, a network that is no tracker for as many steps as were profiled."""
    graph = graph_of(model, name)
    steps = None if profile is None else profile.model.steps
    return retime(graph, steps) if is_generic(model) and steps is not None else graph


def _together(model: Model, target: Target, mapped: str, cores: int) -> dict[str, Any]:
    """Cores for all graphs of a tracker: template and search live on the chips at once."""
    needed: dict[str, int | None] = {mapped: cores}
    for name in model.graphs:
        if name != mapped:
            try:
                needed[name] = cores_needed(graph_of(model, name), target)
            # One graph that fits nowhere does not take away what is known of the other.
            except CapacityError:
                needed[name] = None
    known = [cores for cores in needed.values() if cores is not None]
    total = sum(known) if len(known) == len(needed) else None
    board = None if total is None else target.smallest_board(total)
    per_chip = target["cores_per_chip"] if board is None else target.per_chip(board)
    return {
        "fewest_cores": needed,
        "total": total,
        "chips": None if total is None else -(-total // per_chip),
        "board": None if board is None else board.name,
    }


def _reasons(graph: Graph[SpikeNode]) -> dict[str, NotStock] | None:
    """What keeps every node from stock processes; None where ranges are too wide to say."""
    try:
        return not_stock(lowering_table(graph, value_ranges(graph).values))
    except OverflowBoundError:
        return None


def _target_file(name: str) -> Path:
    return FOLDER / f"{name}.toml" if name in KNOWN_TARGETS else Path(name)


def _graph_name(model: Model, asked: str | None) -> str | None:
    is_tracker = not is_generic(model) and TRACKING_GRAPH in model.graphs
    return TRACKING_GRAPH if asked is None and is_tracker else asked


def _phase(model: Model, graph: str | None, asked: PhaseName | None) -> PhaseName:
    if asked is not None:
        return asked
    if is_generic(model):
        return "run"
    return "init" if graph == "template" else "track"
