"""Our cores for each layer beside those that Intel's compilers printed, and the time of a step.

    python -m tests.evidence.intel_cores [--networks DIR]

PilotNet SNN and NTIDIGITS are read from lava-dl (installed, or `tests/lava/lib/dl/netx/gts` of its
source at DIR); the others are built in their shapes, with random weights, which decide no count of
cores. Cores are the fewest that our mapper fills, and again with at most 4,096 neurons on a core:
the compiler prints 87.5 % of a core's neurons where it places 3,584 of YOLO-KP. The last table
spreads the counts of a record over each split and asks the time tables for a step.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from conversion.netx import NetxOptions, read_netx
from hardware.energy.records import record_of_name, step_time_us
from hardware.mapping import cut_graph
from hardware.target import Target, load_target
from spiketrack.constants import Constant
from spiketrack.graph import spike_nodes as s
from spiketrack.graph.graph import Graph
from spiketrack.pipeline.recount import network_file

NEURONS_OF_INTEL = Constant(
    4096, "neurons", "assumed: 3,584 neurons are 87.5 % of a core in the printout of YOLO-KP", "A"
)


@dataclass(frozen=True)
class Layer:
    """A layer of a network that is built in shape.

    Attributes:
        name: for the table.
        channels: C of its output.
        kernel: of a convolution; a dense layer has a kernel as large as its input.
        stride: (rows, columns).
        padding: (rows, columns).
    """

    name: str
    channels: int
    kernel: tuple[int, int] = (3, 3)
    stride: tuple[int, int] = (1, 1)
    padding: tuple[int, int] = (0, 0)


@dataclass(frozen=True)
class Placement:
    """What a compiler of Intel printed about one network.

    Attributes:
        title: name of the network.
        target: chip.
        cores: of each layer that it placed on cores.
        source: where that was printed.
    """

    title: str
    target: str
    cores: tuple[int, ...]
    source: str


_NETX = "lava-dl, netx tutorials"
SNN = Placement(
    "PilotNet SNN", "loihi2", (13, 25, 13, 3, 3, 2, 12, 1, 1, 1),
    f"{_NETX}, pilotnet_snn/benchmark.ipynb",
)  # fmt: skip
NTIDIGITS = Placement(
    "NTIDIGITS", "loihi1", (2, 2, 1), "intel-nrc-ecosystem/models, 3dc53bf, ntidigitsEnergy.ipynb"
)
SDNN = Placement(
    "PilotNet SDNN", "loihi2", (25, 13, 3, 3, 2, 12, 1, 1, 1),
    f"{_NETX}, pilotnet_sdnn/benchmark.ipynb",
)  # fmt: skip
OXFORD = Placement(
    "Oxford 200-256-200", "loihi2", (2, 3),
    f"{_NETX}, oxford/runLoihi.ipynb of commit 04832c9, the cores as a secondary source tells them",
)  # fmt: skip
YOLO_KP = Placement(
    "YOLO-KP 448x448", "loihi2", (224, 112, 56, 28, 56, 16, 32, 14, 32, 4),
    f"{_NETX}, yolo_kp/run_eth.ipynb",
)  # fmt: skip
PILOTNET_LAYERS = (
    Layer("conv-0", 24, stride=(2, 2)), Layer("conv-1", 36, stride=(2, 2)),
    Layer("conv-2", 48, stride=(2, 2)), Layer("conv-3", 64, stride=(2, 1), padding=(1, 0)),
    Layer("conv-4", 64), Layer("fc-0", 100, (2, 20)), Layer("fc-1", 50, (1, 1)),
    Layer("fc-2", 10, (1, 1)), Layer("fc-3", 1, (1, 1)),
)  # fmt: skip
_YOLO = (
    (16, 3, 2), (32, 3, 2), (64, 3, 2), (128, 3, 2), (256, 3, 1), (256, 3, 2), (512, 3, 1),
    (256, 1, 1), (512, 3, 1), (48, 1, 1),
)  # fmt: skip
"""Channels, kernel and stride of each convolution."""
YOLO_LAYERS = tuple(
    Layer(f"conv-{i}", channels, (kernel, kernel), (stride, stride), (kernel // 2, kernel // 2))
    for i, (channels, kernel, stride) in enumerate(_YOLO)
)


def per_neuron(value: int) -> NDArray[np.int32]:
    """A parameter that all neurons share."""
    return np.full((1, 1, 1), value, np.int32)


def in_shape(
    name: str, shape: tuple[int, int, int], layers: Sequence[Layer], *, is_sdnn: bool
) -> Graph[s.SpikeNode]:
    """A chain of layers with random weights: sigma-delta with a rectifier, or LIF.

    Args:
        name: of the graph.
        shape: (C, H, W) of the spikes that enter.
        layers: in order.
        is_sdnn: whether the neurons are sigma-delta.
    """
    random = np.random.default_rng(0)
    nodes: list[s.SpikeNode] = [
        s.SpikeInput(
            name="input", shape=(1, *shape), signal="spikes", low=-128 if is_sdnn else 0,
            high=127 if is_sdnn else 1, scale=1.0, offset_q=np.zeros(1, np.int32),
        )
    ]  # fmt: skip
    channels = shape[0]
    for layer in layers:
        weights = random.integers(-127, 128, (layer.channels, channels, *layer.kernel))
        nodes.append(
            s.SpikeConv(
                name=f"{layer.name}.synapses", inputs=(nodes[-1].name,),
                weight_q=weights.astype(np.int8), weight_scale=np.ones(layer.channels),
                stride=layer.stride, padding=layer.padding,
            )
        )  # fmt: skip
        nodes += _neurons(layer.name, nodes[-1].name, is_sdnn=is_sdnn)
        channels = layer.channels
    last = nodes[-1].name
    nodes.append(s.SpikeOutput(name="out", inputs=(last,), scale=np.ones(1), bias=np.zeros(1)))
    return Graph(name, tuple(nodes))


def _neurons(name: str, source: str, *, is_sdnn: bool) -> list[s.SpikeNode]:
    if is_sdnn:
        return [
            s.SpikeSigma(name=f"{name}.sigma", inputs=(source,)),
            s.SpikeRelu(name=f"{name}.relu", inputs=(f"{name}.sigma",), bias_q=per_neuron(0)),
            s.SpikeDelta(
                name=name, inputs=(f"{name}.relu",), threshold_q=per_neuron(64), state_exp=6
            ),
        ]
    return [
        s.SpikeCubaLIF(
            name=name, inputs=(source,), u_decay_q=per_neuron(1024), v_decay_q=per_neuron(128),
            threshold_q=per_neuron(80), bias_mant_q=per_neuron(0),
            recurrent_q=np.zeros((0, 0), np.int8),
        )
    ]  # fmt: skip


def with_neurons(target: Target, neurons: Constant) -> Target:
    """The same chip with another limit of neurons on a core."""
    return replace(target, quantities={**target.quantities, "neurons_per_core": neurons})


def cores_of(graph: Graph[s.SpikeNode], target: Target, layers: Sequence[str]) -> list[int]:
    """How many cores the fewest hold a part of each layer; two layers may share one."""
    cut = cut_graph(graph, target)
    found = {}
    for population in cut.network.on_chip:
        cores = cut.cores.cores_of(population.index, cut.tilings[population.index])
        found[population.name] = len(np.unique(cores))
    return [found[name] for name in layers]


def compare(
    placement: Placement, graph: Graph[s.SpikeNode], nodes: Sequence[str], names: Sequence[str]
) -> tuple[list[int], list[int]]:
    """Prints one table; returns our cores for each layer, as they are and with Intel's limit."""
    target = load_target(placement.target)
    own = cores_of(graph, target, nodes)
    held = min(target["neurons_per_core"], int(NEURONS_OF_INTEL.value))
    limited = cores_of(graph, with_neurons(target, replace(NEURONS_OF_INTEL, value=held)), nodes)
    print(f"\n{placement.title} on {placement.target} ({placement.source})")
    print("layer | neurons | Intel's cores | ours | ours, at most 4,096 neurons a core")
    for row in zip(names, nodes, placement.cores, own, limited, strict=True):
        neurons = int(np.prod(graph.shapes[row[1]][1:]))
        print(f"{row[0]} | {neurons:,} | {row[2]} | {row[3]} | {row[4]}")
    print(f"all | | {sum(placement.cores)} | {sum(own)} | {sum(limited)}")
    return own, limited


