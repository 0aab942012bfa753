"""An axis of one sample that exporters leave in some nodes: taken away if it can only be that."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from conversion.from_nir import NirImport, read_nir_with_notes
from conversion.nir_options import NirOptions
from simulation.floats.engine import run_float
from spiketrack.errors import ObstacleError
from tests.conversion.raw_nir import Spec, ends, write_chain

SHAPE = (2, 3, 4)
WEIGHT = np.random.default_rng(0).integers(-8, 9, (5, 24)) / 8
SCALAR = {"r": 1.0, "v_threshold": 1.5, "v_reset": 0.0}


def neuron(*shape: int, **fields: float) -> Spec:
    values = fields or SCALAR
    return {"type": "IF", **{name: np.full(shape, value) for name, value in values.items()}}


def read(
    path: Path, *nodes: Spec, before: tuple[int, ...] = SHAPE, behind: Any = None
) -> NirImport:
    first, last = ends(before, behind or before)
    named = {"i": first, **{f"n{k}": one for k, one in enumerate(nodes)}, "o": last}
    return read_nir_with_notes(write_chain(path / "n.nir", named), options=NirOptions(dt=1.0))


def values(found: NirImport, x: Any) -> Any:
    return run_float(found.graph, {"i": x}).outputs["o"]


CUBA = dict.fromkeys(("tau_syn", "tau_mem", "r", "w_in", "v_threshold"), 1.0) | {"v_leak": 0.0}
LEAKS: dict[str, tuple[tuple[Spec, ...], str]] = {
    "the parameters of an IF": ((neuron(1, *SHAPE),), "'n0': v_threshold counts an axis of one"),
    "the parameters of a CubaLIF": (
        ({"type": "CubaLIF", **{k: np.full((1, *SHAPE), v) for k, v in CUBA.items()}},),
        "'n0': tau_syn counts an axis of one sample: (1, 2, 3, 4), read as (2, 3, 4)",
    ),
    "a Threshold": (
        ({"type": "Threshold", "threshold": np.full((1, *SHAPE), 0.5)},),
        "'n0': threshold counts an axis of one sample",
    ),
    "a Delay": (
        ({"type": "Delay", "delay": np.full((1, *SHAPE), 1.0)}, neuron()),
        "'n0': delay counts an axis of one sample",
    ),
    "a Scale of each channel": (
        ({"type": "Scale", "scale": np.arange(1.0, 3.0).reshape(1, 2, 1, 1)}, neuron()),
        "'n0': scale counts an axis of one sample: (1, 2, 1, 1), read as (2, 1, 1)",
    ),
}


@pytest.mark.parametrize("name", LEAKS)
def test_an_axis_of_one_sample_is_taken_away_and_said(tmp_path: Path, name: str) -> None:
    nodes, told = LEAKS[name]
    found = read(tmp_path, *nodes)
    assert found.graph.shapes["i"][1:] == SHAPE
    assert found.graph.shapes["o"][1:] == SHAPE
    assert any(note.startswith(told) for note in found.notes), found.notes


def test_an_output_with_an_axis_of_one_sample_is_read_without(tmp_path: Path) -> None:
    found = read(tmp_path, neuron(), behind=(1, *SHAPE))
    assert found.graph.shapes["o"][1:] == SHAPE
    assert "'o': shape counts an axis of one sample: (1, 2, 3, 4), read as (2, 3, 4)" in found.notes


@pytest.mark.parametrize(
    ("input_type", "start", "end"), [((1, *SHAPE), 1, -1), ((1, *SHAPE), 0, 3), (SHAPE, 0, 2)]
)
def test_a_flatten_that_counts_a_sample_flattens_the_same(
    tmp_path: Path, input_type: tuple[int, ...], start: int, end: int
) -> None:
    flat = {"type": "Flatten", "input_type": np.array(input_type), "start_dim": start}
    linear = {"type": "Linear", "weight": WEIGHT}
    found = read(tmp_path, {**flat, "end_dim": end}, linear, behind=(5,))
    x = np.random.default_rng(1).integers(0, 2, (1, 1, *SHAPE)).astype(np.float64)
    assert np.allclose(values(found, x).ravel(), WEIGHT @ x.ravel())
    assert any("input_type counts an axis" in n for n in found.notes) == (len(input_type) == 4)


def test_a_flatten_that_counts_a_sample_keeps_the_axis_before_its_start(tmp_path: Path) -> None:
    flat = {"type": "Flatten", "input_type": np.array((1, 5, 1, 4)), "start_dim": 2, "end_dim": 3}
    found = read(tmp_path, flat, neuron(), before=(5, 1, 4), behind=(5, 4))
    assert found.graph.shapes["o"][1:] == (5, 1, 4)


@pytest.mark.parametrize("stated", [(3, 4), (2, 3, 4), (1, 2, 3, 4)])
def test_a_convolution_states_its_grid_with_or_without_channels(
    tmp_path: Path, stated: tuple[int, ...]
) -> None:
    conv = {
        "type": "Conv2d", "weight": np.full((1, 2, 3, 3), 0.5), "bias": np.zeros(1), "stride": 1,
        "padding": 0, "dilation": 1, "groups": 1, "input_shape": np.array(stated),
    }  # fmt: skip
    found = read(tmp_path, conv, neuron(), behind=(1, 1, 2))
    assert found.graph.shapes["n0"][1:] == (1, 1, 2)
    told = f"'n0': input_shape counts samples or channels: {stated}, read as the grid (3, 4)"
    assert (told in found.notes) == (len(stated) > 2)


def test_the_one_channel_of_an_input_without_it_comes_from_the_convolution(tmp_path: Path) -> None:
    conv = {"type": "Conv2d", "weight": np.ones((1, 1, 3, 3)), "input_shape": np.array([1, 3, 4])}
    found = read(tmp_path, conv, neuron(), before=(3, 4), behind=(1, 1, 2))
    assert found.graph.shapes["i"][1:] == (1, 3, 4)


def test_neurons_with_a_sample_behind_points_leave_them_points(tmp_path: Path) -> None:
    found = read(tmp_path, neuron(1, 5), before=(5,))
    assert found.graph.shapes["i"][1:] == (5, 1, 1)


def test_a_linear_layer_of_one_sample_and_a_bias_with_it_are_read(tmp_path: Path) -> None:
    layer = {"type": "Affine", "weight": np.eye(3)[None], "bias": np.arange(3.0)[None]}
    found = read(tmp_path, layer, before=(3,))
    assert values(found, np.ones((1, 1, 3, 1, 1))).ravel().tolist() == [1.0, 2.0, 3.0]


def test_an_axis_that_is_no_single_sample_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ObstacleError, match=r" of the shape \(2, 2, 3, 4\) on neurons"):
        read(tmp_path, neuron(2, *SHAPE, v_threshold=1.0, r=1.0))
