"""The one answer to: does a node run on stock processes, with microcode, or on the host?

Everybody asks here: the lowering table, the mapper, `check`, and the plan of what Lava runs. For a
node of a float graph, of which no range is known, `hardware.stock.by_kind` answers.

Convention: "stock" are the processes that Lava's public documentation says the chip runs: LIF,
Delta, Sigma, SigmaDelta, Dense, Sparse, Conv, GradedVec, ProdNeuron and the IO adapters. What they
cannot say needs "microcode" (programmable neurons) or the "host". No chip was at hand: this is
read, not measured.
"""

from collections.abc import Mapping
from typing import Literal, NamedTuple

from typing_extensions import assert_never

from hardware.stock.eligible import SpikeGraph, is_accumulator, obstacles_of
from hardware.stock.limits import MAX_DELAY, lif_reasons
from hardware.stock.thresholds import Bounds
from spiketrack.graph import spike_nodes as s
from spiketrack.graph import structural_nodes as m
from spiketrack.graph.kinds import SpikeFiring, signal_of

RunsOn = Literal["stock", "microcode", "host"]
STOCK: RunsOn = "stock"
MICROCODE: RunsOn = "microcode"
HOST: RunsOn = "host"
LARGEST_CONV_INPUT = 57 * 57 * 2
"""Cells above which an open report says that Conv on the chip never returned."""


class Answer(NamedTuple):
    """Where a node runs, and why."""

    runs_on: RunsOn
    why: str


def runs_on(graph: SpikeGraph, node: s.SpikeNode, ranges: Mapping[str, Bounds]) -> Answer:
    """Where one node runs, in the form that needs least, and why.

    Args:
        graph: an integer graph.
        node: one of its nodes.
        ranges: bounds of all values, from `simulation.bounds.ranges.value_ranges`.
    """
    match node:
        case s.SpikeInput() | s.SpikeOutput():
            return Answer(HOST, "values enter and leave through IO adapters")
        case s.SpikeNILIF():
            obstacles = obstacles_of(graph, node, ranges)
            if obstacles:
                return Answer(MICROCODE, "; ".join(obstacle.reason for obstacle in obstacles))
            return Answer(STOCK, f"{node.max_spike} LIFs in thermometer order; graded in microcode")
        case s.SpikeCubaLIF():
            reasons = [reason for reason, _ in lif_reasons(node)]
            return Answer(MICROCODE, "; ".join(reasons)) if reasons else Answer(STOCK, "LIF")
        case s.SpikeCubaLI():
            if node.current != "new":
                return Answer(MICROCODE, "a membrane that reads the current of the step before")
            only_read = all(isinstance(reader, s.SpikeOutput) for reader in _readers(graph, node))
            if only_read:
                return Answer(STOCK, "a LIF that never fires, its membrane read by a probe")
            return Answer(MICROCODE, "a LIF sends spikes, and here its membrane is sent")
        case s.SpikeSigma() | s.SpikeDelta():
            return Answer(STOCK, type(node).__name__.removeprefix("Spike"))
        case s.SpikeRelu():
            if isinstance(graph[node.inputs[0]], s.SpikeSigma):
                return Answer(STOCK, "the activation of SigmaDelta")
            return Answer(MICROCODE, "a rectifier without sigma and delta around it")
        case s.SpikeConv() | s.SpikeSumPool() | s.SpikeUpsample() | s.SpikeMemoryRead():
            return _synapses(graph, node, ranges)
        case s.SpikeMemoryWrite():
            return Answer(MICROCODE, "a product of spikes with spikes (k^T v), kept as state")
        case s.SpikeGateMix():
            return Answer(HOST, "exponentials and a division (softmax over steps)")
        case s.SpikeRescale() | s.SpikeBias() | s.SpikeAdd():
            return _membrane(graph, node)
        case (
            m.Flatten() | m.PositionsToChannels() | m.Delay() | m.Repeat() | m.SelectStep()
            | m.StackSteps()
        ):  # fmt: skip
            return _structure(node)
        case _:
            assert_never(node)


def _synapses(
    graph: SpikeGraph,
    node: s.SpikeConv | s.SpikeSumPool | s.SpikeUpsample | s.SpikeMemoryRead,
    ranges: Mapping[str, Bounds],
) -> Answer:
    match node:
        case s.SpikeMemoryRead():
            # The range shows why no stored weight could stand for the memory.
            held = ranges[node.inputs[1]]
            low, high = int(held.low.min()), int(held.high.max())
            why = f"a product with a memory (q M) whose entries, {low}..{high}, change at run time"
            return Answer(MICROCODE, why)
        case s.SpikeSumPool() | s.SpikeUpsample():
            kind = "pooling" if isinstance(node, s.SpikeSumPool) else "interpolation"
            if carries_messages(graph, node.inputs[0]):
                return Answer(STOCK, f"{kind} of spikes, a Conv or Sparse of constant weights")
            return Answer(MICROCODE, f"{kind} of a membrane, which a stock neuron does not send")
        case s.SpikeConv():
            if not carries_messages(graph, node.inputs[0]):
                return Answer(MICROCODE, "synapses that read a membrane")
            _, c, h, w = graph.shapes[node.inputs[0]]
            large = node.weight_q.shape[2:] != (1, 1) and c * h * w > LARGEST_CONV_INPUT
            kind = "Dense" if (h, w) == (1, 1) else "Conv"
            warning = f" ({c}x{h}x{w} cells: tile it, an open report has Conv hang)"
            return Answer(STOCK, kind + warning * large)
        case _:
            assert_never(node)


def _membrane(graph: SpikeGraph, node: s.SpikeRescale | s.SpikeBias | s.SpikeAdd) -> Answer:
    match node:
        case s.SpikeRescale():
            return Answer(MICROCODE, "a multiplication of the membrane by 16 bits per channel")
        case s.SpikeBias():
            return Answer(MICROCODE, "a table added to a membrane of more bits than a bias has")
        case s.SpikeAdd():
            # Several OutPorts on one InPort are summed by the port itself.
            if is_accumulator(graph, node.name):
                return Answer(STOCK, "synapses of several layers on one neuron")
            if all(isinstance(graph[name], SpikeFiring) for name in node.inputs):
                why = "populations that reach the next layer through one kernel each"
                return Answer(STOCK, why)
            return Answer(MICROCODE, "a residual stream: a membrane that is sent on")
        case _:
            assert_never(node)


def _structure(node: m.StructuralNode) -> Answer:
    match node:
        case m.Flatten() | m.PositionsToChannels():
            return Answer(STOCK, "axons renamed, nothing computed")
        case m.Delay():
            longest = int(node.steps_q.max())
            if longest > MAX_DELAY:
                return Answer(MICROCODE, f"a delay of {longest} steps; axons have {MAX_DELAY}")
            return Answer(STOCK, "delays of synapses and axons")
        case m.Repeat() | m.SelectStep() | m.StackSteps():
            return Answer(MICROCODE, "values held, or listened to, in some steps only")
        case _:
            assert_never(node)


def carries_messages(graph: SpikeGraph, name: str) -> bool:
    """Whether a value is messages: spikes, graded or not, or pixels, behind any renaming."""
    node = graph[name]
    if isinstance(node, m.StructuralNode | s.SpikeAdd):
        return all(carries_messages(graph, other) for other in node.inputs)
    return signal_of(node) in ("image", "spikes")


def _readers(graph: SpikeGraph, node: s.SpikeNode) -> list[s.SpikeNode]:
    return [reader for reader in graph if node.name in reader.inputs]
