"""Runs a chain of synapses and LIFs on Lava's stock processes only: Conv, Dense and LIF.

Stock synapses send in step t what they received in step t - 1, so the value of the last of n convs
comes n steps late. A chain without memory takes one frame after the other, and what comes out is
put back beside its frame. A chain with memory must state those steps as `Delay` nodes.
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch

from hardware.lava_backend import take_frames
from hardware.lava_runtime import WatchedRuntime
from hardware.lava_start_method import start_method_kept
from hardware.lava_stock_net import StockNet, build_stock
from hardware.lowering.stock import states_delays, stock_obstacles
from spiketrack.errors import Obstacle, ObstacleError
from spiketrack.fixed_point import Int64
from spiketrack.graph import spike_nodes as s
from spiketrack.graph.checks import Array
from spiketrack.graph.graph import Graph

with start_method_kept():
    from lava.magma.compiler.compiler import Compiler
    from lava.magma.core.process.process import ProcessServer
    from lava.magma.core.run_configs import Loihi2SimCfg
    from lava.proc.conv import utils as conv_utils

TAG = "fixed_pt"


@dataclass(frozen=True)
class StockRun:
    """What came out.

    Attributes:
        outputs: per output node, (T, B, C, H, W) int64.
        latency_steps: steps that a value takes on its way.
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
    graph: Graph[s.SpikeNode], inputs: Mapping[str, Array], *, torch_conv: bool = True
) -> StockRun:
    """Runs a chain once: starts the processes, streams all frames, and ends them.

    Args:
        graph: a chain of conv and LIF, for example the graph of `thermometer_channels`.
        inputs: raw integers (T, B, C, H, W) of its one input.
        torch_conv: let stock Conv use its own torch code, which Lava leaves switched off: the same
            values, much sooner. False takes its scipy code.

    Raises:
        ObstacleError: everything that stock processes cannot say.
        GraphError, OverflowBoundError: inputs that are missing, of another shape or range.
        LavaError: a process failed or died.
    """
    obstacles = stock_obstacles(graph)
    if obstacles:
        raise ObstacleError(f"graph '{graph.name}' on stock processes", tuple(obstacles))
    frames = take_frames(graph, inputs)[graph.inputs[0].name]
    _require_one_sample(graph, len(frames))
    began = time.perf_counter()
    net = build_stock(graph)
    late = 0 if states_delays(graph) else net.n_synapses
    # (B, T, C, H, W) to a queue of (W, H, C), one sample after the other.
    queue = frames.reshape(-1, *frames.shape[2:]).transpose(0, 3, 2, 1)
    queue = np.concatenate([queue, np.zeros((late, *queue.shape[1:]), queue.dtype)])
    with _torch_conv(torch_conv and net.is_exact_in_float32), _started(net) as runtime:
        ready = time.perf_counter()
        made = np.stack([_step(net, runtime, frame) for frame in queue])[late:]
        step_ms = 1e3 * (time.perf_counter() - ready) / len(queue)
        n_processes = len(runtime.infrastructure.actors)
    sink = graph.outputs[0].name
    value = _as_batch(made, len(frames), graph.shapes[sink][1:])
    return StockRun({sink: value}, net.n_synapses, n_processes, ready - began, step_ms)


def _require_one_sample(graph: Graph[s.SpikeNode], batch: int) -> None:
    if batch > 1 and states_delays(graph):
        found = Obstacle(graph.name, f"{batch} samples through stated delays", "run one by one")
        raise ObstacleError(f"graph '{graph.name}' on stock processes", (found,))


def _as_batch(made: Array, batch: int, grid: tuple[int, ...]) -> Int64:
    """(B * T, W, H, C) or (B * T, C) -> (T, B, C, H, W)."""
    value = made.reshape(batch, -1, *grid[::-1]).transpose(1, 0, 4, 3, 2)
    return np.ascontiguousarray(value, np.int64)


@contextmanager
def _started(net: StockNet) -> Iterator[WatchedRuntime]:
    with start_method_kept():
        config = Loihi2SimCfg(select_tag=TAG, exception_proc_model_map=net.models)
        executable = Compiler({"pypy_channel_size": 1}).compile(net.source, config)
    runtime = WatchedRuntime(executable)
    try:
        runtime.initialize()
        yield runtime
    finally:
        runtime.stop()
        # Lava would keep every process, and its weights, for as long as Python runs.
        server, ours = ProcessServer(), {id(process) for process in net.models}
        server.processes = [process for process in server.processes if id(process) not in ours]


def _step(net: StockNet, runtime: WatchedRuntime, frame: Int64) -> Array:
    runtime.check()
    net.source.frame_in.external_pipe_csp_send_port.send(np.ascontiguousarray(frame))
    runtime.step()
    message = runtime.receive(net.sink.frame_out.external_pipe_csp_recv_port)
    (value,) = net.sink.layout.unpack(message).values()
    return value


@contextmanager
def _torch_conv(enabled: bool) -> Iterator[None]:
    """Chooses the code of stock Conv in children that are forked meanwhile."""
    before = conv_utils.TORCH_IS_AVAILABLE
    conv_utils.torch, conv_utils.F = torch, torch.nn.functional
    conv_utils.TORCH_IS_AVAILABLE = enabled
    try:
        yield
    finally:
        conv_utils.TORCH_IS_AVAILABLE = before
