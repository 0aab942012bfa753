"""Ablation networks equal their float graphs and NIR files; engines and counts agree on them."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from calibration.options import QuantiseOptions
from calibration.quantise import quantise_model
from conversion.from_network import float_graphs
from conversion.from_nir import read_nir
from conversion.to_nir import write_nir
from hardware.energy.phases import REAL_KINDS
from simulation.counting.counter import EventCounter
from simulation.counting.event_loop import count_run
from simulation.fast.engine import FastEngine
from simulation.floats.engine import run_float
from simulation.reference.engine import run_reference
from spiketrack.graph import float_nodes as f
from spiketrack.network import ABLATIONS, SpikeTrackNetwork, ablated, find_variant, state_shapes
from spiketrack.network.memory import mean_of_steps
from spiketrack.network.variants import Variant
from spiketrack.pipeline import folded_graphs
from tests.golden.recipe import fill
from tests.simulation.counting.counted_graphs import synops

SIDE = 32
"""Of the crops: two by two cells at the end."""


def small(ablation: str) -> Variant:
    sizes = replace(
        find_variant("mini64-t3"), widths=(8, 16, 24, 32), head_channels=8, crop_size=SIDE
    )
    return ablated(sizes, ablation)


def dyadic_network(variant: Variant) -> tuple[SpikeTrackNetwork, dict[str, Any]]:
    network = SpikeTrackNetwork(variant).eval()
    state = fill(state_shapes(variant), dyadic=True)
    network.load_state_dict({key: torch.from_numpy(np.array(x)) for key, x in state.items()})
    return network, state


def pixels(steps: int) -> torch.Tensor:
    rng = np.random.default_rng(1)
    drawn = rng.integers(-64, 64, (steps, 1, 3, SIDE, SIDE)).astype(np.float32)
    return torch.from_numpy(drawn / 32)


@pytest.mark.slow
@pytest.mark.parametrize("ablation", ABLATIONS)
def test_an_ablation_equals_its_float_graphs_and_its_nir_files(
    ablation: str, tmp_path: Path
) -> None:
    network, state = dyadic_network(small(ablation))
    z = pixels(3)
    memories = network.template(z)
    features = network.search(z[0], memories).features.numpy()
    assert any(memory.any() for memory in memories)
    given = {f"memory.{i}": memory for i, memory in enumerate(memories)}
    files = {}
    for name, graph in folded_graphs(network).items():
        path = tmp_path / f"{name}.nir"
        write_nir(graph, path)
        files[name] = read_nir(path)
    for graphs in (float_graphs(state, network.variant), files):
        found = run_float(graphs["template"], {"image": z}, keep=False).outputs
        for name, memory in given.items():
            assert (found[name] == memory.numpy()).all(), name
        out = run_float(graphs["search"], {"image": z[:1], **given}, keep=False).outputs
        assert (out["features"] == features).all()


@pytest.mark.slow
@pytest.mark.parametrize("ablation", ABLATIONS)
def test_engines_and_counts_of_an_ablation_agree(ablation: str) -> None:
    network, _ = dyadic_network(small(ablation))
    model = quantise_model(folded_graphs(network), QuantiseOptions())
    rng = np.random.default_rng(2)
    inputs = {"image": rng.integers(0, 256, (3, 1, 3, SIDE, SIDE))}
    for name in ("template", "search"):
        graph = model[name].graph
        expected = run_reference(graph, inputs)
        found = FastEngine(graph).run(inputs)
        for output, value in expected.outputs.items():
            assert (found.outputs[output] == value).all(), output
        counter = EventCounter(graph)
        counter.add_run(expected)
        counts = counter.counts("run")
        for layer, events in count_run(graph, expected).items():
            if counts[layer].kind not in REAL_KINDS:
                assert synops(counts[layer]) == events, layer
        inputs = {"image": inputs["image"][:1], **expected.outputs}


def test_modulation_mixes_no_channels_in_its_memory() -> None:
    variant = small("modulation")
    assert variant.memory_shapes() == tuple((3, 1, c, 1, 4) for c in (8, 16, 24, 24, 32, 32))


def test_mean_fusion_has_no_gate_and_cross_attention_asks_once() -> None:
    mean = float_graphs(dyadic_network(small("mean-fusion"))[1], small("mean-fusion"))["search"]
    assert not any(isinstance(node, f.FloatGateMix) for node in mean)
    once = float_graphs(dyadic_network(small("cross-attention"))[1], small("cross-attention"))
    reads = [n.name for n in once["search"] if isinstance(n, f.FloatMemoryRead)]
    assert sum(".mrm." in name for name in reads) == 6


def test_the_mean_over_three_answers_derived_by_hand() -> None:
    x = torch.tensor([0.25, 0.5, 0.75]).reshape(3, 1, 1, 1, 1)
    assert mean_of_steps(x).shape == (1, 1, 1, 1, 1)
    assert mean_of_steps(x).item() == (0.25 + 0.5 + 0.75) / 3
