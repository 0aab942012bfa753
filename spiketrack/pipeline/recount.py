"""Counts the networks of silicon records again with the integer engine.

Where a record's network is public, its counts are ours, and this makes them anew. PilotNet and
NTIDIGITS lie in lava-dl's own test package; the pair of neurons is built here from its published
parameters.
"""

import importlib.metadata
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from conversion.netx import NetxOptions, read_netx
from hardware.energy.records import Activity, RecordLayer, SiliconRecord
from hardware.energy.records.silicon_record import activity_of
from spiketrack.counts.event_counts import PhaseCounts
from spiketrack.errors import StoreError
from spiketrack.files.arrays import read_arrays
from spiketrack.graph import spike_nodes as s
from spiketrack.graph.graph import Graph
from spiketrack.graph.structural_nodes import Delay
from spiketrack.pipeline.network.simulate import simulate
from spiketrack.provenance import sha256_file

PILOTNET_STEPS = 16
"""Steps of one inference, after which the registers are cleared."""
LAVA_DL_NETWORKS = "tests/lava/lib/dl/netx/gts"
"""Where lava-dl keeps the networks of its netx tests, in its wheel and in its source."""
_NTIDIGITS_INPUT = "ntidigits/input.npy"
_PAIR_BIAS, _PAIR_DECAY, _PAIR_THRESHOLD, _WHOLE_DECAY = 640, 410, 64, 4095
"""Of the first neuron at 100 Hz; a step is a millisecond."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recount:
    """What a recount found beside what the record holds.

    Attributes:
        record: the record.
        layers: its layers, counted anew; none if the record has none.
        activity: what happened over all steps.
    """

    record: SiliconRecord
    layers: tuple[RecordLayer, ...]
    activity: Activity

    @property
    def is_same(self) -> bool:
        """Whether every count is that of the record."""
        return self.layers == self.record.layers and self.activity == self.record.activity


def recount(record: SiliconRecord, networks: Path | None = None) -> Recount | None:
    """Counts a record again; None if its network is not public.

    Args:
        record: the record.
        networks: the folder of lava-dl's networks; None looks for an installed lava-dl.

    Raises:
        StoreError: the network is not there, or it is another one than the record names.
    """
    layered = {"pilotnet-snn": _pilotnet, "ntidigits": _ntidigits}
    if record.name in layered and record.activity is not None:
        layers = layered[record.name](record, networks)
        source, mark = record.activity.source, record.activity.mark
        activity = activity_of(layers, record.steps, source, mark)
        return Recount(record=record, layers=layers, activity=activity)
    if record.name == "two-neurons" and record.activity is not None:
        return Recount(record=record, layers=(), activity=_pair(record.activity, record.steps))
    return None


def network_file(name: str, networks: Path | None = None) -> Path:
    """Finds a file of lava-dl's netx tests.

    Args:
        name: its place among them.
        networks: the folder that holds them; None looks for an installed lava-dl.

    Raises:
        StoreError: it is not there.
    """
    for place in _places(name, networks):
        if place.is_file():
            return place
    raise StoreError(
        f"network '{name}'",
        needed="a file of lava-dl's netx tests",
        found="none" if networks is None else f"none in '{networks}'",
        advice=f"Name the folder {LAVA_DL_NETWORKS} of lava-dl's source with --networks.",
    )


def _places(name: str, networks: Path | None) -> tuple[Path, ...]:
    if networks is not None:
        return (networks / name,)
    try:
        files = importlib.metadata.files("lava-dl") or []
    except importlib.metadata.PackageNotFoundError:
        return ()
    wanted = f"{LAVA_DL_NETWORKS}/{name}"
    return tuple(Path(str(file.locate())) for file in files if str(file) == wanted)


def _network_of(record: SiliconRecord, networks: Path | None) -> Path:
    network = record.network
    if network is None:
        raise StoreError(f"network of record '{record.name}'", needed="a file", found="none named")
    path = network_file(network.file, networks)
    found = sha256_file(path)
    if found != network.sha256:
        raise StoreError(
            f"network '{path}'",
            needed=f"the file with sha256 {network.sha256[:12]}...",
            found=f"one with {found[:12]}...",
            advice="The counts of the record are those of lava-dl 0.6.",
        )
    return path


def _pilotnet(record: SiliconRecord, networks: Path | None) -> tuple[RecordLayer, ...]:
    """The second of two inferences on a silent input: the first one still fills the pipeline."""
    path = _network_of(record, networks)
    first, both = (_silent_pilotnet(path, n * PILOTNET_STEPS) for n in (1, 2))
    return tuple(_layer(one, both, first) for one in record.layers)


def _silent_pilotnet(path: Path, n_steps: int) -> PhaseCounts:
    options = NetxOptions(n_steps=n_steps, reset_interval=PILOTNET_STEPS)
    graph = read_netx(path, options=options)
    return _count(graph, np.zeros(graph.shapes["0.input"], np.int64)[:, None])


def _ntidigits(record: SiliconRecord, networks: Path | None) -> tuple[RecordLayer, ...]:
    path = _network_of(record, networks)
    events = read_arrays(network_file(_NTIDIGITS_INPUT, networks))[""]
    graph = read_netx(path, options=NetxOptions(n_steps=events.shape[1]))
    counts = _count(graph, events.T[:, None, None, None, :].astype(np.int64))
    return tuple(_layer(one, counts, None) for one in record.layers)


def _pair(held: Activity, n_steps: int) -> Activity:
    """Two neurons at 100 Hz: the first fires from its bias, and the other one with it."""
    counts = _count(pair_graph(n_steps), np.zeros((n_steps, 1, 1, 1, 1), np.int64))
    return replace(
        held,
        synops=counts["synapse"].graded,
        neuron_updates=counts["first"].neuron_updates + counts["second"].neuron_updates,
        spikes=counts["first"].messages + counts["second"].messages,
    )


def pair_graph(n_steps: int) -> Graph[s.SpikeNode]:
    """Builds the pair of neurons that was measured on Loihi 2, at 100 Hz.

    The first neuron has no input. The synapse of the pair has the largest 8-bit weight: the
    measured one was 128, and either makes the second neuron fire at once.

    Args:
        n_steps: T.
    """

    def neuron(name: str, source: str, bias: int, v_decay: int) -> s.SpikeCubaLIF:
        u_decay_q, v_decay_q, threshold_q, bias_mant_q = (
            np.full((1, 1, 1), value, np.int32)
            for value in (_WHOLE_DECAY, v_decay, _PAIR_THRESHOLD, bias)
        )
        return s.SpikeCubaLIF(
            name=name,
            inputs=(source,),
            u_decay_q=u_decay_q,
            v_decay_q=v_decay_q,
            threshold_q=threshold_q,
            bias_mant_q=bias_mant_q,
            recurrent_q=np.zeros((0, 0), np.int8),
        )

    def synapse(name: str, source: str, weight: int) -> s.SpikeConv:
        return s.SpikeConv(
            name=name,
            inputs=(source,),
            weight_q=np.full((1, 1, 1, 1), weight, np.int8),
            weight_scale=np.ones(1),
        )

    nothing = s.SpikeInput(
        name="nothing", shape=(n_steps, 1, 1, 1), signal="spikes", low=0, high=1, scale=1.0,
        offset_q=np.zeros(1, np.int32),
    )  # fmt: skip
    return Graph(
        name="pair",
        nodes=(
            nothing,
            synapse("unused", "nothing", 0),
            neuron("first", "unused", _PAIR_BIAS, _PAIR_DECAY),
            Delay(name="delay", inputs=("first",), steps_q=np.ones((1, 1, 1), np.int32)),
            synapse("synapse", "delay", 127),
            neuron("second", "synapse", 0, _WHOLE_DECAY),
            s.SpikeOutput(name="out", inputs=("second",), scale=np.ones(1), bias=np.zeros(1)),
        ),
    )


def _count(graph: Graph[s.SpikeNode], spikes: NDArray[np.int64]) -> PhaseCounts:
    return simulate(graph, {graph.nodes[0].name: spikes}).counts.phases["run"]


def _layer(layer: RecordLayer, counts: PhaseCounts, before: PhaseCounts | None) -> RecordLayer:
    """The layer with our counts: those of the synapses in front of it, and of its neurons."""
    prefix = layer.node.split(".")[0]
    synapses = [one.name for one in counts.layers if one.name.split(".")[0] == prefix]

    def total(row: str, key: str) -> int:
        earlier = 0 if before is None else int(getattr(before[row], key))
        return int(getattr(counts[row], key)) - earlier

    return replace(
        layer,
        # A relay has no neurons: the record's are those of the core that hands spikes on.
        neurons=counts[layer.node].neurons or layer.neurons,
        synops=sum(total(name, "graded") for name in synapses),
        spikes=total(layer.node, "messages"),
    )
