"""Opens what `simulate` and `profile` run on: a network, its graph, the spikes in a file."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from spiketrack.graph.graph import Graph
from spiketrack.graph.model import Model
from spiketrack.graph.spike_nodes import SpikeNode
from spiketrack.graph.structural_nodes import Delay
from spiketrack.pipeline.identity import model_hashes
from spiketrack.pipeline.interrupt import deferred_interrupt
from spiketrack.pipeline.listener import NOBODY, Listener, silent
from spiketrack.pipeline.loaded import Loaded, network_of
from spiketrack.pipeline.network.open import graph_of
from spiketrack.pipeline.network.proof import naming_width
from spiketrack.pipeline.network.simulate import DEFAULT_RUN, Simulation, simulate
from spiketrack.pipeline.network.spike_input import read_spikes, take_spikes, timed_for
from spiketrack.pipeline.requests import RunRequest
from spiketrack.plain_text import plural
from spiketrack.provenance import collect, random_mark, sha256_arrays, sha256_file

Array = NDArray[Any]


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
    def n_steps(self) -> int:
        """Steps of the longest input."""
        return max(len(array) for array in self.inputs.values())

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
    network: Path | Loaded,
    spikes: Path | Array | Mapping[str, Array],
    request: RunRequest = DEFAULT_RUN,
    progress: Callable[[str], None] = silent,
) -> OpenedRun:
    """Reads a network and the spikes for it.

    Args:
        network: a .stk, .nir or .net file, or one as loaded.
        spikes: a .npy, .npz or NIRData file, or arrays; `take_spikes` says which axes.
        request: of which graph, steps of which length, and how a foreign file is read.
        progress: is called with a line before each long step.

    Raises:
        StoreError: a file cannot be read, or the spikes do not fit the network's inputs.
        GraphError: no such graph, or a number of steps it cannot have.
        ObstacleError, QuantisationError, OverflowBoundError: as `load_network`.
    """
    loaded = network_of(network, request.foreign, progress)
    model = loaded.model
    graph = graph_of(model, request.graph)
    progress("Reading the spikes")
    dt = model.variant.get("dt") if request.dt is None else request.dt
    inputs, notes, input_sha256 = _inputs(spikes, graph, dt)
    hashes = {**model_hashes(model, loaded.path), "input": input_sha256}
    warnings = (f"Warning: {warning}" for warning in loaded.warnings)
    timed = timed_for(graph, inputs)
    told = (*loaded.notes, *warnings, *notes, *_latency_notes(timed))
    return OpenedRun(model, timed, inputs, told, hashes)


def run_opened(opened: OpenedRun, request: RunRequest, listener: Listener = NOBODY) -> Simulation:
    """Runs what `open_run` has read; Ctrl-C finishes the samples under way and keeps them.

    Raises:
        The errors of `simulate`; an overflow says which width would do, if the model knows it.
    """
    with naming_width(opened.model), deferred_interrupt() as is_asked:
        # Ctrl-C and the caller's own wish stop a run in the same way.
        stopping = replace(
            listener, is_asked_to_stop=lambda: is_asked() or listener.is_asked_to_stop()
        )
        return simulate(opened.graph, opened.inputs, request, stopping)


def _inputs(
    spikes: Path | Array | Mapping[str, Array], graph: Graph[SpikeNode], dt: float | None
) -> tuple[dict[str, Array], list[str], str]:
    """Arrays by input name, notes about them, and one SHA-256 of where they came from."""
    if isinstance(spikes, Path):
        inputs, notes = read_spikes(spikes, graph, dt=dt)
        return inputs, notes, sha256_file(spikes)
    inputs = take_spikes(spikes, graph)
    return inputs, [], sha256_arrays(inputs)


def latency(graph: Graph[SpikeNode]) -> int:
    """Steps from an input to the first output that can depend on it, along the shortest way.

    Networks of lava-dl deliver every spike a step later, so short inputs may leave no trace.
    """
    steps: dict[str, int] = {}
    for node in graph:
        # The shortest way decides when something can arrive at all.
        before = min((steps[name] for name in node.inputs), default=0)
        steps[node.name] = before + (int(node.steps_q.min()) if isinstance(node, Delay) else 0)
    return min(steps[node.name] for node in graph.outputs)


def _latency_notes(graph: Graph[SpikeNode]) -> tuple[str, ...]:
    steps, first = max(graph.shapes[node.name][0] for node in graph.inputs), latency(graph)
    if first < steps:
        return ()
    delay, given = plural(first, "step"), plural(steps, "step")
    told = f"an output depends on the input of {delay} before, and the input has {given}"
    return (f"Note: {told}: nothing of it arrives; give more steps",)
