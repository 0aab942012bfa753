"""Runs a chain of synapses and LIFs on Lava's stock processes only: Conv, Dense and LIF.

Stock synapses send in step t what they received in step t - 1, so the value of the last of n convs
comes n steps late. A chain without memory takes one step of a frame after the other, and what comes
out is put back beside its frame. A chain with memory must state those steps as `Delay` nodes, and
starts anew for every sample. Where no range proves that the registers of such a LIF fit, the sums
of its synapses come to the host as well: an overflow there is an error, not a wrong number.

This is `LavaEngine` with a plan in which nothing is ours but the ends.
"""

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

import numpy as np

from hardware.lava.backend import LavaEngine
from hardware.lava.local import Device
from hardware.lava.runtime.stock_check import check_registers
from hardware.stock.limits import states_delays
from hardware.stock.plan import StockPlan
from hardware.stock.plan_chain import plan_chain
from hardware.stock.thresholds import Bounds
from spiketrack.fixed_point import Int64
from spiketrack.graph import spike_nodes as s
from spiketrack.graph import structural_nodes as m
from spiketrack.graph.checks import Array
from spiketrack.graph.graph import Graph

Start = Callable[[Callable[[], LavaEngine]], LavaEngine]
"""Makes an engine with the function it is given."""


@dataclass(frozen=True)
class StockRun:
    """What came out.

    Attributes:
        outputs: per output node, (T, B, C, H, W) int64.
        latency_steps: steps that a value takes on its way, beyond those that the graph states.
        n_processes: operating system processes.
        start_s: seconds to compile and start them, of the last sample if each starts anew.
        step_ms: mean milliseconds of a step, of the last sample if each starts anew.
        values: per kept node.
    """

    outputs: dict[str, Int64]
    latency_steps: int
    n_processes: int
    start_s: float
    step_ms: float
    values: dict[str, Int64] = field(default_factory=dict)


def run_stock(
    graph: Graph[s.SpikeNode],
    inputs: Mapping[str, Array],
    ranges: Mapping[str, Bounds],
    *,
    torch_conv: bool = True,
) -> StockRun:
    """Runs a chain once: starts the processes, streams all frames, and ends them.

    Args:
        graph: a chain of conv and LIF, for example the graph of `thermometer_channels`.
        inputs: raw integers (T, B, C, H, W) of its one input.
        ranges: bounds of all values, from `simulation.bounds.ranges.value_ranges`.
        torch_conv: let stock Conv use its own torch code, which Lava leaves switched off: the same
            values, much sooner. False takes its scipy code.

    Raises:
        ObstacleError: everything that stock processes cannot say.
        GraphError, OverflowBoundError: inputs that are missing, of another shape or range.
        OverflowBoundError: a register of a stock LIF leaves 24 bits.
        LavaError: a process failed or died.
    """
    return stream(plan_chain(graph, ranges), inputs, torch_conv=torch_conv)


def stream(
    plan: StockPlan,
    inputs: Mapping[str, Array],
    *,
    keep: Collection[str] = (),
    device: Device = "cpu",
    torch_conv: bool = True,
    start: Start = lambda make: make(),
) -> StockRun:
    """As `run_stock`, of a plan of `plan_chain`.

    Args:
        plan: of the chain.
        inputs: raw integers (T, B, C, H, W) of its one input.
        keep: names of nodes that compute, whose values the run must hold.
        device: as `LavaEngine` takes it.
        torch_conv: let stock Conv use its own torch code instead of its scipy code.
        start: starts the processes with the function it is given, and may guard that.
    """

    def make(sent: list[str]) -> LavaEngine:
        return start(
            lambda: LavaEngine(
                plan.given, plan=plan, keep=sent, device=device, torch_conv=torch_conv
            )
        )

    batch = next(iter(inputs.values())).shape[1]
    starts_anew = states_delays(plan.given)
    samples = [slice(i, i + 1) for i in range(batch)] if starts_anew else [slice(None)]
    runs = [
        _streamed(plan, {name: raw[:, part] for name, raw in inputs.items()}, keep, make)
        for part in samples
    ]
    last = runs[-1]
    outputs, values = (
        {name: np.concatenate([run[name] for run in made], axis=1) for name in made[0]}
        for made in ([run.outputs for run in runs], [run.values for run in runs])
    )
    return StockRun(
        outputs, last.latency_steps, last.n_processes, last.start_s, last.step_ms, values
    )


def _streamed(
    plan: StockPlan,
    inputs: dict[str, Array],
    keep: Collection[str],
    make: Callable[[list[str]], LavaEngine],
) -> StockRun:
    n_steps, batch = next(iter(inputs.values())).shape[:2]
    waits = [n for n in plan.given if isinstance(n, m.Delay) and n.name in keep]
    checked = [plan.given[name] for name in plan.unproved]
    sent = {*keep, *(node.inputs[0] for node in (*waits, *checked))} - {n.name for n in waits}
    inside = [name for name in sent if not isinstance(plan.given[name], s.SpikeInput)]
    began = time.perf_counter()
    with make(inside) as engine:
        ready = time.perf_counter()
        run = engine.run({name: _as_queue(raw) for name, raw in inputs.items()})
        step_ms = 1e3 * (time.perf_counter() - ready) / (n_steps * batch + plan.latency_steps)
        n_processes = engine.n_processes
    outputs = {name: _as_batch(value, n_steps) for name, value in run.outputs.items()}
    # Why shifted back: stock LIF has no weight_exp, so that its synapses send more than they state.
    values = {n: _as_batch(x, n_steps) >> plan.exponent(n) for n, x in run.values.items()}
    for node in checked:
        if isinstance(node, s.SpikeCubaLIF):
            check_registers(node, values[node.inputs[0]])
    for wait in waits:
        values[wait.name] = _a_step_later({**inputs, **values}[wait.inputs[0]])
    kept = {name: values[name] for name in keep}
    return StockRun(outputs, plan.latency_steps, n_processes, ready - began, step_ms, kept)


def _a_step_later(value: Array) -> Int64:
    """What a stated delay shows: on the chip it is the time that synapses take."""
    late = np.zeros(value.shape, np.int64)
    late[1:] = value[:-1]
    return late


def _as_queue(raw: Array) -> Array:
    """(T, B, C, H, W) -> (1, B * T, C, H, W), one sample after the other."""
    return raw.swapaxes(0, 1).reshape(1, -1, *raw.shape[2:])


def _as_batch(made: Int64, n_steps: int) -> Int64:
    """(1, B * T, C, H, W) -> (T, B, C, H, W)."""
    value = made.reshape(-1, n_steps, *made.shape[2:]).swapaxes(0, 1)
    return np.ascontiguousarray(value)
