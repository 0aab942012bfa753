"""Counts events and synaptic operations of a graph while, or after, an engine runs it.

Convention: one synaptic operation is one weight applied to one message; every other term, and what
is left out, is in `spiketrack.counts.conventions`. Works on float graphs and on integer graphs
alike, since both emit integer spikes.
Why exact without an event loop: the count is a sum over position classes of (spikes) x (fan-out);
see `spiketrack.graph.fanout`. The slow loop that proves it is `simulation.counting.event_loop`.
"""

from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulation.counting import meters
from simulation.counting.connections import connection_of, operand_of
from simulation.counting.layer_costs import frame_costs, recurrent_costs
from simulation.counting.neuron_costs import recurrent_connection
from simulation.counting.rows import output_side, with_synops, with_traffic
from simulation.counting.sources import (
    Kept,
    Moves,
    Operand,
    as_spikes,
    moved,
    trace,
    trace_feedback,
)
from simulation.counting.spike_roles import root_kind
from simulation.run import Run
from spiketrack.counts.conventions import WEIGHT_BYTES_FLOAT, WEIGHT_BYTES_INTEGER
from spiketrack.counts.event_counts import LayerCounts, PhaseCounts
from spiketrack.errors import GraphError
from spiketrack.graph import float_nodes as f
from spiketrack.graph.fanout import ConvFanout, conv_fanout
from spiketrack.graph.graph import Graph
from spiketrack.graph.kinds import (
    Conv,
    Gate,
    MemoryRead,
    Product,
    max_spike,
    port_signals,
)
from spiketrack.graph.shapes import AnyNode
from spiketrack.graph.signals import sends_spikes


