"""A SpikeTrack network counted as a plain module has the counts of its graph, layer by layer."""

from collections.abc import Iterable
from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn

from conversion import float_graphs
from simulation.modules import ModuleRun, count_module
from simulation.modules.levels import Levels
from simulation.tracking_engines import FloatGraphEngine, NetworkEngine
from spiketrack.counts.event_counts import LayerCounts, PhaseCounts
from spiketrack.network import SpikeTrackNetwork, load_checkpoint, trained_checkpoint
from spiketrack.pipeline.counting import Counting
from spiketrack.tracking import normalise
from spiketrack.training.pairs import Draw, make_batch

PRODUCTS = ("memory_write", "memory_read", "product")
SAME = (
    "dense_macs", "macs_inside_borders", "inputs", "outputs", "events", "unary_spikes", "graded",
    "unary", "all_weights", "unary_all_weights", "effective_acs", "effective_macs", "true_macs",
)  # fmt: skip


class Search(nn.Module):
    """The search branch as a module that takes all that it reads."""

    def __init__(self, network: SpikeTrackNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, x: Tensor, *memories: Tensor) -> Tensor:
        return self.network.search(x, memories).score_logits


@pytest.fixture(scope="module")
def counted() -> tuple[PhaseCounts, PhaseCounts]:
    """The track phase of the float graph, and the same frame of the module."""
    network = load_checkpoint(trained_checkpoint("mini64-t1"))
    weights = {name: value.numpy() for name, value in network.state_dict().items()}
    engine = FloatGraphEngine(float_graphs(weights, network.variant), network.variant)
    batch = make_batch(5, 0, 2, Draw(network.variant.crop_size))
    template, patch = batch.templates[:, 0], batch.searches[0]
    counting = Counting(engine)
    counting.enter("init")
    memories = engine.encode_templates(template)
    counting.enter("track")
    engine.search(patch, memories)
    inputs = (
        torch.from_numpy(normalise(patch))[None],
        *NetworkEngine(network).encode_templates(template),
    )
    how = ModuleRun(levels=Levels(max_spike=network.variant.max_spike))
    return counting.counts().phases["track"], count_module(Search(network), inputs, how).counts


def named(counts: PhaseCounts) -> dict[str, LayerCounts]:
    renamed = (replace(layer, name=layer.name.removeprefix("network.")) for layer in counts.layers)
    return {layer.name: layer for layer in renamed}


def summed(layers: Iterable[LayerCounts], name: str) -> int:
    return sum(getattr(layer, name) for layer in layers)


def test_every_convolution_is_equal(counted: tuple[PhaseCounts, PhaseCounts]) -> None:
    graph, module = map(named, counted)
    convs = [layer for layer in graph.values() if layer.kind in ("conv", "rgb_conv")]
    assert len(convs) > 80
    for layer in convs:
        twin = module[layer.name]
        assert twin.kind == layer.kind
        assert [getattr(twin, name) for name in SAME] == [getattr(layer, name) for name in SAME]


def test_every_neuron_sends_the_same(counted: tuple[PhaseCounts, PhaseCounts]) -> None:
    graph, module = map(named, counted)
    neurons = [layer for layer in graph.values() if layer.kind == "neuron"]
    assert len(neurons) > 80
    for name in {layer.name.partition("@")[0] for layer in neurons}:
        # The graph has a node for each loop over a memory, the module one neuron for all.
        loops = [layer for layer in neurons if layer.name.partition("@")[0] == name]
        for counter in ("messages", "unary_messages", "neuron_updates"):
            assert getattr(module[name], counter) == summed(loops, counter)


def test_products_of_spikes_are_equal_block_by_block(
    counted: tuple[PhaseCounts, PhaseCounts],
) -> None:
    graph, module = (
        [layer for layer in named(counts).values() if layer.kind in PRODUCTS] for counts in counted
    )
    blocks = {layer.name.rpartition(".")[0] for layer in graph}
    assert len(blocks) > 10 and blocks == {layer.name.rpartition(".")[0] for layer in module}
    for block in blocks:
        ours, theirs = (
            [layer for layer in layers if layer.name.startswith(f"{block}.")]
            for layers in (module, graph)
        )
        for counter in SAME:
            if counter != "outputs":  # Memories are laid out (C, d) here, (heads, d_k, d_v) there.
                assert summed(ours, counter) == summed(theirs, counter), (block, counter)


def test_nothing_else_was_counted(counted: tuple[PhaseCounts, PhaseCounts]) -> None:
    graph, module = counted
    # The module is given the memories as inputs too; the gate's weighted sum is elementwise.
    mine, theirs = (
        [layer for layer in counts.layers if layer.kind not in ("input", "gate_mix")]
        for counts in (module, graph)
    )
    for counter in ("dense_macs", "graded", "unary", "true_macs", "messages", "neuron_updates"):
        assert summed(mine, counter) == summed(theirs, counter)