def times(name: str, splits: dict[str, Sequence[int]]) -> None:
    """Prints the step of a record that each split of cores would take under each time table."""
    record = record_of_name(name)
    measured = record.measured["step_us"].value
    for table in load_target(record.chip).times:
        for words, cores in splits.items():
            layers = [
                replace(layer, cores=count)
                for layer, count in zip(record.layers, cores, strict=True)
            ]
            step_us = step_time_us(replace(record, layers=tuple(layers)), table)
            print(f"{record.title} | {words} | {table.title} | {step_us:.1f} us | {measured} us")


def main() -> None:
    """Prints every comparison."""
    parser = argparse.ArgumentParser(description="Our cores beside those of Intel's compilers.")
    parser.add_argument("--networks", type=Path, metavar="DIR")
    networks = parser.parse_args().networks
    pilotnet, ntidigits = (record_of_name(name) for name in ("pilotnet-snn", "ntidigits"))
    graph = read_netx(
        network_file("pilotnet_lif/network.net", networks), options=NetxOptions(n_steps=16)
    )
    layers = pilotnet.layers
    snn = compare(SNN, graph, [one.node for one in layers], [one.name for one in layers])
    options = NetxOptions(n_steps=3000)
    graph = read_netx(network_file("ntidigits/ntidigits.net", networks), options=options)
    dense = ntidigits.layers[1:]
    own = compare(NTIDIGITS, graph, [one.node for one in dense], [one.name for one in dense])
    names = [layer.name for layer in PILOTNET_LAYERS]
    compare(SDNN, in_shape("sdnn", (3, 66, 200), PILOTNET_LAYERS, is_sdnn=True), names, names)
    oxford = (Layer("dense-0", 256, (1, 1)), Layer("dense-1", 200, (1, 1)))
    names = [layer.name for layer in oxford]
    compare(OXFORD, in_shape("oxford", (200, 1, 1), oxford, is_sdnn=False), names, names)
    names = [layer.name for layer in YOLO_LAYERS]
    compare(YOLO_KP, in_shape("yolo-kp", (3, 448, 448), YOLO_LAYERS, is_sdnn=True), names, names)
    print("\nrecord | split | time table | predicted | measured")
    times("pilotnet-snn", {"Intel's": SNN.cores, "ours": snn[0], "ours, 4,096": snn[1]})
    # The input of NTIDIGITS has a core of its own.
    times("ntidigits", {"Intel's": (1, *NTIDIGITS.cores), "ours": [1, *own[0]]})


if __name__ == "__main__":
    main()
