"""Where a node of the integer graph runs on Loihi 2, and why not on its stock processes.

Convention: "stock" are the processes that Lava's public documentation says the chip runs: LIF,
Delta, Sigma, SigmaDelta, Dense, Sparse, Conv, GradedVec, ProdNeuron and the IO adapters. What they
cannot say needs "microcode" (programmable neurons) or the "host". No chip was at hand: this is
read, not measured.
"""

from collections.abc import Mapping
from typing import Literal, NamedTuple

from typing_extensions import assert_never

from hardware.stock.eligible import SpikeGraph, is_accumulator, obstacles_of
from hardware.stock.limits import lif_reasons
from hardware.stock.thresholds import Bounds
from spiketrack.graph import spike_nodes as s
from spiketrack.graph import structural_nodes as m

RunsOn = Literal["stock", "microcode", "host"]
STOCK: RunsOn = "stock"
MICROCODE: RunsOn = "microcode"
HOST: RunsOn = "host"
MAX_DELAY = 62
LARGEST_CONV_INPUT = 57 * 57 * 2
"""Cells above which an open report says that Conv on the chip never returned."""
_SPIKES = s.SpikeNILIF | s.SpikeCubaLIF | s.SpikeDelta | s.SpikeRelu


class Place(NamedTuple):
    """Where a node runs, and why."""

    runs_on: RunsOn
    why: str


def place_of(graph: SpikeGraph, node: s.SpikeNode, ranges: Mapping[str, Bounds]) -> Place:
    """Where one node runs."""
    match node:
        case s.SpikeInput() | s.SpikeOutput():
            return Place(HOST, "values enter and leave through IO adapters")
        case s.SpikeNILIF():
            obstacles = obstacles_of(graph, node, ranges)
            if obstacles:
                return Place(MICROCODE, "; ".join(found.reason for found in obstacles))
            return Place(STOCK, f"{node.max_spike} LIFs in thermometer order; graded in microcode")
        case s.SpikeCubaLIF():
            reasons = [reason for reason, _ in lif_reasons(node)]
            return Place(MICROCODE, "; ".join(reasons)) if reasons else Place(STOCK, "LIF")
        case s.SpikeCubaLI():
            if node.current != "new":
                return Place(MICROCODE, "a membrane that reads the current of the step before")
            only_read = all(isinstance(reader, s.SpikeOutput) for reader in _readers(graph, node))
            if only_read:
                return Place(STOCK, "a LIF that never fires, its membrane read by a probe")
            return Place(MICROCODE, "a LIF sends spikes, and here its membrane is sent")
        case s.SpikeSigma() | s.SpikeDelta():
            return Place(STOCK, type(node).__name__.removeprefix("Spike"))
        case s.SpikeRelu():
            if isinstance(graph[node.inputs[0]], s.SpikeSigma):
                return Place(STOCK, "the activation of SigmaDelta")
            return Place(MICROCODE, "a rectifier without sigma and delta around it")
        case s.SpikeConv() | s.SpikeSumPool() | s.SpikeUpsample() | s.SpikeMemoryRead():
            return _synapses(graph, node, ranges)
        case s.SpikeMemoryWrite():
            return Place(MICROCODE, "a product of spikes with spikes (k^T v), kept as state")
        case s.SpikeGateMix():
            return Place(HOST, "exponentials and a division (softmax over steps)")
        case s.SpikeRescale() | s.SpikeBias() | s.SpikeAdd():
            return _membrane(graph, node)
        case _:
            return _structure(node)


def _synapses(
    graph: SpikeGraph,
    node: s.SpikeConv | s.SpikeSumPool | s.SpikeUpsample | s.SpikeMemoryRead,
    ranges: Mapping[str, Bounds],
) -> Place:
    match node:
        case s.SpikeMemoryRead():
            held = ranges[node.inputs[1]]
            low, high = int(held.low.min()), int(held.high.max())
            why = f"a product with a memory (q M) whose entries, {low}..{high}, change at run time"
            return Place(MICROCODE, why)
        case s.SpikeSumPool() | s.SpikeUpsample():
            kind = "pooling" if isinstance(node, s.SpikeSumPool) else "interpolation"
            if sends_spikes(graph, node.inputs[0]):
                return Place(STOCK, f"{kind} of spikes, a Conv or Sparse of constant weights")
            return Place(MICROCODE, f"{kind} of a membrane, which a stock neuron does not send")
        case s.SpikeConv():
            if not sends_spikes(graph, node.inputs[0]):
                return Place(MICROCODE, "synapses that read a membrane")
            _, c, h, w = graph.shapes[node.inputs[0]]
            large = node.weight_q.shape[2:] != (1, 1) and c * h * w > LARGEST_CONV_INPUT
            kind = "Dense" if (h, w) == (1, 1) else "Conv"
            warning = f" ({c}x{h}x{w} cells: tile it, an open report has Conv hang)"
            return Place(STOCK, kind + warning * large)
        case _:
            assert_never(node)


def _membrane(graph: SpikeGraph, node: s.SpikeRescale | s.SpikeBias | s.SpikeAdd) -> Place:
    match node:
        case s.SpikeRescale():
            return Place(MICROCODE, "a multiplication of the membrane by 16 bits per channel")
        case s.SpikeBias():
            return Place(MICROCODE, "a table added to a membrane of more bits than a bias has")
        case s.SpikeAdd():
            if is_accumulator(graph, node.name):
                return Place(STOCK, "synapses of several layers on one neuron")
            if all(isinstance(graph[name], _SPIKES) for name in node.inputs):
                return Place(STOCK, "populations that reach the next layer through one kernel each")
            return Place(MICROCODE, "a residual stream: a membrane that is sent on")
        case _:
            assert_never(node)


def _structure(node: m.StructuralNode) -> Place:
    match node:
        case m.Flatten() | m.PositionsToChannels():
            return Place(STOCK, "axons renamed, nothing computed")
        case m.Delay():
            longest = int(node.steps_q.max())
            if longest > MAX_DELAY:
                return Place(MICROCODE, f"a delay of {longest} steps; axons have {MAX_DELAY}")
            return Place(STOCK, "delays of synapses and axons")
        case m.Repeat() | m.SelectStep() | m.StackSteps():
            return Place(MICROCODE, "values held, or listened to, in some steps only")
        case _:
            assert_never(node)


def sends_spikes(graph: SpikeGraph, name: str) -> bool:
    """Whether a value is messages: spikes, graded or not, or pixels, behind any renaming."""
    node = graph[name]
    match node:
        case m.Flatten() | m.PositionsToChannels() | m.Delay() | m.Repeat() | m.SelectStep():
            return sends_spikes(graph, node.inputs[0])
        case m.StackSteps() | s.SpikeAdd():
            return all(sends_spikes(graph, other) for other in node.inputs)
        case s.SpikeInput():
            return node.signal != "memory"
        case _:
            return isinstance(node, _SPIKES)


def _readers(graph: SpikeGraph, node: s.SpikeNode) -> list[s.SpikeNode]:
    return [reader for reader in graph if node.name in reader.inputs]
