"""Runs one integer graph on given spikes with any engine, sample by sample, and counts it."""

import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from hardware.lava.backend import DEVICES
from simulation.counting.connections import without_events
from simulation.counting.counter import EventCounter
from simulation.fast.engine import FastEngine
from simulation.reference.engine import run_reference
from simulation.run import Run, real_outputs
from spiketrack.counts.event_counts import EventCounts, alarms
from spiketrack.errors import BackendUnavailable, GraphError
from spiketrack.graph.graph import Graph
from spiketrack.graph.spike_nodes import SpikeNode
from spiketrack.pipeline.lava.events import NodeEvents, alarms_of
from spiketrack.pipeline.lava.lowering import Lowering, require_lowering
from spiketrack.pipeline.lava.run import LavaRunner, Runner, lava_runner
from spiketrack.pipeline.lava.stock_run import stock_runner

Array = NDArray[Any]
Backend = Literal["fast", "reference", "brian2", "lava", "loihi2"]
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
        """How many were run."""
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
    *,
    backend: Backend = "fast",
    lowering: Lowering = "own",
    keep: Collection[str] = (),
    keep_all: bool = False,
    strict: bool = True,
    chunk: int | None = None,
    is_asked_to_stop: Callable[[], bool] = lambda: False,
    on_samples: Callable[[int], None] = lambda done: None,
) -> Simulation:
    """Runs a graph over a batch in chunks of samples; samples do not know one another.

    Args:
        graph: for as many steps as the inputs have.
        inputs: raw integers (T, B, C, H, W) by input name.
        backend: "fast", "reference", "brian2", "lava" or "loihi2".
        lowering: of "lava" and "loihi2": "stock" runs nodes on Lava's stock processes wherever they
            are exact.
        keep: names of values to return.
        keep_all: return every value.
        strict: an overflow is an error; else it wraps or saturates and is counted, which only the
            reference does.
        chunk: samples a run; as many as fit the memory meant for it if None.
        is_asked_to_stop: asked after every chunk.
        on_samples: told how many samples are done.

    Raises:
        GraphError: inputs that do not fit, or an unknown name in `keep`.
        OverflowBoundError: a value leaves its width (if `strict`) or an input its range.
        BackendUnavailable: no such engine here, one that cannot count overflows, or one that has no
            stock processes.
        LavaError: a Lava process failed or died.
    """
    wanted = _wanted(graph, keep, keep_all)
    counter = EventCounter(graph)
    result = Simulation(backend, graph)
    pieces: list[Run] = []
    _refuse_lenient(backend, strict)
    require_lowering(lowering, backend)
    n_probed = _n_samples(inputs) if backend == "loihi2" else 0
    with ExitStack() as stack:
        kept, stock, lava = counter.watched.union(wanted), None, None
        if lowering == "stock":
            stock = stack.enter_context(
                stock_runner(graph, kept, counter.add_run, backend, n_probed)
            )
        else:
            lava = _lava(graph, backend, kept, n_probed, stack)
        run = stock or _runner(graph, backend, wanted, counter, strict, lava)
        n_samples = _n_samples(inputs)
        for part, done in _chunks(graph, inputs, chunk):
            start = time.perf_counter()
            pieces.append(_without(run(part), wanted))
            result.seconds.append(time.perf_counter() - start)
            on_samples(done)
            if done < n_samples and is_asked_to_stop():
                result.interrupted = True
                break
        if lava is not None:
            result.lava_events = {PHASE: lava.events()}
    on_lava = lava or stock
    if on_lava is not None:
        result.readings = on_lava.readings()
    result.lowering = None if stock is None else stock.facts
    _join(result, pieces, wanted)
    result.counts = EventCounts.of([counter.counts(PHASE)])
    return result


def warm_up(graph: Graph[SpikeNode], inputs: Mapping[str, Array]) -> None:
    """One run of the fast engine on one sample, so that no time taken later includes compiling."""
    counter = EventCounter(graph)
    part, _ = next(_chunks(graph, inputs, 1))
    FastEngine(graph).run(part, observer=counter)


def _wanted(graph: Graph[SpikeNode], keep: Collection[str], keep_all: bool) -> tuple[str, ...]:
    unknown = sorted(set(keep) - graph.by_name.keys())
    if unknown:
        advice = "List them with: spiketrack inspect FILE --nodes"
        raise GraphError(f"graph '{graph.name}'", f"a node named '{unknown[0]}'", "none", advice)
    return tuple(node.name for node in graph if keep_all or node.name in keep)


def _runner(
    graph: Graph[SpikeNode],
    backend: Backend,
    wanted: tuple[str, ...],
    counter: EventCounter,
    strict: bool,
    lava: LavaRunner | None,
) -> Runner:
    if backend == "fast":
        engine = FastEngine(graph)
        return lambda part: engine.run(part, keep=wanted, observer=counter)

    def counted(part: Mapping[str, Array]) -> Run:
        run = lava(part) if lava is not None else _kept_run(graph, part, backend, strict)
        counter.add_run(run)
        return run

    return counted


def _lava(
    graph: Graph[SpikeNode],
    backend: Backend,
    keep: Collection[str],
    n_probed: int,
    stack: ExitStack,
) -> LavaRunner | None:
    """Lava's processes, which end with the stack, if the backend is one of Lava's."""
    if backend not in DEVICES:
        return None
    return stack.enter_context(lava_runner(graph, keep, backend, n_probed))


def _refuse_lenient(backend: Backend, strict: bool) -> None:
    if not strict and backend != "reference":
        needed = "the reference, the only engine that goes on after an overflow"
        raise BackendUnavailable("a run with --no-strict", needed, f"'{backend}'")


def _kept_run(
    graph: Graph[SpikeNode], part: Mapping[str, Array], backend: Backend, strict: bool
) -> Run:
    if backend == "reference":
        return run_reference(graph, part, strict=strict)
    # Why late: Brian2 is an optional library and takes seconds to import.
    from simulation.witness.brian2_engine import run_brian2

    return run_brian2(graph, part, keep=True)


def _chunks(
    graph: Graph[SpikeNode], inputs: Mapping[str, Array], chunk: int | None
) -> Iterator[tuple[dict[str, Array], int]]:
    """Parts of the batch and how many samples are done after each."""
    n_samples = _n_samples(inputs)
    if chunk is None:
        values = sum(int(np.prod(shape, dtype=np.int64)) for shape in graph.shapes.values())
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
    outputs = {n: np.concatenate([one.outputs[n] for one in pieces], axis=1) for n in names}
    result.outputs = outputs
    result.reals = dict(real_outputs(result.graph, Run(result.backend, outputs)))
    result.kept = {n: np.concatenate([one.values[n] for one in pieces], axis=1) for n in wanted}
    for one in pieces:
        for name, found in one.overflows.items():
            result.overflows[name] = result.overflows.get(name, 0) + found
