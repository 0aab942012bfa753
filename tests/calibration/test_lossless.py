"""A network whose weights lie on the grid converts without loss: spikes, memories and features."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from calibration.quantise import QuantisedGraph, quantise_model
from conversion.from_network import float_graphs
from simulation.fast.engine import FastEngine
from simulation.reference.engine import run_reference
from simulation.run import Run, real_outputs
from spiketrack.graph.graph import Graph
from spiketrack.graph.spike_nodes import SpikeNILIF, SpikeNode
from spiketrack.network.variants import VARIANTS
from tests.evidence.dyadic_models import (
    Recording,
    compare_spikes,
    fold,
    folded,
    lossless_options,
    network,
    raw_inputs,
    record,
    spikes_as_recorded,
    weights,
)

D = 4


def width_needed(models: Mapping[str, QuantisedGraph]) -> int | None:
    """Stream width at which nothing is rounded; None if no width is enough."""
    rows = [row["bits_for_exactness"] for model in models.values() for row in model.streams]
    return None if None in rows else max(int(str(bits)) for bits in rows)


def run_fast(graph: Graph[SpikeNode], inputs: Mapping[str, Any]) -> Run:
    return FastEngine(graph).run(inputs, keep_all=True)


def check_lossless(
    models: Mapping[str, QuantisedGraph],
    variant: str,
    truth: Recording,
    run: Callable[[Graph[SpikeNode], Mapping[str, Any]], Run] = run_reference,
) -> None:
    """Every spike, 16 times every memory, every feature and every map are the network's."""
    z, x = raw_inputs(variant)
    template = run(models["template"].graph, {"image": z})
    search = run(models["search"].graph, {"image": x, **template.outputs})
    spikes = spikes_as_recorded(models["template"].graph, template)
    spikes |= spikes_as_recorded(models["search"].graph, search)
    assert spikes.keys() == truth.spikes.keys()
    assert compare_spikes(truth.spikes, spikes).layers == ()
    for name, memory in truth.memories.items():
        assert (template.outputs[name] == memory * D**2).all(), name
    real = real_outputs(models["search"].graph, search)
    assert (real["features"] == truth.features).all()
    for name, expected in truth.outputs.items():
        assert (real[name][0] == expected).all(), name


def run_both(
    models: Mapping[str, QuantisedGraph], variant: str
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Spikes of the template run and of the search run that reads its memories."""
    z, x = raw_inputs(variant)
    template = run_fast(models["template"].graph, {"image": z})
    search = run_fast(models["search"].graph, {"image": x, **template.outputs})
    return (
        spikes_as_recorded(models["template"].graph, template),
        spikes_as_recorded(models["search"].graph, search),
    )


def check_certificate(models: Mapping[str, QuantisedGraph]) -> None:
    for model in models.values():
        assert len(model.certificate) > len(model.graph) // 2
        assert all(bound.needed_bits <= bound.bits for bound in model.certificate)


def state_with_decay(variant: str, decay: float) -> dict[str, Any]:
    """Dyadic weights whose every decay is exactly this number in float32."""
    theta = np.float32(np.log(decay / (1 - decay)))
    near = [np.float32(theta + i * np.spacing(theta)) for i in range(-40, 41)]
    exact = next(t for t in near if torch.tensor(t).sigmoid().item() == decay)
    return {
        key: np.full_like(x, exact) if key.endswith(".decay") else x
        for key, x in weights(variant).items()
    }


@pytest.mark.slow
@pytest.mark.parametrize("variant", ["tiny128-t1", "s256-t1"])
def test_a_dyadic_network_with_one_template_converts_without_loss(variant: str) -> None:
    truth = record(network(variant, weights(variant)), *raw_inputs(variant))
    models = quantise_model(folded(variant), lossless_options(48))
    check_lossless(models, variant, truth)
    check_certificate(models)
    needed = width_needed(models)
    assert needed is not None and needed < 48
    check_lossless(quantise_model(folded(variant), lossless_options(needed)), variant, truth)


def test_the_tiny_network_converts_without_loss_in_the_fast_engine_too() -> None:
    truth = record(network("tiny128-t1", weights("tiny128-t1")), *raw_inputs("tiny128-t1"))
    models = quantise_model(folded("tiny128-t1"), lossless_options())
    check_lossless(models, "tiny128-t1", truth, run_fast)
    check_certificate(models)


@pytest.mark.slow
def test_three_templates_and_the_gate_convert_without_loss_where_every_decay_is_a_half() -> None:
    variant, state = "tiny128-t3", state_with_decay("tiny128-t3", 0.5)
    truth = record(network(variant, state), *raw_inputs(variant))
    models = quantise_model(fold(float_graphs(state, VARIANTS[variant])), lossless_options(48))
    check_lossless(models, variant, truth, run_fast)


@pytest.mark.slow
def test_a_quarter_is_lossless_until_state_meets_a_scale_that_16_bits_cannot_hold() -> None:
    variant, state = "tiny128-t3", state_with_decay("tiny128-t3", 0.25)
    truth = record(network(variant, state), *raw_inputs(variant))
    models = quantise_model(fold(float_graphs(state, VARIANTS[variant])), lossless_options(48))
    template, search = run_both(models, variant)
    assert compare_spikes(truth.spikes, template).layers == ()
    first = compare_spikes(truth.spikes, search).layers[0].partition("/")[0]
    graph = models["search"].graph
    node = graph[first]
    assert isinstance(node, SpikeNILIF) and node.decay_q.tolist() == [1024, 1024]
    rescale = graph[node.inputs[0]]
    assert rescale.inputs[0].partition("@")[0].endswith(".qkv")  # an attention scale, irrational
    assert width_needed(models) is None


@pytest.mark.slow
def test_with_other_decays_the_first_layer_to_differ_is_a_neuron_with_decay() -> None:
    variant = "tiny128-t3"
    truth = record(network(variant, weights(variant)), *raw_inputs(variant))
    models = quantise_model(folded(variant), lossless_options(48))
    difference = compare_spikes(truth.spikes, run_both(models, variant)[0])
    first = "encoder." + difference.layers[0].removeprefix("temp.").partition("/")[0]
    node = models["template"].graph[first]
    assert isinstance(node, SpikeNILIF) and node.decay_q.size == 2
    assert 0 < difference.share < 0.2
    assert width_needed(models) is None


@pytest.mark.slow
@pytest.mark.parametrize("variant", ["tiny128-t1", "tiny128-t3"])
@pytest.mark.parametrize("is_dyadic", [True, False])
@pytest.mark.parametrize("power_of_two", [True, False])
def test_the_chips_24_bits_come_with_a_certificate(
    variant: str, is_dyadic: bool, power_of_two: bool
) -> None:
    options = replace(lossless_options(24), power_of_two=power_of_two)
    models = quantise_model(folded(variant, dyadic=is_dyadic), options)
    check_certificate(models)
    z, x = raw_inputs(variant)
    template = run_reference(models["template"].graph, {"image": z})
    search = run_reference(models["search"].graph, {"image": x, **template.outputs})
    for model, run in ((models["template"], template), (models["search"], search)):
        for bound in model.certificate:
            seen = run.states if bound.part == "membrane" else run.values
            assert bound.low <= seen[bound.node].min() <= seen[bound.node].max() <= bound.high
