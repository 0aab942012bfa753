"""Runs one integer graph on given spikes with any engine, sample by sample, and counts it."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulation.counting.connections import without_events
from simulation.counting.counter import EventCounter
from simulation.fast.engine import FastEngine
from simulation.run import Run, real_outputs
from spiketrack.counts.event_counts import EventCounts, alarms
from spiketrack.errors import GraphError
from spiketrack.graph.graph import Graph
from spiketrack.graph.spike_nodes import SpikeNode
from spiketrack.pipeline.backends.row import NetworkJob, Use, maker_of
from spiketrack.pipeline.backends.table import (
    find_backend,
    require_detail,
    require_lowering,
    require_strict,
)
from spiketrack.pipeline.lava.events import NodeEvents, alarms_of
from spiketrack.pipeline.listener import NOBODY, Listener
from spiketrack.pipeline.requests import RunRequest

Array = NDArray[Any]
DEFAULT_RUN = RunRequest()
PHASE = "run"
CHUNK_VALUES = 1 << 22
"""Values of all nodes together that a chunk of samples may have."""


@dataclass
class Simulation:
    """What a graph made of its input.

    Attributes:
        backend: name of the engine that ran.
        graph: the graph, for as many steps as the input has.
        outputs: integers per output, (T, B, C, H, W).
        reals: the same as real numbers.
        kept: values that were asked for, by node name.
        overflows: elements that left their width, by what overflowed.
        counts: events of the phase "run", a frame for every sample.
        seconds: wall time of every chunk.
        interrupted: Ctrl-C stopped it; everything is of the samples before.
        lava_events: Lava's own counters by phase and node, if Lava ran on our processes.
        readings: what a chip's probes measured.
        lowering: what ran on Lava's stock processes, if that was asked for.
    """

    backend: str
    graph: Graph[SpikeNode]
    outputs: dict[str, Array] = field(default_factory=dict)
    reals: dict[str, Array] = field(default_factory=dict)
    kept: dict[str, Array] = field(default_factory=dict)
    overflows: dict[str, int] = field(default_factory=dict)
    counts: EventCounts = field(default_factory=EventCounts)
    seconds: list[float] = field(default_factory=list)
    interrupted: bool = False
    lava_events: dict[str, NodeEvents] = field(default_factory=dict)
    readings: dict[str, Any] = field(default_factory=dict)
    lowering: dict[str, Any] | None = None

    @property
    def n_samples(self) -> int:
        """How many samples were run."""
        return self.counts.phases[PHASE].frames

    @property
    def alarms(self) -> tuple[str, ...]:
        """Silent ends and layers, and counters of Lava's that the values do not give."""
        differing = alarms_of({PHASE: self.graph}, self.lava_events, self.counts)
        return (*alarms(self.counts), *differing)

    @property
    def without_events(self) -> tuple[str, ...]:
        """Connections that read no spikes, so that their events and SynOps are no figures."""
        return without_events(self.graph)


def simulate(
    graph: Graph[SpikeNode],
    inputs: Mapping[str, Array],
    request: RunRequest = DEFAULT_RUN,
    listener: Listener = NOBODY,
) -> Simulation:
    """Runs a graph over a batch in chunks of samples; samples do not know one another.

    Args:
        graph: for as many steps as the inputs have.
        inputs: raw integers (T, B, C, H, W) by input name.
        request: on which backend, and what to keep.
        listener: hears how many samples are done, and is asked after every chunk whether to stop.

    Raises:
        GraphError: inputs that do not fit, or an unknown name in `request.keep`.
        OverflowBoundError: a value leaves its width (if `request.strict`) or an input its range.
        BackendUnavailable: no such backend here, one that cannot count overflows, or one that has
            no stock processes.
        LavaError: a Lava process failed or died.
    """
    wanted = _wanted(graph, request)
    row = find_backend(request.backend, Use.NETWORK)
    require_strict(request.strict, row.name)
    require_lowering(request.lowering, row.name)
    require_detail(request.detail, row.name)
    counter = EventCounter(graph)
    result = Simulation(row.name, graph)
    n_samples = _n_samples(inputs)
    job = NetworkJob(
        graph=graph, counter=counter, keep=wanted, is_strict=request.strict,
        lowering=request.lowering, detail=request.detail,
        n_probed=n_samples if row.measures_on_chip else 0,
    )  # fmt: skip
    pieces: list[Run] = []
    open_network = maker_of(row, row.makers().network, Use.NETWORK)
    with open_network(job) as runner:
        for part, done in _chunks(graph, inputs, request.chunk):
            start = time.perf_counter()
            # What nobody asked for is dropped chunk by chunk, before memory fills.
            pieces.append(_without(runner.run(part), wanted))
            result.seconds.append(time.perf_counter() - start)
            listener.samples(done)
            # After the last chunk nothing is left to stop.
            if done < n_samples and listener.is_asked_to_stop():
                result.interrupted = True
                break
        events = runner.events()
    result.lava_events = {PHASE: events} if events else {}
    result.readings = runner.readings()
    result.lowering = runner.lowering() or None
    _join(result, pieces, wanted)
    result.counts = EventCounts.of([counter.counts(PHASE)])
    return result


def warm_up(graph: Graph[SpikeNode], inputs: Mapping[str, Array]) -> None:
    """One run of the fast engine on one sample, so that no time taken later includes compiling."""
    counter = EventCounter(graph)
    part, _ = next(_chunks(graph, inputs, 1))
    FastEngine(graph).run(part, observer=counter)


def _wanted(graph: Graph[SpikeNode], request: RunRequest) -> tuple[str, ...]:
    """Names of the nodes whose values the caller asked for."""
    unknown = sorted(set(request.keep) - graph.by_name.keys())
    if unknown:
        advice = "List them with: spiketrack inspect FILE --nodes"
        raise GraphError(f"graph '{graph.name}'", f"a node named '{unknown[0]}'", "none", advice)
    return tuple(node.name for node in graph if request.keep_all or node.name in request.keep)


def _chunks(
    graph: Graph[SpikeNode], inputs: Mapping[str, Array], chunk: int | None
) -> Iterator[tuple[dict[str, Array], int]]:
    """Parts of the batch and how many samples are done after each."""
    n_samples = _n_samples(inputs)
    if chunk is None:
        values = sum(int(np.prod(shape, dtype=np.int64)) for shape in graph.shapes.values())
        # Small graphs run many samples at once, large ones one by one.
        chunk = max(1, CHUNK_VALUES // max(values, 1))
    for start in range(0, n_samples, chunk):
        end = min(start + chunk, n_samples)
        yield {name: array[:, start:end] for name, array in inputs.items()}, end


def _n_samples(inputs: Mapping[str, Array]) -> int:
    return min(int(array.shape[1]) for array in inputs.values())


def _without(run: Run, wanted: tuple[str, ...]) -> Run:
    """The run without the values that nobody asked for, which may be large."""
    values = {name: run.values[name] for name in wanted}
    return Run(run.backend, run.outputs, values, overflows=run.overflows)


def _join(result: Simulation, pieces: list[Run], wanted: tuple[str, ...]) -> None:
    names = [node.name for node in result.graph.outputs]
    outputs = {n: np.concatenate([run.outputs[n] for run in pieces], axis=1) for n in names}
    result.outputs = outputs
    result.reals = dict(real_outputs(result.graph, Run(result.backend, outputs)))
    result.kept = {n: np.concatenate([run.values[n] for run in pieces], axis=1) for n in wanted}
    for run in pieces:
        for name, n_elements in run.overflows.items():
            result.overflows[name] = result.overflows.get(name, 0) + n_elements
