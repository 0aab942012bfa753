"""Measures what rounding cost, layer by layer, each fed the float network's own values.

Why forced: one flipped spike changes many later ones (the float network does the same to itself
when its summation order changes), so only a layer that is fed the true inputs shows its own error.
Forced are the spikes of every neuron layer, the membrane of every readout and the sum of every
residual addition, rounded to its grid. A recurrent layer hears its own spikes, right or wrong.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from typing_extensions import assert_never

from calibration.quantise import QuantisedGraph
from simulation.floats.engine import run_float
from simulation.reference.engine import evaluate_with_states
from simulation.run import Run, take_inputs
from spiketrack.fixed_point import Int64
from spiketrack.graph import spike_nodes as s
from spiketrack.graph.checks import Array
from spiketrack.graph.kinds import SpikeFiring, SpikeNeuron
from spiketrack.graph.structural_nodes import StructuralNode


@dataclass(frozen=True)
class NodeError:
    """Error of one node with forced inputs.

    Attributes:
        node: its name.
        kind: "synapses", "stream", "neuron" or "readout".
        snr_db: signal to error ratio of the real values in dB; None where nothing differs, and for
            neurons.
        differing: share of spikes that differ (neurons), else 0.
        mean_float: mean integer spike of the float layer (neurons), else 0.
        mean_integer: mean integer spike of the integer layer (neurons), else 0.
        clipped: share of float membranes above D, which the neuron clips by design (neurons), else
            0.
    """

    node: str
    kind: str
    snr_db: float | None
    differing: float = 0.0
    mean_float: float = 0.0
    mean_integer: float = 0.0
    clipped: float = 0.0


def compare_forced(
    quantised: QuantisedGraph,
    inputs: Mapping[str, Array],
    *,
    dtype: torch.dtype = torch.float32,
) -> list[NodeError]:
    """Error of every layer of an integer graph on one set of raw integer inputs.

    Args:
        quantised: the integer graph and the float graph it stands for.
        inputs: raw integers per input node, (T, B, C, H, W) (a memory: (T, B, heads, d_k, d_v)).
        dtype: of the float run; many steps of a neuron with a current want torch.float64.
    """
    graph = quantised.graph
    values = take_inputs(graph, inputs)
    real_inputs = {
        node.name: values[node.name].astype(np.float64) * node.scale
        for node in graph.inputs
        if isinstance(node, s.SpikeInput)
    }
    # One float run gives every layer its true inputs.
    truth = run_float(quantised.source, real_inputs, dtype=dtype)
    rows: list[NodeError] = []
    dropped = graph.last_uses()
    for node in graph:
        if isinstance(node, s.SpikeInput):
            continue
        arguments = [values[name] for name in node.inputs]
        values[node.name], _ = evaluate_with_states(node, arguments)
        if isinstance(node, SpikeFiring):
            rows.append(_neuron_error(node, values[node.name], truth))
            # From here on the next layer hears what the float network would have said.
            values[node.name] = truth.values[node.name].astype(np.int64)
        elif node.name in truth.values:
            rows.extend(_value_error(node, values[node.name], truth, quantised))
        if isinstance(node, SpikeNeuron) and not isinstance(node, SpikeFiring):
            worth = quantised.worth[node.name][:, None, None]
            values[node.name] = np.rint(truth.values[node.name] / worth).astype(np.int64)
        if isinstance(node, s.SpikeAdd):
            real = truth.values[node.name].astype(np.float64) / node.scale
            # Half up, as a stream rounds.
            values[node.name] = np.floor(real + 0.5).astype(np.int64)
        # Nobody reads these again, and all values of a large network at once take much memory.
        for name in dropped.get(node.name, []):
            del values[name]
    return rows


def summarise_errors(rows: list[NodeError]) -> dict[str, Any]:
    """The worst and the typical layer, and the share of all differing spikes, as JSON values.

    Args:
        rows: one for each node, from `compare_forced`.
    """
    neurons = [row for row in rows if row.kind == "neuron"]
    synapses = [row.snr_db for row in rows if row.kind == "synapses" and row.snr_db is not None]
    # Neurons are compared by spikes, since only those reach other layers.
    worst = max(neurons, key=lambda row: row.differing, default=None)
    return {
        "layers": [asdict(row) for row in rows],
        "mean_share_of_differing_spikes": float(np.mean([row.differing for row in neurons]))
        if neurons
        else 0.0,
        "worst_neuron_layer": asdict(worst) if worst else None,
        "median_synapse_snr_db": float(np.median(synapses)) if synapses else None,
    }


def silenced_layers(runs: Iterable[list[NodeError]]) -> list[str]:
    """Layers that fire in the float network and never in integers, over all runs together.

    Args:
        runs: for each run the rows of `compare_forced`.
    """
    floats: dict[str, float] = {}
    integers: dict[str, float] = {}
    for rows in runs:
        for row in rows:
            if row.kind == "neuron":
                floats[row.node] = floats.get(row.node, 0.0) + row.mean_float
                integers[row.node] = integers.get(row.node, 0.0) + row.mean_integer
    return [name for name, mean in floats.items() if mean and not integers[name]]


def silence_alarms(graph: str, layers: Iterable[str]) -> list[str]:
    """A sentence for each of these layers.

    Args:
        graph: the name of their graph.
        layers: of `silenced_layers`.
    """
    return [
        f"graph '{graph}': layer '{layer}' fires in the float network and never in integers"
        for layer in layers
    ]


def _neuron_error(node: SpikeFiring, spikes: Int64, truth: Run) -> NodeError:
    expected = truth.values[node.name]
    membrane = truth.states.get(node.name) if isinstance(node, s.SpikeNILIF) else None
    clipped: Array = np.zeros(1)
    if isinstance(node, s.SpikeNILIF) and membrane is not None:
        clipped = membrane > node.max_spike
    return NodeError(
        node.name,
        "neuron",
        None,
        float((spikes != expected).mean()),
        float(expected.mean()),
        float(spikes.mean()),
        float(clipped.mean()),
    )


def _value_error(
    node: s.SpikeNode, value: Int64, truth: Run, quantised: QuantisedGraph
) -> list[NodeError]:
    """The row of a node that rounds; none of exact sums, or of what moves them."""
    if isinstance(node, StructuralNode):
        return []
    if isinstance(node, SpikeNeuron):
        real = value * quantised.worth[node.name][:, None, None]
        return [NodeError(node.name, "readout", snr_db(truth.values[node.name], real))]
    match node:
        case s.SpikeConv():
            worth, offset = quantised.worth[node.name], quantised.offset[node.name]
            real = value * worth[:, None, None] + offset[:, None, None]
            return [NodeError(node.name, "synapses", snr_db(truth.values[node.name], real))]
        case s.SpikeAdd() | s.SpikeBias():
            return [
                NodeError(node.name, "stream", snr_db(truth.values[node.name], value * node.scale))
            ]
        case (
            s.SpikeInput() | s.SpikeOutput() | s.SpikeRescale() | s.SpikeSumPool()
            | s.SpikeUpsample() | s.SpikeMemoryWrite() | s.SpikeMemoryRead() | s.SpikeGateMix()
        ):  # fmt: skip
            return []
        case _:
            assert_never(node)


def snr_db(expected: Array, measured: Array) -> float | None:
    """10 log10(sum expected**2 / sum error**2); None without error or without signal."""
    error = float(np.square(expected.astype(np.float64) - measured).sum())
    signal = float(np.square(expected.astype(np.float64)).sum())
    return 10.0 * math.log10(signal / error) if error > 0.0 and signal > 0.0 else None
