"""The float graphs equal the official network and our own, layer by layer and spike for spike."""

from typing import Any

import numpy as np
import pytest
import torch

from conversion.from_network import float_graphs
from simulation.floats.engine import run_float
from spiketrack.errors import CheckpointError, UnsupportedOpError
from spiketrack.graph import float_nodes as f
from spiketrack.network import build_network, state_shapes
from spiketrack.network.variants import VARIANTS, Variant
from tests.evidence.dyadic_models import (
    INPUT_SCALE,
    Graphs,
    compare_spikes,
    folded,
    network,
    raw_inputs,
    record,
    spikes_as_recorded,
    weights,
)
from tests.golden.recipe import fill
from tests.spiketrack.network.golden_network import fingerprint, fingerprints, official_shapes

TINY = VARIANTS["tiny128-t1"]
SMALL = {"crop_size": 64, "head_channels": 16}


def raw(variant: str) -> Graphs:
    return float_graphs(weights(variant), VARIANTS[variant])


def run_both(
    graphs: Graphs, variant: str, dtype: torch.dtype = torch.float32
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Spikes as recorded, and all outputs, of one template run and one search run."""
    z, x = raw_inputs(variant)
    template = run_float(graphs["template"], {"image": z * INPUT_SCALE}, dtype=dtype)
    inputs = {"image": x * INPUT_SCALE, **template.outputs}
    search = run_float(graphs["search"], inputs, dtype=dtype)
    spikes = spikes_as_recorded(graphs["template"], template)
    return spikes | spikes_as_recorded(graphs["search"], search), template.outputs | search.outputs


@pytest.mark.slow
@pytest.mark.parametrize(
    ("variant", "is_folded", "dtype"),
    [
        ("s256-t1", False, torch.float32),
        ("s256-t1", True, torch.float32),
        ("s256-t1", False, torch.float64),
        ("s256-t1", True, torch.float64),
        ("s256-t3", False, torch.float32),
        ("s256-t3", True, torch.float32),
    ],
)
def test_spikes_memories_and_features_equal_the_official_ones(
    variant: str, is_folded: bool, dtype: torch.dtype
) -> None:
    graphs = folded(variant) if is_folded else raw(variant)
    spikes, outputs = run_both(graphs, variant, dtype)
    expected = fingerprints(variant)
    hashes = {name: fingerprint(torch.from_numpy(x))["sha256"] for name, x in spikes.items()}
    assert hashes == {name: row["sha256"] for name, row in expected["spikes"].items()}
    exact = {f"cross_block_{i}": outputs[f"memory.{i}"] for i in range(6)}
    exact["xz"] = outputs["features"]
    found = {name: fingerprint(torch.from_numpy(x.astype(np.float32))) for name, x in exact.items()}
    assert found == expected["float32"]


@pytest.mark.parametrize("is_folded", [False, True])
@pytest.mark.parametrize("variant", ["tiny128-t1", "tiny128-t3"])
def test_spikes_memories_and_maps_equal_those_of_our_network(variant: str, is_folded: bool) -> None:
    truth = record(network(variant, weights(variant)), *raw_inputs(variant))
    spikes, outputs = run_both(folded(variant) if is_folded else raw(variant), variant)
    assert spikes.keys() == truth.spikes.keys()
    assert compare_spikes(truth.spikes, spikes).layers == ()
    assert (outputs["features"] == truth.features).all()
    for name, expected in (truth.memories | truth.outputs).items():
        assert (outputs[name].reshape(expected.shape) == expected).all(), name


@pytest.mark.parametrize("variant", list(VARIANTS))
def test_every_variant_has_graphs_that_end_in_six_memories_and_four_maps(variant: str) -> None:
    v = VARIANTS[variant]
    state = {key: np.zeros(shape, np.float32) for key, shape in state_shapes(v).items()}
    graphs = float_graphs(state, v)
    memories = [f"memory.{i}" for i in range(6)]
    assert [node.name for node in graphs["template"].outputs] == memories
    assert [n.name for n in graphs["search"].inputs] == ["image", *memories]
    maps = ["features", "score_logits", "offset_map", "size_logits"]
    assert [node.name for node in graphs["search"].outputs] == maps
    for shape, name in zip(v.memory_shapes(), memories, strict=True):
        assert graphs["search"].shapes[name] == (shape[0], *shape[2:])
        assert graphs["template"].shapes[name] == graphs["search"].shapes[name]


def _fields(v: Variant) -> dict[str, Any]:
    return {name: getattr(v, name) for name in Variant.__dataclass_fields__}


@pytest.mark.parametrize("change", [{"loops": 0}, {"loops": 2}, {"value_ratio": 2}, {"heads": 4}])
def test_other_numbers_of_loops_heads_and_values_equal_the_network_too(
    change: dict[str, int],
) -> None:
    v = Variant(**{**_fields(VARIANTS["tiny128-t3"]), "widths": (8, 16, 24, 32), **SMALL, **change})
    net = build_network(v)
    state = fill(state_shapes(v), dyadic=True)
    net.load_state_dict({key: torch.from_numpy(np.array(x)) for key, x in state.items()})
    rng = np.random.default_rng(1)
    z = torch.from_numpy(rng.integers(-64, 64, (3, 1, 3, 64, 64)).astype(np.float32) / 32)
    memories, graphs = net.template(z), float_graphs(state, v)
    found = run_float(graphs["template"], {"image": z}, keep=False).outputs
    assert any(memory.any() for memory in memories)
    for i, memory in enumerate(memories):
        assert (found[f"memory.{i}"] == memory.numpy()).all()
    inputs = {f"memory.{i}": memory for i, memory in enumerate(memories)}
    out = run_float(graphs["search"], {"image": z[:1], **inputs}, keep=False).outputs
    assert (out["features"] == net.search(z[0], memories).features.numpy()).all()


def test_every_neuron_carries_the_path_of_its_module() -> None:
    graphs = raw("tiny128-t3")
    shapes = official_shapes("s256-t3")
    for graph in graphs.values():
        paths = [n.name.partition("@")[0] for n in graph if isinstance(n, f.FloatNILIF)]
        assert all(f"{path}.decay" in shapes for path in paths)
    assert "encoder.mrm.0.retriever.q_spike@1" in graphs["search"].by_name


def test_decays_are_the_sigmoids_the_network_computes() -> None:
    node = raw("tiny128-t3")["template"]["encoder.block3.0.attn.q_spike"]
    theta = torch.from_numpy(weights("tiny128-t3")[f"{node.name}.decay"])
    assert isinstance(node, f.FloatNILIF)
    assert node.decay.tolist() == [theta[0].sigmoid().item(), theta[1].sigmoid().item()]


@pytest.mark.parametrize(
    "key",
    [
        "encoder.block3.0.attn.rotary.weight",
        "encoder.extra_spike.decay",
        "encoder.block3.0.s_pos_embed",
        "encoder.mrm.0.retriever.gated_conv.weight",
    ],
)
def test_a_tensor_no_node_stands_for_is_refused_by_its_path(key: str) -> None:
    state = {**weights("tiny128-t1"), key: np.zeros(3, np.float32)}
    message = rf"tensor '{key}': needed a known module, found 1 unknown. The graph builder does not"
    with pytest.raises(UnsupportedOpError, match=message):
        float_graphs(state, TINY)


def test_the_other_variants_steps_are_leftovers_too() -> None:
    with pytest.raises(UnsupportedOpError, match="seg_responder_dw.1.0.weight': needed a known"):
        float_graphs(weights("tiny128-t3"), TINY)


def test_a_missing_tensor_is_named() -> None:
    state = dict(weights("tiny128-t1"))
    del state["encoder.block3.2.mlp.fc1_conv.weight"]
    message = "state dict key 'encoder.block3.2.mlp.fc1_conv.weight': needed a tensor, found noth"
    with pytest.raises(CheckpointError, match=message):
        float_graphs(state, TINY)
