"""Sizes, and the sizes no network can have."""

from dataclasses import replace
from typing import Any

import pytest

from spiketrack.network import VARIANTS, Variant, build_network, find_variant, state_shapes

PARAMETERS = {
    "s256-t1": 11_760_130,
    "s256-t3": 12_720_770,
    "b256-t1": 36_661_162,
    "b256-t3": 40_078_186,
}
BUFFERS = ("running_mean", "running_var", "num_batches_tracked")


def n_elements(shape: tuple[int, ...]) -> int:
    count = 1
    for size in shape:
        count *= size
    return count


def test_the_ten_variants_by_name() -> None:
    assert list(VARIANTS) == [
        *("s256-t1", "s256-t3", "b256-t1", "b256-t3", "b384-t1", "b384-t3"),
        *("tiny128-t1", "tiny128-t3", "mini64-t1", "mini64-t3"),
    ]
    assert [v.grid for v in VARIANTS.values()] == [16, 16, 16, 16, 24, 24, 8, 8, 4, 4]
    assert [v.n_templates for v in VARIANTS.values()] == [1, 3] * 5


@pytest.mark.parametrize("name", ["s256-t1", "s256-t3"])
def test_the_small_networks_have_the_official_number_of_parameters(name: str) -> None:
    assert sum(p.numel() for p in build_network(name).parameters()) == PARAMETERS[name]


@pytest.mark.parametrize("name", ["b256-t1", "b256-t3"])
def test_the_big_checkpoints_have_the_official_number_of_parameters(name: str) -> None:
    shapes = state_shapes(VARIANTS[name])
    frozen = {key.removesuffix("running_var") for key in shapes if key.endswith("running_var")}
    frozen = {module for module in frozen if f"{module}num_batches_tracked" not in shapes}
    counted = (
        n_elements(shape)
        for key, shape in shapes.items()
        if not key.endswith(BUFFERS) and key.removesuffix(key.rpartition(".")[2]) not in frozen
    )
    assert sum(counted) == PARAMETERS[name]


def test_memory_shapes_follow_the_widths() -> None:
    shapes = VARIANTS["s256-t3"].memory_shapes(batch=2)
    assert shapes[0] == (3, 2, 8, 32 // 8, 4 * 32 // 8)
    assert [s[3] for s in shapes] == [4, 8, 16, 16, 24, 24]


def test_a_variant_is_its_own_name() -> None:
    assert find_variant(VARIANTS["b384-t1"]) is find_variant("b384-t1")


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(ValueError, match="unknown variant 's512'; known are s256-t1, "):
        find_variant("s512")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"crop_size": 100}, "crop_size must be a multiple of 16, found 100"),
        ({"n_templates": 5}, r"n_templates must be 1\.\.4, found 5"),
        ({"widths": (24, 48, 96, 100)}, "widths must be four multiples of 8"),
        ({"head_channels": 12}, "head_channels must be a multiple of 8, found 12"),
        ({"max_spike": 0}, r"max_spike must be 1\.\.255, found 0"),
        ({"loops": -1}, "loops must not be negative, found -1"),
    ],
)
def test_impossible_sizes_are_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(VARIANTS["tiny128-t1"], **change)


def test_more_templates_need_more_tables() -> None:
    six = replace(VARIANTS["tiny128-t1"], n_templates=6, max_steps=6)
    shapes = state_shapes(six)
    assert shapes["decoder.spike.decay"] == (5,)
    assert "encoder.mrm.0.retriever.t_pos_embeds.5" in shapes
    assert isinstance(six, Variant)
