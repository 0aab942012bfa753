"""NeuroBench's SynapticOperations beside all our definitions of a synaptic operation.

    python -m tests.oracles.neurobench_table

(a) graded events, non-zero weights, exact borders; (b) the same with a spike s counted s times;
(c) zero weights too; (d) rate x dense; (e) NeuroBench's keys as we count them. Per sample.
"""

from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
import torch

from simulation.counting.counter import EventCounter
from simulation.counting.event_loop import count_node
from simulation.floats.engine import run_float
from spiketrack.counts.event_counts import PhaseCounts
from tests.oracles.spiking_networks import NETWORKS, Twins

_DEFINITIONS = {
    "(a)": "graded", "(b)": "unary", "(c)": "all_weights", "(d)": "rate_x_dense",
}  # fmt: skip


@dataclass(frozen=True)
class Operations:
    """NeuroBench's three keys, summed over all samples."""

    effective_acs: int
    effective_macs: int
    dense: int

    @property
    def effective(self) -> int:
        """Whatever they are called."""
        return self.effective_acs + self.effective_macs


def by_neurobench(twins: Twins) -> Operations:
    """What the package counts."""
    models = import_module("neurobench.models")
    metric = import_module("neurobench.metrics.workload").SynapticOperations()
    model = models.SNNTorchModel(twins.network)
    model.register_hooks()
    with torch.no_grad():
        predicted = model(twins.data)
        found = metric(model, predicted, (twins.data, None))
    model.cleanup_hooks()
    n = len(twins.data)
    keys = ("Effective_ACs", "Effective_MACs", "Dense")
    return Operations(*(round(found[key] * n) for key in keys))


def predictions(twins: Twins) -> Any:
    """What the torch network gives, (T, B, C, H, W)."""
    models = import_module("neurobench.models")
    with torch.no_grad():
        given = models.SNNTorchModel(twins.network)(twins.data).transpose(0, 1).numpy()
    return given if given.ndim == 5 else given[..., None, None]


def counted(twins: Twins) -> PhaseCounts:
    """What we count, on the same input."""
    counter = EventCounter(twins.graph)
    run_float(twins.graph, {"x": twins.values()}, observer=counter)
    return counter.counts("track")


def by_us(counts: PhaseCounts) -> Operations:
    """Our definition (e), without the rows of pools: NeuroBench counts no operation of theirs."""
    layers = [layer for layer in counts.layers if layer.kind != "pool"]
    return Operations(
        sum(layer.effective_acs for layer in layers),
        sum(layer.effective_macs for layer in layers),
        sum(layer.macs_inside_borders for layer in layers),
    )


def faint_operations(twins: Twins) -> int:
    """Operations of a graph with integer spikes in steps whose spikes are all 0 or 1.

    NeuroBench decides per call of a layer, that is per step and batch, from the values seen.
    """
    run = run_float(twins.graph, {"x": twins.values()})
    spikes = run.values["spike1"]
    faint = np.flatnonzero(spikes.reshape(len(spikes), -1).max(axis=1) <= 1)
    total = 0
    for step in faint:
        only = np.zeros_like(spikes)
        only[step] = spikes[step]
        counter = EventCounter(twins.graph)
        forced = {"spike1": only}
        run_float(twins.graph, {"x": twins.values()}, forced=forced, observer=counter)
        total += counter.counts("track")["conv2"].graded
    return total


def shared_operations(twins: Twins) -> int:
    """Operations of the residual network's cells in which both operands of the sum fire.

    They meet the same weights: to NeuroBench one value, to a chip two messages.
    """
    run = run_float(twins.graph, {"x": twins.values()})
    both = run.values["spike1"] * run.values["spike2"]
    return count_node(twins.graph["conv3"], [both]).graded


def rows() -> list[dict[str, Any]]:
    """One row per network: NeuroBench, (e), (a) to (d) over the layers that read spikes."""
    listed = []
    for name, make in NETWORKS.items():
        twins = make()
        theirs, counts = by_neurobench(twins), counted(twins)
        totals, n = counts.totals(), len(twins.data)
        row: dict[str, Any] = {"network": name, "samples": n, "theirs": theirs}
        row["ours"] = by_us(counts)
        row |= {key: totals["synops"][field] for key, field in _DEFINITIONS.items()}
        row["dense"] = totals["dense_macs"]
        listed.append(row)
    return listed


def main() -> None:
    """Prints the table in Markdown; all figures are sums over the samples."""
    print("| network | NeuroBench ACs / MACs / Dense | (e) ours | (a) | (b) | (c) | (d) | dense |")
    print("|---|---|---|---|---|---|---|---|")
    for row in rows():
        theirs, ours = row["theirs"], row["ours"]
        cells = [row["network"]]
        for one in (theirs, ours):
            cells.append(f"{one.effective_acs} / {one.effective_macs} / {one.dense}")
        cells += [str(row[key]) for key in (*_DEFINITIONS, "dense")]
        print(f"| {' | '.join(cells)} |")
    print(
        "(a)-(d) leave out layers that read real values: true MACs. (a) = NeuroBench's effective "
        "operations of the layers that read spikes. (b) > (a) where spikes exceed 1. (c) > (a) by "
        "zero weights. (d) counts taps on padding as if they had spikes, and the mean rate "
        "everywhere; dense > Dense by the taps on padding. NeuroBench calls the operations of a "
        "step in which no spike of the batch exceeds 1 accumulates, we decide by what the neuron "
        "can emit or an input did send. A sum of spikes is one value to NeuroBench; we count the "
        "spikes of every operand. It has no entry for k^T v and q M."
    )


if __name__ == "__main__":
    main()
