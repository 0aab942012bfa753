"""These engines serve the tracker: the PyTorch network, the float graphs, the integer graphs.

Each turns uint8 patches into maps. The sigmoid on score and size is host work and happens here.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from simulation.counting.counter import EventCounter
from simulation.fast.engine import BACKEND as FAST
from simulation.fast.engine import FastEngine
from simulation.floats.engine import run_float
from simulation.reference.engine import BACKEND as REFERENCE
from simulation.reference.engine import run_reference
from simulation.run import Run, real_outputs
from spiketrack.counts.conventions import FLOAT_GRAPH
from spiketrack.graph.float_nodes import FloatNode
from spiketrack.graph.graph import Graph
from spiketrack.graph.kinds import NILIF
from spiketrack.graph.model import Model
from spiketrack.graph.signals import memory_values
from spiketrack.graph.spike_nodes import SpikeNode
from spiketrack.network import SpikeTrackNetwork, Variant
from spiketrack.network.head import sigmoid_array
from spiketrack.tracking import Maps, normalise

Patches = NDArray[np.uint8]
FiringMaps = dict[str, NDArray[np.float64]]
"""By layer of neurons over the crop, (H, W): mean integer spike over steps and channels."""

HOST_FLOPS_PER_CELL = 4
"""Three sigmoids and one window product per grid cell and frame."""
GRAPH_OF_PHASE = {"init": "template", "track": "search", "update": "template"}


class NetworkEngine:
    """The PyTorch network in float32."""

    def __init__(self, network: SpikeTrackNetwork) -> None:
        self.network = network
        self.name = "network (torch float32)"
        self.crop_size = network.variant.crop_size
        self.grid = network.variant.grid
        self.n_templates = network.variant.n_templates

    @torch.no_grad()
    def encode_templates(self, patches: Patches) -> Any:
        """Six memories, each (T, 1, heads, d_k, d_v)."""
        z = np.stack([normalise(patch) for patch in patches])[:, None]
        return self.network.template(torch.from_numpy(z))

    @torch.no_grad()
    def search(self, patch: Patches, memories: Any) -> Maps:
        """Maps of one search patch."""
        out = self.network.search(torch.from_numpy(normalise(patch))[None], memories)
        return Maps(out.score_map[0, 0].numpy(), out.size_map[0].numpy(), out.offset_map[0].numpy())


class FloatGraphEngine:
    """The float graphs; spikes can be observed and counted."""

    def __init__(self, graphs: Mapping[str, Graph[FloatNode]], variant: Variant) -> None:
        self.graphs = graphs
        self.name = FLOAT_GRAPH
        self.crop_size = variant.crop_size
        self.grid = variant.grid
        self.n_templates = variant.n_templates
        self.observer: EventCounter | None = None

    def encode_templates(self, patches: Patches) -> dict[str, Any]:
        """Memories by input name of the search graph, real values."""
        z = np.stack([normalise(patch) for patch in patches])[:, None]
        return run_float(
            self.graphs["template"], {"image": z}, keep=False, observer=self.observer
        ).outputs

    def search(self, patch: Patches, memories: Any) -> Maps:
        """Maps of one search patch."""
        inputs = {"image": normalise(patch)[None, None], **memories}
        run = run_float(self.graphs["search"], inputs, keep=False, observer=self.observer)
        return maps_from_logits(run.outputs)

    def firing(self, patch: Patches, memories: Any) -> FiringMaps:
        """Mean spike of every neuron layer at each place, for one search patch."""
        graph = self.graphs["search"]
        inputs = {"image": normalise(patch)[None, None], **memories}
        return _firing(graph, run_float(graph, inputs))


Observer = EventCounter | None
OneGraph = Callable[[Mapping[str, NDArray[Any]], Observer], Run]
"""Runs one graph on raw integers, and shows its values to a counter."""


class IntegerEngine:
    """The integer graphs of a converted model, on the fast engine or on the reference.

    Args:
        model: a converted tracker.
        backend: a name of `INTEGER_BACKENDS`.

    Attributes:
        compiles: the first run takes longer than the others.
        observer: sees every value that it watches.
    """

    def __init__(self, model: Model, backend: str = FAST) -> None:
        prepare = INTEGER_BACKENDS[backend]
        self.model = model
        self.backend = backend
        self.compiles = prepare is _prepare_fast
        self.name = f"integer graph ({backend})"
        self.crop_size = int(model.variant["crop_size"])
        self.grid = int(model.variant["grid"])
        self.n_templates = int(model.variant["n_templates"])
        self.observer: Observer = None
        self._graphs = {name: prepare(graph) for name, graph in model.graphs.items()}

    def run(self, graph: str, inputs: Mapping[str, NDArray[Any]]) -> Run:
        """Runs "template" or "search" once on raw integers."""
        return self._graphs[graph](inputs, self.observer)

    def encode_templates(self, patches: Patches) -> dict[str, Any]:
        """Memories by input name of the search graph, integers."""
        return self.run("template", {"image": patches.transpose(0, 3, 1, 2)[:, None]}).outputs

    def search(self, patch: Patches, memories: Any) -> Maps:
        """Maps of one search patch."""
        run = self.run("search", {"image": patch.transpose(2, 0, 1)[None, None], **memories})
        return maps_from_logits(real_outputs(self.model.graphs["search"], run))

    def firing(self, patch: Patches, memories: Any) -> FiringMaps:
        """Mean spike of every neuron layer at each place, for one search patch."""
        graph = self.model.graphs["search"]
        inputs = {"image": patch.transpose(2, 0, 1)[None, None], **memories}
        return _firing(graph, FastEngine(graph).run(inputs, keep=_neurons(graph)))


def _prepare_fast(graph: Graph[SpikeNode]) -> OneGraph:
    engine = FastEngine(graph)
    return lambda inputs, observer: engine.run(inputs, observer=observer)


def _prepare_reference(graph: Graph[SpikeNode]) -> OneGraph:
    memories = memory_values(graph)

    def run(inputs: Mapping[str, NDArray[Any]], observer: Observer) -> Run:
        made = run_reference(graph, inputs, keep=observer is not None)
        if observer is not None:
            for name in sorted(observer.watched):
                observer.add(name, channels_last(made.values[name], name in memories))
        return made

    return run


INTEGER_BACKENDS: Mapping[str, Callable[[Graph[SpikeNode]], OneGraph]] = {
    FAST: _prepare_fast,
    REFERENCE: _prepare_reference,
}
"""How each engine of the simulator is made ready for a graph."""


def _neurons(graph: Graph[Any]) -> tuple[str, ...]:
    """The layers that lie over the crop: the gate's neurons have channels where places are."""
    return tuple(
        node.name
        for node in graph
        if isinstance(node, NILIF) and graph.shapes[node.name][2] == graph.shapes[node.name][3]
    )


def _firing(graph: Graph[Any], run: Run) -> FiringMaps:
    """Means over steps and channels of spikes (T, 1, C, H, W)."""
    return {name: np.mean(run.values[name], axis=(0, 1, 2)) for name in _neurons(graph)}


def channels_last(value: NDArray[Any], is_memory: bool) -> NDArray[Any]:
    """(T, B, C, H, W) -> (T, B, H, W, C); a memory stays as it is."""
    return value if is_memory else np.ascontiguousarray(np.moveaxis(value, 2, -1))


def maps_from_logits(outputs: Mapping[str, NDArray[Any]]) -> Maps:
    """Sigmoid of score and size, clamped to 1e-4..1 - 1e-4, of outputs (1, 1, C, g, g)."""
    score, size = (sigmoid_array(outputs[name][0, 0]) for name in ("score_logits", "size_logits"))
    return Maps(score[0], size, outputs["offset_map"][0, 0].astype(np.float32))
