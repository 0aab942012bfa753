"""Counts the networks of the silicon records again, and holds every time table against them.

    python -m tests.evidence.records

The networks lie in lava-dl's own test package, so this needs lava-dl (Python 3.10). Exits with 1 if
a count differs from what its record holds.
"""

import importlib.metadata
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from conversion.netx import NetxOptions, read_netx
from hardware.energy.records import RecordLayer, SiliconRecord, load_records, step_scores
from hardware.target import KNOWN_TARGETS, load_target
from spiketrack.counts.event_counts import PhaseCounts
from spiketrack.graph.graph import Graph
from spiketrack.graph.spike_nodes import SpikeNode
from spiketrack.pipeline.network.simulate import simulate

PILOTNET_STEPS = 16
"""Steps of one inference, after which the registers are cleared."""


def wheel_file(name: str) -> Path:
    """A file of lava-dl's netx tests.

    Raises:
        FileNotFoundError: the installed lava-dl does not bring it, or there is none.
    """
    try:
        files = importlib.metadata.files("lava-dl") or []
    except importlib.metadata.PackageNotFoundError as error:
        raise FileNotFoundError("lava-dl is not installed (it needs Python 3.10)") from error
    for file in files:
        if str(file) == f"tests/lava/lib/dl/netx/gts/{name}":
            return Path(str(file.locate()))
    raise FileNotFoundError(f"the installed lava-dl does not bring {name}")


def recount(record: SiliconRecord) -> tuple[RecordLayer, ...]:
    """The layers of a record, counted anew with the integer engine.

    Raises:
        FileNotFoundError: the network is not here.
        KeyError: no network is known for this record.
    """
    return {"pilotnet-snn": _pilotnet, "ntidigits": _ntidigits}[record.name](record)


def _pilotnet(record: SiliconRecord) -> tuple[RecordLayer, ...]:
    """The second of two inferences on a silent input: the first one still fills the pipeline."""
    first, both = (_silent_pilotnet(n * PILOTNET_STEPS) for n in (1, 2))
    return tuple(_layer(one, both, first) for one in record.layers)


def _silent_pilotnet(n_steps: int) -> PhaseCounts:
    options = NetxOptions(n_steps=n_steps, reset_interval=PILOTNET_STEPS)
    graph = read_netx(wheel_file("pilotnet_lif/network.net"), options=options)
    return _count(graph, np.zeros(graph.shapes["0.input"], np.int64)[:, None])


def _ntidigits(record: SiliconRecord) -> tuple[RecordLayer, ...]:
    events = np.load(wheel_file("ntidigits/input.npy"))
    options = NetxOptions(n_steps=events.shape[1])
    graph = read_netx(wheel_file("ntidigits/ntidigits.net"), options=options)
    counts = _count(graph, events.T[:, None, None, None, :].astype(np.int64))
    return tuple(_layer(one, counts, None) for one in record.layers)


def _count(graph: Graph[SpikeNode], spikes: NDArray[np.int64]) -> PhaseCounts:
    return simulate(graph, {"0.input": spikes}).counts.phases["run"]


def _layer(layer: RecordLayer, counts: PhaseCounts, before: PhaseCounts | None) -> RecordLayer:
    """The layer with our counts: those of the synapses in front of it, and of its neurons."""
    prefix = layer.node.split(".")[0]

    def total(row: str, key: str) -> int:
        return int(getattr(counts[row], key)) - (
            0 if before is None else int(getattr(before[row], key))
        )

    synapses = [one.name for one in counts.layers if one.name.split(".")[0] == prefix]
    return replace(
        layer,
        # NTIDIGITS has no neurons at its input: the record's 64 are relays on a core of their own.
        neurons=counts[layer.node].neurons or layer.neurons,
        synops=sum(total(name, "graded") for name in synapses),
        spikes=total(layer.node, "messages"),
    )


def main() -> int:
    """Prints the counts, and predicted over measured step times; 1 if a count differs."""
    differing = 0
    for record in load_records():
        print(f"\n{record.title}: {record.counts_source}")
        for held, found in zip(record.layers, recount(record), strict=True):
            same = held == found
            differing += not same
            print(
                f"  {held.name:9} {held.cores:3} cores {found.neurons:7,} neurons "
                f"{found.synops:12,} SynOps {found.spikes:9,} spikes  "
                + ("as in the record" if same else f"DIFFERS from {held}")
            )
        print(f"  all layers {record.synops:,} SynOps in {record.steps:,} steps")
    print("\ntime table                     record        predicted   measured  predicted/measured")
    for name in KNOWN_TARGETS:
        for table in load_target(name).times:
            for score in step_scores(table):
                print(
                    f"{name + ', ' + table.name:30} {score.record:12} {score.predicted_us:9.2f} us "
                    f"{score.measured_us:7.2f} us {score.ratio:8.3f}"
                )
    return int(differing > 0)


if __name__ == "__main__":
    sys.exit(main())
