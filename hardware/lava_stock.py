"""Runs a chain of synapses and LIFs on Lava's stock processes only: Conv, Dense and LIF.

Stock synapses send in step t what they received in step t - 1, so the value of the last of n convs
comes n steps late. A chain without memory takes one step of a frame after the other, and what comes
out is put back beside its frame. A chain with memory must state those steps as `Delay` nodes.

This is `LavaEngine` with a plan in which nothing is ours but the ends.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from hardware.lava_backend import LavaEngine
from hardware.lowering.stock import states_delays, stock_obstacles
from hardware.lowering.stock_pass import plan_stock
from hardware.lowering.stock_plan import StockPlan
from hardware.lowering.thresholds import Bounds
from spiketrack.errors import Obstacle, ObstacleError
from spiketrack.fixed_point import Int64
from spiketrack.graph import spike_nodes as s
from spiketrack.graph.checks import Array
from spiketrack.graph.graph import Graph
from spiketrack.graph.retime import retime


@dataclass(frozen=True)
class StockRun:
    """What came out.

    Attributes:
        outputs: per output node, (T, B, C, H, W) int64.
        latency_steps: steps that a value takes on its way, beyond those that the graph states.
        n_processes: operating system processes.
        start_s: seconds to compile and start them.
        step_ms: mean milliseconds of a step.
    """

    outputs: dict[str, Int64]
    latency_steps: int
    n_processes: int
    start_s: float
    step_ms: float


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
        ranges: bounds of all values, from `simulation.ranges.value_ranges`.
        torch_conv: let stock Conv use its own torch code, which Lava leaves switched off: the same
            values, much sooner. False takes its scipy code.

    Raises:
        ObstacleError: everything that stock processes cannot say.
        GraphError, OverflowBoundError: inputs that are missing, of another shape or range.
        LavaError: a process failed or died.
    """
    plan = plan_chain(graph, ranges)
    n_steps, batch = next(iter(inputs.values())).shape[:2]
    if batch > 1 and states_delays(graph):
        found = Obstacle(graph.name, f"{batch} samples through stated delays", "run one by one")
        raise ObstacleError(f"graph '{graph.name}' on stock processes", (found,))
    queue = {name: _as_queue(raw) for name, raw in inputs.items()}
    began = time.perf_counter()
    with LavaEngine(plan.given, plan=plan, torch_conv=torch_conv) as engine:
        ready = time.perf_counter()
        made = engine.run(queue).outputs
        n_queued = n_steps * batch + plan.latency_steps
        step_ms = 1e3 * (time.perf_counter() - ready) / n_queued
        outputs = {name: _as_batch(value, n_steps) for name, value in made.items()}
        return StockRun(outputs, plan.latency_steps, engine.n_processes, ready - began, step_ms)


def plan_chain(graph: Graph[s.SpikeNode], ranges: Mapping[str, Bounds]) -> StockPlan:
    """The plan of a chain whose steps come one after the other.

    Raises:
        ObstacleError: nodes that no stock process computes.
    """
    obstacles = stock_obstacles(graph)
    if not obstacles:
        plan = plan_stock(retime(graph, 1), ranges, streamed=True)
        ours = [row for row in plan.rows() if row.role == "own"]
        obstacles = [Obstacle(row.node, row.why, "see `plan_stock`") for row in ours]
    if obstacles:
        raise ObstacleError(f"graph '{graph.name}' on stock processes", tuple(obstacles))
    return plan


def _as_queue(raw: Array) -> Array:
    """(T, B, C, H, W) -> (1, B * T, C, H, W), one sample after the other."""
    return raw.swapaxes(0, 1).reshape(1, -1, *raw.shape[2:])


def _as_batch(made: Int64, n_steps: int) -> Int64:
    """(1, B * T, C, H, W) -> (T, B, C, H, W)."""
    value = made.reshape(-1, n_steps, *made.shape[2:]).swapaxes(0, 1)
    return np.ascontiguousarray(value)
