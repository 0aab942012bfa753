"""Passes: what they require is checked, what they ensure holds, and what they claim is exact."""

from typing import Any

import numpy as np
import pytest
import torch

from conversion.passes import (
    InputSpec,
    fold_batchnorm,
    fold_input,
    fold_scales,
    pool_as_synapses,
    rgb_input,
    scaled_input,
    threshold_as_neuron,
)
from simulation.floats.engine import run_float
from spiketrack.errors import UnsupportedOpError
from spiketrack.graph import float_nodes as f
from spiketrack.graph import structural_nodes as m
from spiketrack.graph.float_nodes import FloatNode
from spiketrack.graph.graph import Graph
from tests.evidence.dyadic_models import folded

RNG = np.random.default_rng(7)
NO_DECAY = np.zeros(0)


def image(channels: int = 3, size: int = 6, name: str = "image") -> f.FloatInput:
    return f.FloatInput(name=name, shape=(1, channels, size, size), signal="image")


def spikes(name: str = "x", channels: int = 2, steps: int = 1) -> f.FloatInput:
    return f.FloatInput(name=name, shape=(steps, channels, 4, 4), signal="spikes")


def conv(name: str, source: str, inputs: int, outputs: int = 2, **geometry: Any) -> f.FloatConv:
    weight = RNG.integers(-8, 9, (outputs, inputs // geometry.get("groups", 1), 3, 3)) / 16
    bias = RNG.integers(-8, 9, outputs) / 16
    return f.FloatConv(name=name, inputs=(source,), weight=weight, bias=bias, **geometry)


def norm(name: str, source: str, gain: float = 0.75, channels: int = 2) -> f.FloatBatchNorm:
    ones = np.ones(channels)
    return f.FloatBatchNorm(
        name=name, inputs=(source,), gain=gain * ones, mean=0.25 * ones, bias=-0.5 * ones
    )


def out(source: str, name: str = "out") -> f.FloatOutput:
    return f.FloatOutput(name=name, inputs=(source,))


def graph(*nodes: FloatNode) -> Graph[FloatNode]:
    return Graph("g", nodes)


def run(g: Graph[FloatNode], dtype: torch.dtype = torch.float64, **inputs: Any) -> dict[str, Any]:
    return run_float(g, inputs, dtype=dtype).outputs


# ---------------------------------------------------------------------------- fold_batchnorm


def test_a_folded_batch_norm_computes_the_same_dyadic_numbers() -> None:
    before = graph(spikes(), conv("c", "x", 2, padding=(1, 1)), norm("b", "c"), out("b"))
    after = fold_batchnorm(before)
    x = RNG.integers(0, 5, (1, 2, 2, 4, 4))
    assert [node.name for node in after] == ["x", "c", "out"]
    assert (run(before, x=x)["out"] == run(after, x=x)["out"]).all()
    kernel, given = after["c"], before["c"]
    assert isinstance(kernel, f.FloatConv) and isinstance(given, f.FloatConv)
    assert (kernel.weight == given.weight * 0.75).all()
    assert (kernel.bias == -0.5 + (given.bias - 0.25) * 0.75).all()


def test_folding_batch_norms_twice_changes_nothing() -> None:
    once = fold_batchnorm(graph(spikes(), conv("c", "x", 2), norm("b", "c"), out("b")))
    assert fold_batchnorm(once).nodes == once.nodes


@pytest.mark.parametrize(
    ("nodes", "before"),
    [
        ((spikes(), norm("b", "x"), out("b")), "x"),
        ((spikes(), conv("c", "x", 2), norm("b", "c"), norm("b2", "b"), out("b2")), "b"),
        ((spikes(), conv("c", "x", 2), norm("b", "c"), out("b"), out("c", "raw")), "c"),
    ],
)
def test_a_batch_norm_without_a_convolution_of_its_own_is_refused(
    nodes: tuple[FloatNode, ...], before: str
) -> None:
    message = rf"BatchNorm 'b2?': needed a convolution of its own before it, found {before}"
    with pytest.raises(UnsupportedOpError, match=message):
        fold_batchnorm(graph(*nodes))


# ---------------------------------------------------------------------------- fold_scales


def test_one_value_with_two_factors_and_a_taken_name_gets_a_scale_of_each() -> None:
    halves = [f.FloatScale(name=f"half{i}", inputs=("x",), factor=0.5**i) for i in (1, 2)]
    taken = f.FloatAdd(name="x.scaled", inputs=("half1", "half2", "x"))
    before = graph(spikes(), *halves, taken, out("x.scaled"))
    names = [node.name for node in fold_scales(before) if isinstance(node, f.FloatScale)]
    assert names == ["x.scaled_2", "x.scaled_3"]
    x = RNG.integers(0, 5, (1, 2, 2, 4, 4))
    assert (run(before, x=x)["out"] == run(fold_scales(before), x=x)["out"]).all()


def scale(name: str, source: str, factor: float) -> f.FloatScale:
    return f.FloatScale(name=name, inputs=(source,), factor=factor)


def neuron(name: str, source: str) -> f.FloatNILIF:
    return f.FloatNILIF(name=name, inputs=(source,), max_spike=4, decay=NO_DECAY)


def test_the_division_by_d_goes_into_the_next_weights() -> None:
    before = graph(
        spikes(), neuron("n", "x"), scale("s", "n", 0.25), conv("c", "s", 2), neuron("n2", "c"),
        out("n2"),
    )  # fmt: skip
    after = fold_scales(before)
    assert [node.name for node in after] == ["x", "n", "c", "n2", "out"]
    x = RNG.integers(0, 5, (1, 1, 2, 4, 4))
    assert (run(before, x=x)["out"] == run(after, x=x)["out"]).all()


def test_factors_of_a_product_are_gathered_in_front_of_the_neuron() -> None:
    before = graph(
        spikes("q"), spikes("k"), spikes("v"),
        scale("q4", "q", 0.25), scale("k4", "k", 0.25), scale("v4", "v", 0.25),
        f.FloatMemoryWrite(name="m", inputs=("k4", "v4"), heads=2),
        f.FloatMemoryRead(name="r", inputs=("q4", "m"), heads=2),
        scale("rs", "r", 2.0), neuron("n", "rs"), out("n"), out("m", "memory"),
    )  # fmt: skip
    after = fold_scales(before)
    factors = {node.name: node.factor for node in after if isinstance(node, f.FloatScale)}
    assert factors == {"m.scaled": 2.0**-4, "r.scaled": 2.0**-6 * 2.0}
    x = {name: RNG.integers(0, 5, (1, 1, 2, 4, 4)) for name in "qkv"}
    first, second = (run_float(g, x, dtype=torch.float64).outputs for g in (before, after))
    assert all((first[name] == second[name]).all() for name in first)


def test_a_factor_met_twice_is_applied_by_one_node() -> None:
    g = graph(spikes(), scale("s", "x", 0.25), neuron("a", "s"), neuron("b", "s"), out("a"),
              out("b", "out2"))  # fmt: skip
    assert sum(isinstance(node, f.FloatScale) for node in fold_scales(g)) == 1


def test_scales_pass_through_steps_and_the_gate() -> None:
    before = graph(
        spikes(steps=1), scale("s", "x", 0.25), m.Repeat(name="t", inputs=("s",), n_steps=2),
        m.SelectStep(name="t0", inputs=("t",), step=0),
        m.SelectStep(name="t1", inputs=("t",), step=1),
        m.StackSteps(name="both", inputs=("t0", "t1")),
        m.PositionsToChannels(name="p", inputs=("both",)),
        f.FloatConv(name="l", inputs=("p",), weight=np.full((1, 16, 1, 1), 0.25), bias=np.zeros(1)),
        f.FloatGateMix(name="g", inputs=("both", "l")), neuron("n", "g"), out("n"),
    )  # fmt: skip
    after = fold_scales(before)
    assert [n.name for n in after if isinstance(n, f.FloatScale)] == ["g.scaled"]
    x = RNG.integers(0, 5, (1, 1, 2, 4, 4))
    assert (run(before, x=x)["out"] == run(after, x=x)["out"]).all()


def test_steps_with_different_factors_are_refused() -> None:
    stacked = m.StackSteps(name="both", inputs=("s", "x"))
    message = r"node 'both': needed one factor for all steps, found \[0.25, 1.0\]"
    with pytest.raises(UnsupportedOpError, match=message):
        fold_scales(graph(spikes(), scale("s", "x", 0.25), stacked, out("both")))


@pytest.mark.parametrize("variant", ["tiny128-t1", "tiny128-t3"])
def test_no_division_by_d_is_left_in_the_network_and_folding_again_changes_nothing(
    variant: str,
) -> None:
    for once in folded(variant).values():
        assert not any(isinstance(node, f.FloatBatchNorm) for node in once)
        scaled = [once[n.inputs[0]] for n in once if isinstance(n, f.FloatScale)]
        kinds = (f.FloatMemoryWrite, f.FloatMemoryRead, f.FloatGateMix)
        assert scaled and all(isinstance(node, kinds) for node in scaled)
        twice = fold_scales(once)
        assert [n.name for n in twice] == [n.name for n in once]
        for a, b in zip(once, twice, strict=True):
            if isinstance(a, f.FloatConv) and isinstance(b, f.FloatConv):
                assert (a.weight == b.weight).all()
            if isinstance(a, f.FloatScale) and isinstance(b, f.FloatScale):
                assert a.factor == b.factor


def leaky(name: str, source: str, recurrent: Any = None) -> f.FloatCubaLIF:
    """A current that keeps a half, a membrane that keeps a quarter, one gain per channel."""
    one = np.ones((1, 1, 1))
    return f.FloatCubaLIF(
        name=name, inputs=(source,), u_keep=one / 2, u_gain=RNG.integers(1, 9, (2, 1, 1)) / 8,
        v_keep=one / 4, v_gain=one, v_drive=one / 8, threshold=one * 0.75, v_reset=one * 0,
        recurrent=np.zeros((0, 0)) if recurrent is None else np.array(recurrent),
    )  # fmt: skip


def check_same(before: Graph[FloatNode], after: Graph[FloatNode]) -> None:
    """Both graphs give the same outputs on the same random spikes, and not only zeros."""
    shapes = {node.name: before.shapes[node.name] for node in before.inputs}
    x: dict[str, Any] = {
        name: RNG.integers(0, 5, (t, 2, *rest)) for name, (t, *rest) in shapes.items()
    }
    first, second = run(before, **x), run(after, **x)
    assert first.keys() == second.keys() and all(value.any() for value in first.values())
    assert all((first[name] == second[name]).all() for name in first)


def test_a_neuron_with_a_current_takes_the_factor_into_its_gain() -> None:
    before = graph(
        spikes(steps=3), conv("c", "x", 2, padding=(1, 1)), scale("s", "c", 4.0),
        leaky("n", "s"), out("n"),
    )  # fmt: skip
    after = fold_scales(before)
    assert [node.name for node in after] == ["x", "c", "n", "out"]
    node, given = after["n"], before["n"]
    assert isinstance(node, f.FloatCubaLIF) and isinstance(given, f.FloatCubaLIF)
    assert (node.u_gain == given.u_gain * 4).all()
    check_same(before, after)


def test_a_readout_takes_the_factor_into_its_gain() -> None:
    one = np.ones((1, 1, 1))
    readout = f.FloatCubaLI(
        name="n", inputs=("s",), u_keep=one / 2, u_gain=one, v_keep=one / 4, v_gain=one, v_drive=one
    )
    before = graph(spikes(steps=3), scale("s", "x", 0.3), readout, out("n"))
    after = fold_scales(before)
    assert [node.name for node in after] == ["x", "n", "out"]
    node = after["n"]
    assert isinstance(node, f.FloatCubaLI) and node.u_gain.tolist() == [[[0.3]]]


def narrow(factor: float) -> Graph[FloatNode]:
    """A factor in front of a recurrent layer."""
    x = f.FloatInput(name="x", shape=(4, 2, 1, 1), signal="spikes")
    layer = leaky("n", "s", [[0.0, 0.5], [-0.25, 0.0]])
    return graph(x, scale("s", "x", factor), layer, out("n"))


def test_a_recurrent_layer_takes_a_power_of_two_and_divides_its_own_spikes_by_it() -> None:
    before = narrow(0.5)
    after = fold_scales(before)
    assert [node.name for node in after] == ["x", "n", "out"]
    node = after["n"]
    assert isinstance(node, f.FloatCubaLIF)
    assert node.recurrent.tolist() == [[0.0, 1.0], [-0.5, 0.0]]
    check_same(before, after)


def test_a_recurrent_layer_leaves_other_factors_where_they_are() -> None:
    before = narrow(0.3)
    after = fold_scales(before)
    assert [node.name for node in after] == ["x", "x.scaled", "n", "out"]
    check_same(before, after)


def test_factors_pass_through_delays_and_flattening() -> None:
    late = m.Delay(name="d", inputs=("s",), steps_q=np.ones((1, 1, 1), np.int32))
    flat = m.Flatten(name="f", inputs=("d",))
    dense = f.FloatConv(
        name="c", inputs=("f",), weight=RNG.integers(-8, 9, (2, 32, 1, 1)) / 8, bias=np.ones(2)
    )
    before = graph(spikes(steps=3), scale("s", "x", 0.25), late, flat, dense, out("c"))
    after = fold_scales(before)
    assert [node.name for node in after] == ["x", "d", "f", "c", "out"]
    check_same(before, after)


def test_a_threshold_without_state_keeps_a_factor_in_front_of_it() -> None:
    fires = f.FloatThreshold(name="t", inputs=("s",), level=np.full((1, 1, 1), 0.5))
    before = graph(spikes(), scale("s", "x", 0.25), fires, out("t"))
    after = fold_scales(before)
    assert [node.name for node in after] == ["x", "x.scaled", "t", "out"]
    check_same(before, after)


# ---------------------------------------------------------------------------- pool_as_synapses


def test_a_pool_of_spikes_becomes_synapses_of_constant_weight() -> None:
    late = m.Delay(name="d", inputs=("x",), steps_q=np.ones((1, 1, 1), np.int32))
    pool = f.FloatAvgPool(name="p", inputs=("d",), factor=2)
    before = graph(spikes(steps=3), late, pool, out("p"))
    after = pool_as_synapses(before)
    synapses = after["p"]
    assert isinstance(synapses, f.FloatConv) and synapses.groups == 2
    assert (synapses.weight == 0.25).all() and synapses.weight.shape == (2, 1, 2, 2)
    check_same(before, after)


def test_a_pool_of_real_values_stays_a_pool() -> None:
    pool = f.FloatAvgPool(name="p", inputs=("c",), factor=2)
    g = graph(spikes(), conv("c", "x", 2, padding=(1, 1)), pool, out("p"))
    assert pool_as_synapses(g).nodes == g.nodes


# ---------------------------------------------------------------------------- threshold_as_neuron


@pytest.mark.parametrize("level", [0.5, -0.25])
def test_a_threshold_becomes_a_neuron_that_forgets(level: float) -> None:
    fires = f.FloatThreshold(name="t", inputs=("c",), level=np.full((2, 1, 1), level))
    before = graph(spikes(steps=3), conv("c", "x", 2), fires, out("t"))
    after = threshold_as_neuron(before)
    node = after["t"]
    assert isinstance(node, f.FloatCubaLIF)
    assert not node.u_keep.any() and not node.v_keep.any() and node.threshold is not None
    check_same(before, after)


# ---------------------------------------------------------------------------- fold_input

GEOMETRIES = [
    {"stride": (2, 2), "padding": (1, 1)},
    {"stride": (1, 1), "padding": (2, 2), "dilation": (2, 2)},
    {"stride": (3, 3), "padding": (0, 0)},
    {"stride": (2, 2), "padding": (3, 3)},
    {"stride": (2, 1), "padding": (0, 2), "dilation": (1, 3)},
]


@pytest.mark.parametrize("geometry", GEOMETRIES)
def test_pixels_give_what_the_normalised_image_gives_at_the_border_too(
    geometry: dict[str, tuple[int, int]],
) -> None:
    spec = rgb_input()
    before = graph(image(size=9), conv("c", "image", 3, 4, **geometry), out("c"))
    pixels = RNG.integers(0, 256, (1, 2, 3, 9, 9))
    mean, std = (
        255 * np.array(v)[:, None, None] for v in ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
    )
    expected = run(before, image=(pixels - mean) / std)["out"]
    after = fold_input(before, spec)
    found = run(after, image=pixels - spec.offset[:, None, None])["out"]
    assert abs(found - expected).max() <= 1e-12 * abs(expected).max()
    assert ("c.border" in after.by_name) == (max(geometry["padding"]) > 0)


def test_the_integer_offsets_are_the_rounded_means() -> None:
    spec = rgb_input()
    assert spec.offset.tolist() == [124, 116, 104]  # 255 * (0.485, 0.456, 0.406)
    assert np.allclose(spec.residue, [124 - 123.675, 116 - 116.28, 104 - 103.53])
    assert (spec.low, spec.high) == (0, 255)


def test_without_a_residue_only_the_weights_change() -> None:
    before = graph(image(), conv("c", "image", 3, padding=(1, 1)), neuron("n", "c"), out("n"))
    after = fold_input(before, scaled_input(1 / 32, -128, 127))
    assert [node.name for node in after] == ["image", "c", "n", "out"]
    kernel, given = after["c"], before["c"]
    assert isinstance(kernel, f.FloatConv) and isinstance(given, f.FloatConv)
    assert (kernel.weight == given.weight / 32).all() and (kernel.bias == given.bias).all()


def test_readers_of_the_convolution_read_the_corrected_border() -> None:
    spec = InputSpec(np.zeros(3, np.int32), np.full(3, 0.5), np.ones(3), 0, 255)
    before = graph(image(), conv("c", "image", 3, padding=(1, 1)), neuron("n", "c"), out("n"))
    after = fold_input(before, spec)
    assert after["n"].inputs == ("c.border",)
    border = after["c.border"]
    assert isinstance(border, f.FloatBias)
    assert not border.table[0, :, 1:-1, 1:-1].any() and border.table[0, :, 0].any()


@pytest.mark.parametrize(
    ("node", "kind"),
    [(conv("c", "image", 3, 3, groups=3), "FloatConv"), (scale("c", "image", 2.0), "FloatScale")],
)
def test_an_image_read_by_anything_but_a_plain_convolution_is_refused(
    node: FloatNode, kind: str
) -> None:
    message = f"node 'c' on the image: needed a plain convolution, found {kind}"
    with pytest.raises(UnsupportedOpError, match=message):
        fold_input(graph(image(), node, out("c")), rgb_input())


def test_memories_and_spikes_are_no_images() -> None:
    g = graph(spikes(), conv("c", "x", 2), out("c"))
    assert fold_input(g, rgb_input()).nodes == g.nodes
