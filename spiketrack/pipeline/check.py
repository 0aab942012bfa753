"""Says what stands between a file and the integer engines: every obstacle, with a way around it."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from hardware.mapping import cores_needed
from hardware.mapping.formats import format_obstacles
from hardware.stock import count_by_place, lowering_table
from hardware.target import Target, load_target
from simulation.bounds.ranges import value_ranges
from spiketrack.errors import (
    CapacityError,
    CheckpointError,
    GraphError,
    Obstacle,
    ObstacleError,
    OverflowBoundError,
    QuantisationError,
    StoreError,
    UnsupportedOpError,
)
from spiketrack.files.suffixes import NETWORK_SUFFIXES, suffix_of
from spiketrack.graph.graph import Graph
from spiketrack.graph.model import Model
from spiketrack.graph.spike_nodes import SpikeNode
from spiketrack.network import load_checkpoint
from spiketrack.pipeline.loaded import kind_of
from spiketrack.pipeline.network.open import (
    ForeignOptions,
    describe,
    load_network,
)
from spiketrack.pipeline.network.proof import unproved_of, warnings_of
from spiketrack.pipeline.target_check import chip_obstacles
from spiketrack.plain_text import plural
from spiketrack.provenance import RANDOM_KEY, random_words

Progress = Callable[[str], None]
_WHOLE = "the whole file"


@dataclass(frozen=True)
class CheckReport:
    """What `check` found.

    Attributes:
        kind: "converted model", "NIR file", "netx file" or "checkpoint".
        obstacles: none if the file can be taken over.
        notes: what is no obstacle and yet good to know.
        nodes: nodes of the integer graphs, 0 if there are none.
        warnings: what the conversion's own report calls severe.
    """

    kind: str
    obstacles: tuple[Obstacle, ...]
    notes: tuple[str, ...] = ()
    nodes: int = 0
    warnings: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The report as one JSON value."""
        return {
            "kind": self.kind,
            "ok": not self.obstacles,
            "obstacles": [asdict(obstacle) for obstacle in self.obstacles],
            "notes": list(self.notes),
            "warnings": list(self.warnings),
            "nodes": self.nodes,
        }


def check_file(
    path: Path,
    options: ForeignOptions,
    progress: Progress = lambda text: None,
    *,
    target: str | None = None,
) -> CheckReport:
    """Tries to take a file over, as `convert` or a run would, and keeps nothing of it.

    Args:
        path: .stk, .nir, .net or a checkpoint.
        options: what a foreign file does not say itself.
        progress: called with a line before each long step.
        target: name of a chip whose formats the network must fit, or None.

    Raises:
        StoreError: the file is missing or damaged, so that nothing can be said of its nodes.
        TargetError: no such chip.
    """
    chip = None if target is None else load_target(target)
    kind = kind_of(path)
    if suffix_of(path) not in NETWORK_SUFFIXES:
        if chip is not None:
            found, advice = "a checkpoint", "Convert it and check the model"
            raise StoreError(f"'{path}'", "integers to compare with a chip", found, advice)
        return _check_checkpoint(path, progress)
    try:
        model = load_network(path, options, progress)
    except ObstacleError as error:
        return CheckReport(kind, error.obstacles)
    except (UnsupportedOpError, QuantisationError, OverflowBoundError, GraphError) as error:
        needed = f"needed {error.needed}" if error.needed else ""
        reason = ", ".join(filter(None, (needed, f"found {error.found}" if error.found else "")))
        return CheckReport(kind, (Obstacle(error.what, reason, error.advice or "Change it"),))
    obstacles: tuple[Obstacle, ...] = ()
    notes = _notes(model)
    if chip is not None:
        progress("Cutting the network into cores")
        graphs = model.graphs.values()
        obstacles = tuple(obstacle for graph in graphs for obstacle in chip_obstacles(graph, chip))
        for graph in graphs:
            # The mapper refuses such a graph anyway, and would say the same again.
            if any(format_obstacles(graph, chip)):
                continue
            crowded, told = _room(graph, chip)
            obstacles += crowded
            notes += told
    n_nodes = sum(map(len, model.graphs.values()))
    return CheckReport(kind, obstacles, tuple(notes), n_nodes, tuple(warnings_of(model)))


def _room(graph: Graph[SpikeNode], chip: Target) -> tuple[tuple[Obstacle, ...], list[str]]:
    """What the mapper says of how much of a graph fits."""
    try:
        cores = cores_needed(graph, chip)
    except CapacityError as error:
        reason = f"needed {error.needed}, found {error.found}"
        return (Obstacle(error.what, reason, error.advice or "Make the layer smaller"),), []
    chips = -(-cores // int(chip["cores_per_chip"]))
    size = f"{plural(cores, 'core')}, {plural(chips, 'chip')} of {chip.title}"
    note = f"graph '{graph.name}' fills at least {size}"
    return (), [*_places(graph, chip), f"{note}; spiketrack map says which board holds it"]


def _places(graph: Graph[SpikeNode], chip: Target) -> list[str]:
    """Where nodes would run on a chip with microcode, as far as is publicly known."""
    if not chip.has("microcode"):
        return []
    counts = count_by_place(lowering_table(graph, value_ranges(graph).values))
    told = ", ".join(f"{count} {place}" for place, count in counts.items())
    return [f"graph '{graph.name}', nodes by where they run: {told}"]


def _check_checkpoint(path: Path, progress: Progress) -> CheckReport:
    progress("Reading the checkpoint")
    try:
        network = load_checkpoint(path)
    except CheckpointError as error:
        reason = f"needed {error.needed}, found {error.found}"
        rewrite = error.advice or "Export another network as NIR and check that file"
        return CheckReport("checkpoint", (Obstacle(_WHOLE, reason, rewrite),))
    random = random_words({RANDOM_KEY: network.random_weights()})
    told = (f"variant {network.variant.name}", random)
    return CheckReport("checkpoint", (), tuple(filter(None, told)))


def _notes(model: Model) -> list[str]:
    notes = describe(model)
    for name, report in model.report.items():
        if name in model.graphs:
            unproved = unproved_of(report)
            if unproved:
                notes.append(
                    f"graph '{name}': {len(unproved)} of its widths are not proved and are checked "
                    f"while running: {', '.join(unproved[:5])}"
                )
    return notes
