"""Opens what `simulate` and `profile` run on: a network, its graph, the spikes in a file."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from spiketrack.files.suffixes import MODEL_SUFFIX, suffix_of
from spiketrack.graph.graph import Graph
from spiketrack.graph.model import Model
from spiketrack.graph.spike_nodes import SpikeNode
from spiketrack.graph.structural_nodes import Delay
from spiketrack.pipeline.identity import model_hashes
from spiketrack.pipeline.network.open import (
    ForeignOptions,
    describe,
    graph_of,
    load_network,
)
from spiketrack.pipeline.network.proof import warnings_of
from spiketrack.pipeline.network.spike_input import read_spikes, timed_for
from spiketrack.provenance import collect, random_mark, sha256_file


@dataclass(frozen=True)
class OpenedRun:
    """A network and its input, ready to run.

    Attributes:
        model: the model the graph is of.
        graph: for as many steps as the inputs have.
        inputs: raw integers (T, B, C, H, W) by input name.
        notes: what was chosen for the user, one line each.
        hashes: SHA-256 of the files.
    """

    model: Model
    graph: Graph[SpikeNode]
    inputs: Mapping[str, NDArray[Any]]
    notes: tuple[str, ...]
    hashes: dict[str, str]

    @property
    def n_samples(self) -> int:
        """Size of the batch."""
        return min(int(array.shape[1]) for array in self.inputs.values())

    @property
    def dt(self) -> float | None:
        """Seconds a step, where the model knows."""
        dt = self.model.variant.get("dt")
        return float(dt) if isinstance(dt, int | float) and dt > 0 else None

    def provenance(self, command: Sequence[str]) -> dict[str, Any]:
        """Hashes, versions and the command line."""
        mark = random_mark(self.model.provenance)
        return collect(seed=None, command=command, random_weights=mark, **self.hashes)


def open_run(
    path: Path,
    spikes: Path,
    options: ForeignOptions,
    *,
    dt: float | None = None,
    graph: str | None = None,
    progress: Callable[[str], None] = lambda text: None,
) -> OpenedRun:
    """Reads a network and the spikes for it.

    Args:
        path: .stk, .nir or .net.
        spikes: .npy, .npz or NIRData.
        options: what a foreign file does not say itself.
        dt: seconds a step of events in a NIRData file; the model's own if None.
        graph: name of the graph, if the model has several.
        progress: called with a line before each long step.

    Raises:
        StoreError: a file cannot be read, or the spikes do not fit the network's inputs.
        GraphError: no such graph, or a number of steps it cannot have.
        ObstacleError, QuantisationError, OverflowBoundError: as `load_network`.
    """
    model = load_network(path, options, progress)
    chosen = graph_of(model, graph)
    progress("Reading the spikes")
    own_dt = model.variant.get("dt")
    inputs, notes = read_spikes(spikes, chosen, dt=dt if dt is not None else own_dt)
    hashes = {**model_hashes(model, path), "input": sha256_file(spikes)}
    chosen_for_user = describe(model) if suffix_of(path) != MODEL_SUFFIX else []
    chosen_for_user += [f"Warning: {one}" for one in warnings_of(model)]
    timed = timed_for(chosen, inputs)
    told = (*chosen_for_user, *notes, *_latency_notes(timed))
    return OpenedRun(model, timed, inputs, told, hashes)


def latency(graph: Graph[SpikeNode]) -> int:
    """Steps from an input to the first output that can know of it, along the shortest way.

    Networks of lava-dl deliver every spike a step later, so short inputs may leave no trace.
    """
    steps: dict[str, int] = {}
    for node in graph:
        before = min((steps[name] for name in node.inputs), default=0)
        steps[node.name] = before + (int(node.steps_q.min()) if isinstance(node, Delay) else 0)
    return min(steps[node.name] for node in graph.outputs)


def _latency_notes(graph: Graph[SpikeNode]) -> tuple[str, ...]:
    steps, first = max(graph.shapes[node.name][0] for node in graph.inputs), latency(graph)
    if first < steps:
        return ()
    told = f"the output knows of the input {first} steps later, the input has {steps}"
    return (f"Note: {told}: nothing of it arrives; give more steps",)
