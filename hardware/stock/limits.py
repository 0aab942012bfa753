"""What Lava's stock LIF, Conv and Dense can say, and why a node is beyond them; no Lava here."""

from collections.abc import Iterator

import numpy as np

from hardware.stock.eligible import SpikeGraph
from spiketrack.errors import Obstacle
from spiketrack.graph import spike_nodes as s
from spiketrack.graph import structural_nodes as m
from spiketrack.graph.neurons.registers import DECAY_ONE, STATE_BITS

MAX_GROUPS = 127
"""What stock Conv keeps in 8 bits with a sign."""
MAX_DELAY = 62
"""Steps by which a synapse or an axon can delay a spike."""
Reasons = Iterator[tuple[str, str]]


def lif_reasons(node: s.SpikeCubaLIF) -> Reasons:
    """Why a CUBA-LIF layer is no stock LIF process; nothing if it is."""
    one = "give all neurons of the layer the same"
    for field in ("threshold_q", "u_decay_q", "v_decay_q"):
        if np.ptp(getattr(node, field)):
            yield f"{field} that differ between neurons", one
    if node.reset != "zero":
        yield "a subtractive reset", "use reset 'zero'"
    if node.current != "new":
        yield "a membrane that reads the current of the step before", "read with --cuba new"
    if node.refractory != 1:
        yield f"{node.refractory} refractory steps", "use 1"
    if node.reset_period:
        yield "a periodic reset", "reset from the host, or leave it out"
    if node.recurrent_q.size:
        yield "recurrent synapses", "write them as a layer of their own"
    if int(node.u_decay_q.min()) == 0:
        yield "a current that never decays", "use u_decay_q of at least 1"
    if node.weight_exp not in (0, 1):
        yield f"a weight_exp of {node.weight_exp}", "use 0 or 1: stock Conv has none"
    if node.bits != STATE_BITS:
        yield f"registers of {node.bits} bits", f"use {STATE_BITS} bits"


def is_dense(graph: SpikeGraph, node: s.SpikeConv) -> bool:
    """Whether synapses are a plain matrix, for one step at a time."""
    # On one pixel dilation changes nothing.
    plain = (node.stride, node.padding, node.groups) == ((1, 1), (0, 0), 1)
    n_steps, _, *grid = graph.shapes[node.inputs[0]]
    return plain and (n_steps, *grid) == (1, 1, 1) and node.weight_q.shape[2:] == (1, 1)


def has_memory(node: s.SpikeCubaLIF) -> bool:
    """Whether a step depends on an earlier one."""
    return bool((node.u_decay_q != DECAY_ONE).any() or (node.v_decay_q != DECAY_ONE).any())


def states_delays(graph: SpikeGraph) -> bool:
    """Whether the step that synapses take is written into the graph."""
    return any(isinstance(node, m.Delay) for node in graph)


def stock_obstacles(graph: SpikeGraph) -> list[Obstacle]:
    """Why a graph is no chain of stock processes, everything at once; empty if it is."""
    obstacles = []
    cut = "cut the graph, or lower it with `thermometer_channels`"
    for end, nodes in (("inputs", graph.inputs), ("outputs", graph.outputs)):
        if len(nodes) != 1:
            obstacles.append(Obstacle(graph.name, f"{len(nodes)} {end}", "a chain has one"))
    for name, readers in graph.consumers().items():
        if len(readers) > 1:
            obstacles.append(Obstacle(name, f"a value that {len(readers)} nodes read", cut))
    for node in graph:
        obstacles += [Obstacle(node.name, *words) for words in _reasons(graph, node, cut)]
    return obstacles + _delay_obstacles(graph)


def _reasons(graph: SpikeGraph, node: s.SpikeNode, cut: str) -> Reasons:
    """Why a node cannot stand where it stands; a node that is not named here is refused."""
    before = graph[node.inputs[0]] if node.inputs else None
    if isinstance(node, s.SpikeInput):
        if node.offset_q.any():
            yield "an input with an offset", "subtract it on the host"
    elif isinstance(node, s.SpikeCubaLIF):
        yield from lif_reasons(node)
        if not isinstance(before, s.SpikeConv):
            yield "a neuron that is not behind synapses", cut
    elif isinstance(node, s.SpikeConv):
        if isinstance(before, s.SpikeConv):
            yield "synapses behind synapses", cut
        if node.groups > MAX_GROUPS:
            yield f"{node.groups} groups, which stock Conv keeps in 8 bits", "expand them"
    elif isinstance(node, m.Delay):
        if node.steps_q.size != 1 or int(node.steps_q.flat[0]) != 1:
            yield "a delay other than 1 for all", "stock synapses take one step"
    elif isinstance(node, m.Flatten):
        if isinstance(before, s.SpikeConv):
            yield "accumulators taken apart", cut
    elif not isinstance(node, s.SpikeOutput):
        yield f"a {type(node).__name__}", cut


def _delay_obstacles(graph: SpikeGraph) -> list[Obstacle]:
    """Delays are stated before all synapses and nowhere else, or before none and not needed."""
    delays = [node for node in graph if isinstance(node, m.Delay)]
    if not delays:
        rewrite = "state the step that stock synapses take: `synaptic_delays`"
        # Without memory a later step is the same step later, and need not be stated.
        lifs = [node for node in graph if isinstance(node, s.SpikeCubaLIF) and has_memory(node)]
        return [Obstacle(node.name, "a neuron with memory", rewrite) for node in lifs[:1]]
    convs = [node for node in graph if isinstance(node, s.SpikeConv)]
    bare = [node for node in convs if not isinstance(graph[node.inputs[0]], m.Delay)]
    if bare or len(delays) != len(convs):
        name = bare[0].name if bare else delays[0].name
        rewrite = "a Delay right before each conv or before none"
        return [Obstacle(name, "delays before some synapses only", rewrite)]
    return []