class EventCounter:
    """Counts one graph; hand `add` to an engine as its observer, or count kept runs.

    Args:
        graph: the graph that runs.

    Attributes:
        watched: names of the values that `add` needs, each once per run, in any order: neurons,
            inputs and memories that feed a connection (what lies between is looked through), and
            whatever a convolution reads that is no spike.
    """

    def __init__(self, graph: Graph[Any]) -> None:
        self.graph = graph
        self._operands: dict[str, Operand] = {}
        self._convs: dict[str, Conv] = {}
        self._fanouts: dict[str, ConvFanout] = {}
        self._products: dict[str, meters.ProductMeter] = {}
        self._tallies: dict[str, list[meters.ClassTally]] = {}
        self._samples: dict[str, int] = {}
        for node in graph:
            self._prepare(node)
        # A layer that no connection reads sends messages all the same: it is tallied as it is.
        for name in (node.name for node in graph if sends_spikes(graph, node)):
            self._tally(name, ())
        # A product needs both operands of the same run, so that it reads values and not tallies.
        products = {root for product in self._products.values() for root in product.roots}
        roots = products.union(self._tallies)
        kinds = {root: root_kind(graph[root]) for root in roots}
        self._memories = {root for root, kind in kinds.items() if kind == "memory"}
        spiking = [root for root, kind in kinds.items() if kind == "spikes"]
        self._bounds = {root: max_spike(graph[root]) for root in spiking}
        self._largest: dict[str, int] = {}
        self._output_side = output_side(graph)
        self.watched = frozenset(roots)
        self._readers = {
            name: [product for product in self._products.values() if _reads(product, name)]
            for name in self.watched
        }
        self.reset()

    def reset(self) -> None:
        """Forgets all counts, to start another phase."""
        self._samples = dict.fromkeys(self._tallies, 0)
        # What nothing bounds starts at 0 and grows with what is seen.
        self._largest = {root: bound or 0 for root, bound in self._bounds.items()}
        for product in self._products.values():
            product.clear()
        for tallies in self._tallies.values():
            for tally in tallies:
                tally.sums = None

    def add(self, name: str, array: NDArray[Any]) -> None:
        """Takes one value of one run; values that are not watched are ignored.

        Args:
            name: the node's name.
            array: channel-last (T, B, H, W, C), integers for spikes; a memory
                (T, B, heads, d_k, d_v).

        Raises:
            GraphError: a wrong shape, spikes that are not integers, or a product's operand twice.
        """
        if name not in self.watched:
            return
        self._check_shape(name, array)
        if name in self._bounds:
            value = self._take_spikes(name, array)
        else:
            # Of what is no spike only the cells that are not zero are counted.
            value = (np.asarray(array) != 0).view(np.uint8)
        # One value may feed connections of different geometry, each with classes of its own.
        for tally in self._tallies.get(name, ()):
            tally.add(np.moveaxis(value, 2, -1) if name in self._memories else value)
        for product in self._readers[name]:
            product.add(name, value)
        # Samples are counted by each value, so that a value that never came is found out.
        if name in self._samples:
            self._samples[name] += array.shape[1]

    def add_run(self, run: Run) -> None:
        """Counts a run that is over.

        Args:
            run: a run that kept all values that are watched, (T, B, C, H, W).

        Raises:
            GraphError: the run was not kept.
        """
        for name in (node.name for node in self.graph if node.name in self.watched):
            if name not in run.values:
                raise GraphError(f"run by '{run.backend}'", "all values kept", f"no '{name}'")
            value = run.values[name]
            self.add(name, value if name in self._memories else np.moveaxis(value, 2, -1))

    def counts(self, phase: str, frames: int | None = None) -> PhaseCounts:
        """Everything counted since the last `reset`.

        Args:
            phase: "init", "track" or "update".
            frames: frames to report; by default the samples seen (runs times batch). Costs that do
                not depend on spikes are always those of the samples seen.

        Raises:
            GraphError: some values of a run are missing.
        """
        samples = self._samples_seen()
        layers = []
        for node in self.graph:
            # Costs that do not depend on spikes: those of one frame, times the frames.
            fixed = frame_costs(node, self.graph)
            if fixed is not None:
                layers.append(self._layer(node, fixed * samples, samples))
            loop = recurrent_connection(node)
            if loop is not None:
                fixed = recurrent_costs(loop, self.graph.shapes[node.name])
                # A recurrent layer gets a row of its own, so that its two kinds of synapses do not
                # mix.
                layers.append(self._conv_layer(loop, fixed * samples, samples))
        return PhaseCounts(phase, samples if frames is None else frames, tuple(layers))

    def _prepare(self, node: AnyNode) -> None:
        loop = recurrent_connection(node)
        if loop is not None:
            self._prepare_conv(loop, trace_feedback(self.graph, node.name))
        # A pool of spikes is a convolution here, which no `isinstance` on the node would say.
        conv = connection_of(self.graph, node)
        if conv is not None:
            self._prepare_conv(conv, operand_of(self.graph, conv))
        elif isinstance(node, Gate):
            self._prepare_gate(node)
        elif isinstance(node, Product):
            self._prepare_product(node)

    def _prepare_gate(self, node: Gate) -> None:
        operand = self._operands[node.name] = trace(self.graph, node.inputs[0])
        if operand.kind == "spikes":
            for (root, moves), times in operand.uses(self.graph).items():
                self._tally(root, moves).cut(times)

    def _prepare_conv(self, node: Conv, operand: Operand) -> None:
        fanout = conv_fanout(node, self.graph.shapes[node.inputs[0]])
        self._convs[node.name] = node
        self._operands[node.name], self._fanouts[node.name] = operand, fanout
        for (root, moves), times in operand.uses(self.graph).items():
            self._tally(root, moves, fanout).cut(times)

    def _take_spikes(self, name: str, array: NDArray[Any]) -> NDArray[Any]:
        """Magnitudes; of a root without a bound, the largest is kept in mind."""
        is_bound = self._bounds[name] is not None
        value = as_spikes(name, array, of_bytes=is_bound)
        if not is_bound:
            self._largest[name] = max(self._largest[name], int(value.max(initial=0)))
        return value

    def _largest_of(self, operand: Operand) -> int:
        """The largest |spike| that can come, or that came where nothing bounds it."""
        return max(self._largest[root] for root in operand.roots)

    def _prepare_product(self, node: Product) -> None:
        first, second = (trace(self.graph, name) for name in node.inputs)
        self._operands[node.name] = first
        # Operands of another kind make true multiplications, which `_product_layer` counts.
        if (first.kind, second.kind) != port_signals(node):
            return
        by_head = partial(meters.per_head, heads=node.heads)
        if isinstance(node, MemoryRead):
            reduce, memory = (meters.per_channel, meters.per_row), node.inputs[1]
        else:
            reduce, memory = (by_head, by_head), node.name
        row = self.graph.shapes[memory][3]
        self._products[node.name] = meters.ProductMeter(node.name, (first, second), reduce, row)

    def _tally(
        self, root: str, moves: Moves, fanout: ConvFanout | None = None
    ) -> meters.ClassTally:
        """The tally of a root under a geometry (none: any will do), made if there is none yet."""
        tallies = self._tallies.setdefault(root, [])
        for tally in tallies:
            if (
                _kept(tally.moves) == _kept(moves)
                if fanout is None
                else _same_classes(tally, moves, fanout)
            ):
                return tally
        if fanout is None:
            _, channels, height, width = self.graph.shapes[root]
            height, width, _ = moved(np.empty((height, width, channels), bool), moves).shape
            rows, columns = meters.plain_axis(height), meters.plain_axis(width)
        else:
            rows, columns = fanout.rows, fanout.columns
        tallies.append(meters.ClassTally(rows, columns, moves))
        return tallies[-1]

    def _layer(self, node: AnyNode, fixed: LayerCounts, samples: int) -> LayerCounts:
        if node.name in self._convs:
            return self._conv_layer(self._convs[node.name], fixed, samples)
        if isinstance(node, Product):
            return self._product_layer(node, fixed)
        if isinstance(node, Gate):
            return self._gate_layer(node, fixed)
        if node.name in self._tallies and fixed.messages == 0:
            unary, hits = self._tally(node.name, ()).total()
            side = "output" if node.name in self._output_side else fixed.side
            return replace(fixed, side=side, messages=hits, unary_messages=unary)
        return fixed

    def _conv_layer(self, node: Conv, fixed: LayerCounts, samples: int) -> LayerCounts:
        operand, fanout = self._operands[node.name], self._fanouts[node.name]
        size = WEIGHT_BYTES_FLOAT if isinstance(node, f.FloatConv) else WEIGHT_BYTES_INTEGER
        # A connection runs once for every step of what it reads.
        passes = samples * operand.n_steps
        fixed = replace(fixed, macs_inside_borders=fanout.macs() * passes)
        if operand.kind == "spikes":
            largest = self._largest_of(operand)
            return with_synops(fixed, self._conv_synops(operand, fanout), largest, size)
        macs = effective = self._conv_synops(operand, fanout).graded
        # Every pixel is multiplied on a chip, zero or not: the true MACs of RGB are dense.
        if operand.kind == "image":
            fixed, macs = replace(fixed, kind="rgb_conv", side="input"), fixed.macs_inside_borders
        else:
            fixed = replace(fixed, kind="dense_conv")
        fixed = replace(fixed, effective_macs=effective, true_macs=macs)
        return with_traffic(fixed, weights=macs, weight_bytes=size, reads=macs, writes=macs)

    def _conv_synops(self, operand: Operand, fanout: ConvFanout) -> meters.Synops:
        total = meters.Synops()
        for (root, moves), times in operand.uses(self.graph).items():
            sums, hits = self._tally(root, moves, fanout).over(times)
            total += meters.Synops(
                events=int(hits.sum()),
                unary_spikes=int(sums.sum()),
                graded=int((hits * fanout.non_zero).sum()),
                unary=int((sums * fanout.non_zero).sum()),
                all_weights=int((hits * fanout.all_weights).sum()),
                unary_all_weights=int((sums * fanout.all_weights).sum()),
            )
        return total

    def _product_layer(self, node: Product, fixed: LayerCounts) -> LayerCounts:
        if node.name not in self._products:
            macs = fixed.dense_macs
            fixed = replace(fixed, true_macs=macs, effective_macs=macs)
            return with_traffic(fixed, weights=0, weight_bytes=0, reads=2 * macs, writes=macs)
        largest = self._largest_of(self._operands[node.name])
        counted = with_synops(fixed, self._products[node.name].total, largest, 0)
        reads_memory = counted.graded if isinstance(node, MemoryRead) else 0
        return replace(counted, weight_reads=0, state_reads=counted.state_reads + reads_memory)

    def _gate_layer(self, node: Gate, fixed: LayerCounts) -> LayerCounts:
        operand = self._operands[node.name]
        if operand.kind != "spikes":
            return fixed
        uses = operand.uses(self.graph).items()
        parts = [self._tally(root, moves).over(times) for (root, moves), times in uses]
        unary, events = (sum(int(part[i].sum()) for part in parts) for i in (0, 1))
        return replace(fixed, events=events, unary_spikes=unary)

    def _samples_seen(self) -> int:
        seen = set(self._samples.values())
        waiting = [name for name, product in self._products.items() if product.is_waiting]
        if len(seen) > 1 or waiting:
            few = min(self._samples, key=lambda name: self._samples[name])
            found = f"'{few}' came {min(seen)} times of {max(seen)}"
            found = f"'{waiting[0]}' waits for an operand" if waiting else found
            what = f"counts of graph '{self.graph.name}'"
            raise GraphError(what, "every watched value of every run", found)
        return seen.pop() if seen else 0

    def _check_shape(self, name: str, array: NDArray[Any]) -> None:
        steps, channels, height, width = self.graph.shapes[name]
        rest = (channels, height, width) if name in self._memories else (height, width, channels)
        if np.ndim(array) != 5 or (array.shape[0], *array.shape[2:]) != (steps, *rest):
            axes = "(T, B, heads, d_k, d_v)" if name in self._memories else "(T, B, H, W, C)"
            needed = f"{axes} = ({steps}, B, {rest[0]}, {rest[1]}, {rest[2]})"
            raise GraphError(f"value '{name}'", needed, str(np.shape(array)))


def _reads(product: meters.ProductMeter, name: str) -> bool:
    return any(name in operand.roots for operand in product.operands)


def _kept(moves: Moves) -> Moves:
    """The moves that change a sum over all neurons."""
    return tuple(move for move in moves if isinstance(move, Kept))


def _same_classes(tally: meters.ClassTally, moves: Moves, fanout: ConvFanout) -> bool:
    same_rows = tally.rows.key == fanout.rows.key
    return tally.moves == moves and same_rows and tally.columns.key == fanout.columns.key
