"""Brian2 computes the neurons of an integer graph, as an outside witness.

What is Brian2's: every neuron, as one entry of a NeuronGroup with integer arithmetic (numpy target)
in float64 variables, exact below 2**53; for CUBA-LIF also the threshold, the reset, the refractory
period, the spikes and the recurrent synapses that carry them; the clock and the monitors.
What is not: values between neurons (convolutions, streams, products, gates, delays), which
`simulation.witness.nodes` computes another way than the reference does.

Why layers of many graphs share one group: Brian2 spends a tenth of a second on every group it
builds and next to nothing on a neuron more. Neurons of one group do not see one another.
"""

import gc
import signal
import threading
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulation.bounds.ranges import value_ranges
from simulation.run import Run, state_name, take_inputs
from simulation.witness import neurons as families
from simulation.witness.neurons import Family, Layer, Recorded
from simulation.witness.nodes import evaluate
from spiketrack.errors import (
    BackendUnavailable,
    Obstacle,
    ObstacleError,
    OverflowBoundError,
    SpiketrackError,
)
from spiketrack.fixed_point import Int64
from spiketrack.graph import spike_nodes as s
from spiketrack.graph.graph import Graph
from spiketrack.graph.kinds import SpikeNeuron, registers_of

BACKEND = "brian2"
Case = tuple[Graph[s.SpikeNode], Mapping[str, Int64]]
Evaluation = Generator[Layer, Recorded, Run]


def brian2_available() -> bool:
    """Whether Brian2 is installed."""
    return find_spec("brian2") is not None


def run_brian2(graph: Graph[s.SpikeNode], inputs: Mapping[str, Int64], *, keep: bool = True) -> Run:
    """Runs an integer graph once, its neurons in Brian2.

    Args:
        graph: a verified integer graph.
        inputs: raw integers per input node, (T, B, C, H, W) (a memory: (T, B, heads, d_k, d_v)).
        keep: keep every value, membrane and current in the result, not only outputs.

    Raises:
        BackendUnavailable: Brian2 is not installed.
        ObstacleError: neurons that Brian2's float64 variables cannot hold, all of them.
        GraphError: an input is missing or misshapen.
        HeadroomError: a worst case that no engine can compute exactly.
        OverflowBoundError: a value leaves its declared width, or an input its promised range.
    """
    (result,) = run_brian2_many([(graph, inputs)], keep=keep)
    if isinstance(result, SpiketrackError):
        raise result
    return result


def run_brian2_many(cases: Sequence[Case], *, keep: bool = True) -> list[Run | SpiketrackError]:
    """Runs many graphs side by side; a graph's error takes its place in the result.

    Raises:
        BackendUnavailable: Brian2 is not installed.
    """
    b2 = _import_brian2()
    results: dict[int, Run | SpiketrackError] = {}
    waiting: dict[str, list[_Waiting]] = {}
    for index, (graph, inputs) in enumerate(cases):
        _advance(_Waiting(index, _evaluate(graph, inputs, keep)), None, waiting, results)
    # Why: Brian2 collects garbage before every run, which takes longer than all else it does.
    gc.freeze()
    try:
        while waiting:
            # The family with most layers first: the others gather more of theirs meanwhile.
            family = max(waiting, key=lambda name: len(waiting[name]))
            batch = waiting.pop(family)
            layers = [waiter.layer for waiter in batch if waiter.layer is not None]
            recorded = run_layers(b2, families.FAMILIES[family], layers)
            for waiter, run_of_layer in zip(batch, recorded, strict=True):
                _advance(waiter, run_of_layer, waiting, results)
    finally:
        gc.unfreeze()
    return [results[index] for index in range(len(cases))]


@dataclass
class _Waiting:
    """A graph on its way, and the layer it waits for."""

    index: int
    evaluation: Evaluation
    layer: Layer | None = None


def _advance(
    waiter: _Waiting,
    recorded: Recorded | None,
    waiting: dict[str, list[_Waiting]],
    results: dict[int, Run | SpiketrackError],
) -> None:
    """Takes one graph to its next layer of neurons, or to its end."""
    try:
        evaluation = waiter.evaluation
        waiter.layer = next(evaluation) if recorded is None else evaluation.send(recorded)
    except StopIteration as end:
        results[waiter.index] = end.value
    except SpiketrackError as error:
        results[waiter.index] = error
    else:
        waiting.setdefault(waiter.layer.family, []).append(waiter)


def _evaluate(graph: Graph[s.SpikeNode], inputs: Mapping[str, Int64], keep: bool) -> Evaluation:
    """Walks a graph; hands out each layer of neurons and receives what was recorded of it."""
    require_exact(graph)
    value_ranges(graph)
    values = take_inputs(graph, inputs)
    states: dict[str, NDArray[Any]] = {}
    for node in graph:
        if isinstance(node, s.SpikeInput):
            continue
        arguments = [values[name] for name in node.inputs]
        if not isinstance(node, SpikeNeuron):
            values[node.name] = evaluate(node, arguments)
            continue
        _require_exact_drive(node, arguments[0])
        recorded = yield families.layer_of(node, arguments[0])
        families.check_widths(node, recorded)
        values[node.name] = recorded["v" if isinstance(node, s.SpikeCubaLI) else "s"]
        for register in registers_of(node):
            states[state_name(node.name, register)] = recorded[register]
    outputs = {node.name: values[node.name] for node in graph.outputs}
    return Run(BACKEND, outputs, values if keep else {}, states if keep else {})


