"""Grows a graph by random moves, some of which are whole building blocks of known networks."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from simulation.random_graphs import neurons, streams, synapses
from simulation.random_graphs.maker import Case, Maker
from spiketrack.graph.graph import Graph

Move = Callable[[Maker], object]
DEFAULT_MOVES = 14
LEAST_BITS = 2


def random_graph(seed: int, index: int) -> Case:
    """Graph number `index` of a seed, and inputs for it: the same ones on every machine.

    Returns:
        A verified graph in which nothing can overflow, and per input node raw integers
        (T, B, C, H, W) with B of 1 or 2.
    """
    rng = np.random.default_rng([seed, index])
    return grow(rng, batch=1 + index % 2, n_moves=int(rng.integers(4, DEFAULT_MOVES + 1)))


def narrowed(case: Case, seed: int, index: int) -> Case:
    """The same graph with one node's declared width cut, so that it may overflow.

    Why one: backends may report different ones of several overflows first.
    """
    graph, inputs = case
    rng = np.random.default_rng([seed, index, 1])
    wide = [node for node in graph if getattr(node, "bits", 0) > LEAST_BITS]
    if not wide:
        return case
    node: Any = wide[int(rng.integers(len(wide)))]
    # Any width below: some still hold, and then every engine must run the graph.
    cut = replace(node, bits=int(rng.integers(LEAST_BITS, node.bits)))
    nodes = tuple(cut if other is node else other for other in graph)
    return Graph(graph.name, nodes), inputs


def grow(rng: np.random.Generator, *, batch: int = 1, n_moves: int = DEFAULT_MOVES) -> Case:
    """Takes that many random moves, then lets every unread value out.

    Args:
        rng: the only source of randomness.
        batch: B of the inputs.
        n_moves: how many moves are tried; one that would break a bound is not taken.
    """
    maker = Maker(rng, batch)
    maker.add_input()
    # A second input makes sums and products of values that are not related.
    if maker.chance(0.3):
        maker.add_input()
    for _ in range(n_moves):
        MOVES[maker.integer(0, len(MOVES) - 1)](maker)
    return maker.finish()


def add_residual(maker: Maker) -> None:
    """Grows stream + rescale(conv(neuron(stream))) -> neuron, the shape that fuses most."""
    stream = maker.pick(lambda v: v.peak < 2**30)
    if stream is None:
        return
    spikes = neurons.add_neuron(maker, stream)
    acc = synapses.add_conv(maker, spikes, kernel=(3, 3), outputs=stream.shape[1])
    step = acc and streams.add_rescale(maker, acc)
    if acc is None or step is None:
        return
    # Either order, because the fast engine fuses by the place of an operand.
    parts = [stream, step] if maker.chance(0.5) else [step, stream]
    neurons.add_neuron(maker, streams.put_sum(maker, parts))


def add_synapses(maker: Maker) -> None:
    """Grows neuron(conv(spikes)), once or twice."""
    source = maker.pick(lambda v: v.is_spikes)
    for _ in range(maker.integer(1, 2)):
        acc = synapses.add_conv(maker, source) if source is not None else None
        source = neurons.add_neuron(maker, acc) if acc is not None else None


def add_position(maker: Maker) -> None:
    """Grows neuron(stream + table)."""
    biased = streams.add_bias(maker)
    if biased is not None:
        neurons.add_neuron(maker, biased)


def add_temporal(maker: Maker) -> None:
    """Grows cuba(conv(delay(spikes))), the layer of a network on a chip."""
    source = maker.pick_long(lambda v: v.peak < 2**12)
    if source is not None and maker.chance(0.5):
        source = streams.add_delay(maker, source)
    acc = synapses.add_conv(maker, source)
    if acc is not None:
        neurons.add_cuba(maker, acc)


def add_recurrent(maker: Maker) -> None:
    """Grows a dense layer whose neurons feed one another."""
    acc = synapses.add_dense(maker, maker.integer(1, 8))
    if acc is not None:
        neurons.add_cuba(maker, acc, recurs=True)


def add_wide(maker: Maker) -> None:
    """Grows a layer wider than a block of the fast kernel."""
    acc = synapses.add_wide(maker) if maker.chance(0.5) else None
    if acc is not None:
        neurons.add_cuba(maker, acc, is_hidden=True)


def add_sigma_delta(maker: Maker) -> None:
    """Grows relu(sigma(conv(delta(x)))), a layer of a sigma-delta network."""
    sent = neurons.add_delta(maker)
    acc = synapses.add_conv(maker, sent) if sent is not None and sent.peak < 2**12 else sent
    total = neurons.add_sigma(maker, acc) if acc is not None else None
    if total is not None and maker.chance(0.6):
        neurons.add_relu(maker, total)


# Repeated entries are weights: shapes of known networks come up most.
MOVES: tuple[Move, ...] = (
    *(neurons.add_neuron,) * 3,
    *(synapses.add_conv,) * 2,
    *(add_residual,) * 3,
    *(add_synapses,) * 3,
    *(synapses.add_memory_product,) * 2,
    synapses.add_memory_input,
    synapses.add_gate,
    add_position,
    streams.add_rescale,
    streams.add_sum,
    streams.add_bias,
    *(streams.add_resampling,) * 2,
    streams.add_structure,
    streams.add_delay,
    *(add_temporal,) * 4,
    *(add_recurrent,) * 2,
    *(neurons.add_cuba,) * 2,
    add_wide,
    neurons.add_readout,
    *(add_sigma_delta,) * 2,
    neurons.add_delta,
    neurons.add_sigma,
    neurons.add_relu,
)
