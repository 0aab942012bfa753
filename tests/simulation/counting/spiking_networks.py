"""Random float graphs of spikes, to be quantised without loss: neurons, and all between them."""

from typing import Any

import numpy as np

from spiketrack.graph import float_nodes as f
from spiketrack.graph import structural_nodes as m
from spiketrack.graph.graph import Graph
from tests.simulation.counting.counted_graphs import Array

STEPS = 4
MOVES = ("neuron", "scale", "sum", "delay", "delays", "pool", "upsample", "flatten", "steps")


def integrate_and_fire(name: str, source: str, threshold: float = 1.5) -> f.FloatCubaLIF:
    zero, one = np.zeros((1, 1, 1)), np.ones((1, 1, 1))
    return f.FloatCubaLIF(
        name=name, inputs=(source,), u_keep=zero, u_gain=one, v_keep=one, v_gain=one, v_drive=zero,
        threshold=np.full((1, 1, 1), threshold), v_reset=zero, recurrent=np.zeros((0, 0)),
    )  # fmt: skip


def random_network(rng: np.random.Generator, n_moves: int = 10) -> tuple[Graph[Any], Array]:
    """A graph whose connections read whatever lies behind spikes, and an input (T, 1, C, H, W)."""
    return _Maker(rng).grown(n_moves)


class _Maker:
    """Grows a graph; `values` are those that synapses may read, with their shape (C, H, W)."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self.shape = (int(rng.integers(1, 3)), 4, 4)
        entry = f.FloatInput(name="x", shape=(STEPS, *self.shape), signal="spikes")
        self.nodes: list[f.FloatNode] = [entry]
        self.values: dict[str, tuple[int, int, int]] = {"x": self.shape}
        self.resized: set[str] = set()

    def grown(self, n_moves: int) -> tuple[Graph[Any], Array]:
        for _ in range(n_moves):
            self.move(str(self.rng.choice(MOVES)))
        for name in self.values:
            self.layer(name)
        spikes = (self.rng.random((STEPS, 1, *self.shape)) < 0.5).astype(np.int64)
        return Graph("g", tuple(self.nodes)), spikes

    def name(self, kind: str) -> str:
        return f"{kind}{len(self.nodes)}"

    def put(self, node: f.FloatNode, shape: tuple[int, int, int]) -> None:
        self.nodes.append(node)
        self.values[node.name] = shape
        is_resampling = isinstance(node, f.FloatAvgPool | f.FloatUpsample)
        fires = isinstance(node, f.FloatCubaLIF)
        if is_resampling or (self.resized.intersection(node.inputs) and not fires):
            self.resized.add(node.name)

    def move(self, kind: str) -> None:
        source = str(self.rng.choice(list(self.values)))
        (channels, height, width), name = self.values[source], self.name(kind)
        shape = channels, height, width
        match kind:
            case "neuron":
                self.put(integrate_and_fire(name, source), shape)
            case "scale":
                factor = float(self.rng.choice([0.5, 1.0, 2.0]))
                self.put(f.FloatScale(name=name, inputs=(source,), factor=factor), shape)
            case "sum":
                alike = [other for other, found in self.values.items() if found == shape]
                others = self.rng.choice(alike, int(self.rng.integers(1, 3))).tolist()
                self.put(f.FloatAdd(name=name, inputs=(source, *others)), shape)
            case "delay" | "delays":
                size = (1, 1, 1) if kind == "delay" else shape
                steps_q = self.rng.integers(0, 3, size).astype(np.int32)
                self.put(m.Delay(name=name, inputs=(source,), steps_q=steps_q), shape)
            case "pool" | "upsample" if source in self.resized:
                pass  # a second one would be rounded
            case "pool" if height % 2 == 0 and width % 2 == 0:
                pool = f.FloatAvgPool(name=name, inputs=(source,), factor=2)
                self.put(pool, (channels, height // 2, width // 2))
            case "upsample" if height <= 4:
                upsample = f.FloatUpsample(name=name, inputs=(source,), factor=2)
                self.put(upsample, (channels, 2 * height, 2 * width))
            case "flatten" if height > 1:
                flat = m.Flatten(name=name, inputs=(source,))
                self.put(flat, (channels * height * width, 1, 1))
            case "steps":
                self.steps(source, name, shape)
            case _:
                pass

    def steps(self, source: str, name: str, shape: tuple[int, int, int]) -> None:
        """The steps of a value in another order."""
        picked = self.rng.integers(0, STEPS, STEPS).tolist()
        names = tuple(f"{name}.{i}" for i in range(STEPS))
        for one, step in zip(names, picked, strict=True):
            self.nodes.append(m.SelectStep(name=one, inputs=(source,), step=step))
            self.resized.update({one} if source in self.resized else ())
        self.put(m.StackSteps(name=name, inputs=names), shape)

    def layer(self, source: str) -> None:
        """Synapses of small whole weights on a value, neurons behind them, and an output."""
        channels = self.values[source][0]
        size = 3 if self.values[source][1] > 1 else 1
        weight = self.rng.integers(-2, 3, (2, channels, size, size)).astype(np.float64)
        name = f"synapses.{source}"
        geometry: dict[str, Any] = {"padding": (size // 2, size // 2)}
        bias = np.zeros(2)
        self.nodes += [
            f.FloatConv(name=name, inputs=(source,), weight=weight, bias=bias, **geometry),
            integrate_and_fire(f"neuron.{source}", name),
            f.FloatOutput(name=f"out.{source}", inputs=(f"neuron.{source}",)),
        ]