def require_exact(graph: Graph[s.SpikeNode]) -> None:
    """Raises ObstacleError naming every neuron whose registers float64 may not hold exactly."""
    obstacles = tuple(
        Obstacle(
            node.name,
            f"registers of {node.bits} bits; Brian2's variables are exact to {families.MAX_BITS}",
            "declare narrower registers, or run the reference",
        )
        for node in graph
        if isinstance(node, SpikeNeuron) and node.bits > families.MAX_BITS
    )
    if obstacles:
        raise ObstacleError(f"graph '{graph.name}' in Brian2", obstacles)


def _require_exact_drive(node: SpikeNeuron, x: Int64) -> None:
    """Raises OverflowBoundError if a neuron's input cannot be what its registers hold."""
    peak = max(abs(int(x.min())), abs(int(x.max()))) if x.size else 0
    if peak >= 1 << families.MAX_DRIVE_BITS:
        needed = f"a magnitude below 2**{families.MAX_DRIVE_BITS}"
        raise OverflowBoundError(f"input of '{node.name}' in Brian2", needed, str(peak))


def run_layers(b2: Any, family: Family, layers: Sequence[Layer]) -> list[Recorded]:
    """Runs layers of one family as one NeuronGroup.

    Returns:
        Per layer, int64 arrays (T, B, C, H, W) by name of variable; "s" is what it sends.
    """
    levels = max(layer.levels for layer in layers)
    n_steps = max(len(layer.x) for layer in layers)
    starts = np.cumsum([0, *(layer.x[0].size for layer in layers)])
    before = b2.prefs.codegen.target
    b2.prefs.codegen.target = "numpy"
    try:
        group = _group(b2, family, levels, _tables(layers, n_steps), int(starts[-1]))
        for name in family.parameters(levels):
            values = np.concatenate([layer.spread(name) for layer in layers])
            setattr(group, name, values * b2.ms if name == family.time else values)
        parts = [group, *group.contained_objects]
        if family.spiking:
            parts += _recurrence(b2, group, layers, starts)
            parts.append(b2.SpikeMonitor(group))
        # Before thresholds: the membrane is recorded as it was before its reset.
        monitor = b2.StateMonitor(
            group, family.recorded, record=True, when="thresholds", order=-1, clock=group.clock
        )
        b2.Network(*parts, monitor).run(n_steps * b2.ms)
    finally:
        b2.prefs.codegen.target = before
    recorded = {name: np.asarray(getattr(monitor, name)).T for name in family.recorded}
    if family.spiking:
        recorded["s"] = _spikes(parts[-1], n_steps, int(starts[-1]), b2)
    return [
        layer.shaped({name: array[:, start:end] for name, array in recorded.items()})
        for layer, start, end in zip(layers, starts[:-1], starts[1:], strict=True)
    ]


def _group(b2: Any, family: Family, levels: int, tables: dict[str, Any], size: int) -> Any:
    """Makes a NeuronGroup of one family, whose parameters are still to be set."""
    namespace = {name: b2.TimedArray(table, dt=1 * b2.ms) for name, table in tables.items()}
    firing = {"threshold": "v > theta", "reset": families.RESET, "refractory": "rest"}
    group = b2.NeuronGroup(
        size,
        family.equations(levels),
        clock=b2.Clock(1 * b2.ms),
        namespace=namespace,
        **(firing if family.spiking else {}),
    )
    if family.before:
        group.run_regularly(family.before, when="start")
    # After Brian2's own update in this slot, which decides who is refractory.
    group.run_regularly(family.step(levels), when="groups", order=1)
    return group


def _tables(layers: Sequence[Layer], n_steps: int) -> dict[str, NDArray[np.float64]]:
    """What changes from step to step, (T, neurons): the drive, and decays where a layer has any."""
    tables = {}
    for name in layers[0].per_step():
        columns = [layer.per_step()[name] for layer in layers]
        tables[name] = np.concatenate(
            [np.pad(column, ((0, n_steps - len(column)), (0, 0))) for column in columns], axis=1
        ).astype(np.float64)
    return tables


def _recurrence(b2: Any, group: Any, layers: Sequence[Layer], starts: Int64) -> list[Any]:
    """Synapses of the group onto itself, one per recurrent weight and image; [] without any."""
    parts = [layer.recurrence(int(start)) for layer, start in zip(layers, starts, strict=False)]
    source, target, weight = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    if not source.size:
        return []
    synapses = b2.Synapses(group, group, "w : 1", on_pre="fed_post += w", clock=group.clock)
    synapses.connect(i=source, j=target)
    synapses.w = weight
    return [synapses]


def _spikes(monitor: Any, n_steps: int, size: int, b2: Any) -> NDArray[np.float64]:
    spikes = np.zeros((n_steps, size))
    spikes[np.rint(np.asarray(monitor.t / b2.ms)).astype(np.int64), np.asarray(monitor.i)] = 1
    return spikes


def _import_brian2() -> Any:
    """The package, with Ctrl-C as it was: importing it makes an interruption a mere stop."""
    before = signal.getsignal(signal.SIGINT)
    try:
        import brian2
    except ImportError as error:
        raise BackendUnavailable(
            "backend 'brian2'", "the package brian2", "none", "Install spiketrack[brian2]"
        ) from error
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, before)
    return brian2
