"""Networks on dyadic weights, their inputs, and how a graph's spikes meet a network's recording.

Weights come from the golden recipe; every float32 sum in such a network is exact, so results depend
on no summation order. Inputs are int8, worth 1/32 a step: those of the golden vectors for crops of
256 pixels, drawn from a seed for other sizes.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from calibration.options import QuantiseOptions
from conversion.from_network import float_graphs
from conversion.passes import fold_batchnorm, fold_scales, scaled_input
from simulation.run import Run
from spiketrack.graph.float_nodes import FloatNILIF, FloatNode
from spiketrack.graph.graph import Graph
from spiketrack.graph.spike_nodes import SpikeNILIF
from spiketrack.network import SpikeTrackNetwork, build_network, record_spikes, state_shapes
from spiketrack.network.variants import VARIANTS
from tests.golden.recipe import fill
from tests.spiketrack.network.golden_network import arrays

Array = NDArray[Any]
Graphs = dict[str, Graph[FloatNode]]
INPUT_SCALE = 1 / 32
DYADIC_INPUT = scaled_input(INPUT_SCALE, -128, 127)


def lossless_options(stream_bits: int = 48) -> QuantiseOptions:
    """Wide streams and the int8 inputs of this file."""
    return QuantiseOptions(stream_bits=stream_bits, input=DYADIC_INPUT)


@lru_cache(maxsize=4)
def weights(variant: str, *, dyadic: bool = True) -> dict[str, Array]:
    """State dict by the golden recipe."""
    return fill(state_shapes(VARIANTS[variant]), dyadic=dyadic)


def network(variant: str, state: dict[str, Array]) -> SpikeTrackNetwork:
    """The network with this state."""
    built = build_network(variant)
    built.load_state_dict({key: torch.from_numpy(np.array(x)) for key, x in state.items()})
    return built


def fold(graphs: Graphs) -> Graphs:
    """BatchNorm and scales folded away."""
    return {name: fold_scales(fold_batchnorm(graph)) for name, graph in graphs.items()}


@lru_cache(maxsize=4)
def folded(variant: str, *, dyadic: bool = True) -> Graphs:
    """The folded float graphs of a recipe's network."""
    return fold(float_graphs(weights(variant, dyadic=dyadic), VARIANTS[variant]))


def raw_inputs(variant: str) -> tuple[Array, Array]:
    """Integers of the templates (T, 1, 3, S, S) and of the search crop (1, 1, 3, S, S), int8."""
    size, steps = VARIANTS[variant].crop_size, VARIANTS[variant].n_templates
    if size == 256:
        vectors = arrays("s256-t3")
        return vectors["template_int8_div32"][:steps], vectors["search_int8_div32"][None]
    rng = np.random.default_rng(size)
    drawn = np.clip(np.rint(32 * rng.standard_normal((4, 1, 3, size, size))), -128, 127)
    return drawn[:steps].astype(np.int8), drawn[3:].astype(np.int8)


@dataclass(frozen=True)
class Recording:
    """One template call and one search call of the network.

    Attributes:
        spikes: per `<module path>/<call>`, as `record_spikes` names them.
        memories: (T, B, heads, d_k, d_v) by graph input name.
        features: (1, B, C, g, g).
        outputs: the head's maps before the sigmoid, by graph output name.
    """

    spikes: dict[str, Array]
    memories: dict[str, Array]
    features: Array
    outputs: dict[str, Array]


def record(net: SpikeTrackNetwork, templates: Array, search: Array) -> Recording:
    """Runs the network on raw int8 inputs."""
    z, x = (torch.from_numpy(a).float() * INPUT_SCALE for a in (templates, search))
    with record_spikes(net) as spikes:
        memories = net.template(z)
        out = net.search(x[0], memories)
    heads = {"score_logits": out.score_logits, "size_logits": out.size_logits}
    return Recording(
        {name: tensor.numpy() for name, tensor in spikes.items()},
        {f"memory.{i}": memory.numpy() for i, memory in enumerate(memories)},
        out.features.numpy(),
        {name: x.numpy() for name, x in (heads | {"offset_map": out.offset_map}).items()},
    )


def neuron_names(graph: Graph[Any]) -> list[str]:
    """Names of the neuron layers, in order."""
    return [node.name for node in graph if isinstance(node, FloatNILIF | SpikeNILIF)]


def recorded_name(graph: str, node: str) -> str:
    """What `record_spikes` calls a neuron node of this graph."""
    path, _, call = node.partition("@")
    path = "temp." + path.removeprefix("encoder.") if graph == "template" else path
    return f"{path}/{call or 0}"


def in_recorded_order(node: str, spikes: Array) -> Array:
    """Spikes (T, B, C, H, W) of a node with their elements in the order of the network's layer."""
    spikes = spikes.astype(np.uint8)
    if ".gate.mlp." in node:  # the network keeps time last there: (B, C, positions, T)
        spikes = spikes[..., 0].transpose(1, 3, 2, 0)
    return np.ascontiguousarray(spikes)


def spikes_as_recorded(graph: Graph[Any], run: Run) -> dict[str, Array]:
    """A run's spikes under the names, in the order of elements that `record_spikes` gives."""
    return {
        recorded_name(graph.name, name): in_recorded_order(name, run.values[name])
        for name in neuron_names(graph)
    }


class SpikeWatch:
    """An observer that compares the spikes of a run with a recording and keeps only counts."""

    def __init__(self, graph: Graph[Any], expected: dict[str, Array]) -> None:
        self.graph = graph
        self.expected = expected
        self.wrong: dict[str, int] = {}
        self.total = 0
        self.watched = frozenset(neuron_names(graph))

    def add(self, name: str, array: Array) -> None:
        """Takes the spikes (T, B, H, W, C) of one layer."""
        found = in_recorded_order(name, array.transpose(0, 1, 4, 2, 3)).ravel()
        expected = self.expected[recorded_name(self.graph.name, name)].ravel()
        self.wrong[name] = int((found != expected).sum())
        self.total += found.size

    def difference(self) -> "Difference":
        """What was seen."""
        names = [name for name in neuron_names(self.graph) if self.wrong[name]]
        layers = tuple(recorded_name(self.graph.name, name) for name in names)
        return Difference(layers, sum(self.wrong.values()), self.total)


@dataclass(frozen=True)
class Difference:
    """How two recordings of spikes differ.

    Attributes:
        layers: names of the layers that differ, in order.
        differing: number of spikes that differ.
        total: number of spikes compared.
    """

    layers: tuple[str, ...]
    differing: int
    total: int

    @property
    def share(self) -> float:
        """Differing spikes of all."""
        return self.differing / self.total


def compare_spikes(expected: dict[str, Array], found: dict[str, Array]) -> Difference:
    """Compares layer by layer; every found layer must have been recorded.

    Raises:
        KeyError: a layer of `found` that was not recorded.
    """
    layers, differing, total = [], 0, 0
    for name, spikes in found.items():
        wrong = int((expected[name].ravel() != spikes.ravel()).sum())
        layers += [name] if wrong else []
        differing, total = differing + wrong, total + spikes.size
    return Difference(tuple(layers), differing, total)
