"""Small graphs and a small chip for mapper tests."""

from dataclasses import replace
from typing import Any

import numpy as np

from hardware.target import Target, load_target, target_from
from spiketrack.graph import float_nodes as f
from spiketrack.graph import structural_nodes as m
from spiketrack.graph.graph import Graph

SOURCE = "assumed: for tests"


def small_target(**changes: Any) -> Target:
    """A chip of 8 small cores: 2 x 2 routers of 2; boards of 1, 4 and 64 chips.

    Args:
        changes: quantities by key.
    """
    values: dict[str, dict[str, Any]] = {
        "limits": {
            "cores_per_chip": 8, "neurons_per_core": 64, "synapse_memory_per_core": 65536,
            "state_memory_per_core": 65536, "memory_per_core": 131072, "in_axons_per_core": 512,
            "out_axons_per_core": 512, "atoms_per_axon": 16,
        },
        "format": {"weight_bits": 8, "state_bits": 24, "in_axon_bits": 32, "out_axon_bits": 32},
        "mesh": {
            "router_rows": 2, "router_columns": 2, "cores_per_router": 2, "chip_crossing_hops": 3,
        },
        "time": {"synop_ns": 2.0, "neuron_update_ns": 5.0, "idle_visit_ns": 1.0,
                 "step_overhead_ns": 100.0},
        "features": {"graded_spikes": True, "microcode": True, "shared_weights": True},
    }  # fmt: skip
    document: dict[str, Any] = {"name": "small", "title": "Small chip"}
    for section, entries in values.items():
        document[section] = {
            key: {"value": changes.get(key, value), "unit": "of them", "source": SOURCE}
            for key, value in entries.items()
        }
    boards = {"one": (1, 1, 1), "four": (4, 2, 2), "many": (64, 8, 8)}
    document["boards"] = {
        name: {"chips": chips, "rows": rows, "columns": columns, "source": SOURCE}
        for name, (chips, rows, columns) in boards.items()
    }
    return target_from(document)


def binary_target(**changes: Any) -> Target:
    """The same without graded spikes and microcode."""
    return small_target(graded_spikes=False, microcode=False, **changes)


def known_targets() -> list[Target]:
    """Both targets that come with the program."""
    return [load_target("loihi1"), load_target("loihi2")]


def wide_targets() -> list[Target]:
    """The same with words of 62 bits, which hold every register of a random graph."""
    return [
        replace(
            one,
            quantities={
                **one.quantities,
                "state_bits": replace(one.quantities["state_bits"], value=62),
            },
        )
        for one in known_targets()
    ]


def neuron(name: str, source: str, levels: int = 4, n_steps: int = 1) -> f.FloatNILIF:
    """An NI-LIF layer."""
    return f.FloatNILIF(
        name=name, inputs=(source,), max_spike=levels, decay=np.full(n_steps - 1, 0.5)
    )


def conv(
    name: str, source: str, channels: tuple[int, int], kernel: int, **geometry: Any
) -> f.FloatConv:
    """A convolution of ones, (inputs, outputs) channels, keeping the size of the map."""
    groups = geometry.pop("groups", 1)
    weight = np.ones((channels[1], channels[0] // groups, kernel, kernel))
    pad = geometry.pop("padding", (kernel // 2, kernel // 2))
    return f.FloatConv(
        name=name, inputs=(source,), weight=weight, bias=np.zeros(channels[1]),
        padding=pad, groups=groups, **geometry,
    )  # fmt: skip


def two_layers(channels: int = 4, size: int = 8, kernel: int = 3) -> Graph[f.FloatNode]:
    """Spikes in, one neuron layer, a convolution, another neuron layer, a 1x1 readout."""
    return Graph(
        "two",
        (
            f.FloatInput(name="x", shape=(1, channels, size, size), signal="spikes"),
            conv("conv0", "x", (channels, channels), 1),
            neuron("first", "conv0"),
            conv("conv1", "first", (channels, channels), kernel),
            neuron("second", "conv1"),
            conv("read", "second", (channels, 1), 1),
            f.FloatOutput(name="out", inputs=("read",)),
        ),
    )


def residual() -> Graph[f.FloatNode]:
    """A stream that two layers add to, read by a neuron each time."""
    return Graph(
        "residual",
        (
            f.FloatInput(name="x", shape=(1, 2, 6, 6), signal="spikes"),
            conv("stem", "x", (2, 4), 3),
            neuron("a", "stem"),
            conv("branch", "a", (4, 4), 3),
            f.FloatAdd(name="sum", inputs=("stem", "branch")),
            neuron("b", "sum"),
            conv("read", "b", (4, 2), 1),
            f.FloatOutput(name="out", inputs=("read",)),
        ),
    )


def flattened() -> Graph[f.FloatNode]:
    """A grid that is flattened and read by a dense layer."""
    return Graph(
        "flat",
        (
            f.FloatInput(name="x", shape=(1, 3, 4, 4), signal="spikes"),
            conv("stem", "x", (3, 3), 3),
            neuron("a", "stem", levels=1),
            m.Flatten(name="flat", inputs=("a",)),
            conv("dense", "flat", (48, 10), 1),
            neuron("b", "dense", levels=1),
            conv("read", "b", (10, 2), 1),
            f.FloatOutput(name="out", inputs=("read",)),
        ),
    )
