"""NIR: weighted layers, pools and rearrangements of foreign files compute what they say."""

from pathlib import Path
from typing import Any

import nir
import numpy as np
import pytest
import torch
from torch.nn import functional

from conversion.from_nir import read_nir, read_nir_with_notes
from simulation.floats.engine import run_float
from spiketrack.graph.checks import Array
from tests.conversion.nir_files import SHAPE, chain, conv

RNG = np.random.default_rng(3)
KERNEL = RNG.integers(-4, 5, (2, 2, 3, 3)) / 4


def compute(path: Path, x: Array) -> Array:
    """What the float engine gives for one step, without time and batch."""
    graph = read_nir(path)
    (source,) = graph.inputs
    drive = x.reshape(1, 1, *graph.shapes[source.name][1:])
    (y,) = run_float(graph, {source.name: drive}, dtype=torch.float64).outputs.values()
    return np.asarray(y[0, 0])


def test_a_dense_layer_is_a_matrix_product(tmp_path: Path) -> None:
    weight, bias, x = RNG.random((3, 5)), RNG.random(3), RNG.random(5)
    y = compute(chain(tmp_path / "x.nir", nir.Affine(weight, bias), shape=(5,)), x)
    assert y.shape == (3, 1, 1) and np.allclose(y.ravel(), weight @ x + bias)


def test_a_dense_layer_before_which_flatten_was_forgotten_flattens(tmp_path: Path) -> None:
    weight, x = RNG.random((3, 32)), RNG.random(SHAPE)
    path = chain(tmp_path / "x.nir", nir.Linear(weight))
    assert np.allclose(compute(path, x).ravel(), weight @ x.ravel())
    assert "is flattened before it" in read_nir_with_notes(path).notes[0]


@pytest.mark.filterwarnings("ignore:Using padding='same'")
@pytest.mark.parametrize("size", [1, 2, 3, 4])
@pytest.mark.parametrize("padding", ["same", "valid"])
def test_padding_in_words_is_torchs(tmp_path: Path, size: int, padding: str) -> None:
    weight, x = RNG.random((2, 2, size, size)), RNG.random(SHAPE)
    path = chain(tmp_path / "x.nir", conv(weight=weight, padding=padding))
    expected = functional.conv2d(torch.from_numpy(x)[None], torch.from_numpy(weight), None,
                                 padding=padding)[0].numpy()  # fmt: skip
    assert np.allclose(compute(path, x), expected)


@pytest.mark.parametrize("padding", [0, 2, "same"])
def test_a_convolution_in_one_dimension_lies_in_a_row(tmp_path: Path, padding: Any) -> None:
    weight, bias, x = RNG.random((4, 1, 3)), RNG.random(4), RNG.random((2, 9))
    dilation = 2
    node = nir.Conv1d(9, weight, 1, padding, dilation, 2, bias)
    y = compute(chain(tmp_path / "x.nir", node, shape=(2, 9)), x)
    x_, weight_, bias_ = (torch.from_numpy(array) for array in (x[None], weight, bias))
    expected = functional.conv1d(x_, weight_, bias_, 1, padding, dilation, 2)[0].numpy()
    assert np.allclose(y[:, 0], expected)


POOLS = [((2, 2), (2, 2), (0, 0)), ((3, 3), (1, 1), (1, 1)), ((2, 3), (2, 1), (1, 0)),
         ((3, 3), (3, 3), (0, 0)), ((4, 4), (4, 4), (0, 0))]  # fmt: skip


@pytest.mark.parametrize(("size", "stride", "padding"), POOLS)
@pytest.mark.parametrize("kind", [nir.AvgPool2d, nir.SumPool2d])
def test_pools_of_any_geometry(
    tmp_path: Path, kind: Any, size: Any, stride: Any, padding: Any
) -> None:
    x = RNG.random((2, 6, 6)) if size != (4, 4) else RNG.random((2, 8, 8))
    node = kind(np.array(size), np.array(stride), np.array(padding))
    y = compute(chain(tmp_path / "x.nir", node, shape=x.shape), x)
    mean = functional.avg_pool2d(torch.from_numpy(x)[None], size, stride, padding)[0].numpy()
    assert np.allclose(y, mean if kind is nir.AvgPool2d else mean * np.prod(size))


def test_scales_per_channel_negative_or_zero_are_taken(tmp_path: Path) -> None:
    x, factors = RNG.random(SHAPE), np.array([0.5, -2.0])
    for scale in (factors[:, None, None], factors, np.broadcast_to(factors[:, None, None], SHAPE)):
        y = compute(chain(tmp_path / "x.nir", nir.Scale(np.ascontiguousarray(scale))), x)
        assert np.array_equal(y, x * factors[:, None, None])
    for factor in (-1.5, 0.0):
        y = compute(chain(tmp_path / "x.nir", nir.Scale(np.full(SHAPE, factor))), x)
        assert np.array_equal(y, x * factor)


FLATTENS = [
    (SHAPE, 0, -1, (32, 1, 1)),
    (SHAPE, 0, 2, (32, 1, 1)),
    (SHAPE, 1, 3, (32, 1, 1)),  # counts a batch axis
    ((2, 1, 9), 1, 2, (2, 1, 9)),  # (2, 9), where it is already
    ((2, 5), 0, -1, (10, 1, 1)),
    ((7,), 0, -1, (7, 1, 1)),
    ((7,), 1, -1, (7, 1, 1)),
]


@pytest.mark.parametrize(("shape", "start", "end", "grid"), FLATTENS)
def test_flatten_in_its_variants(
    tmp_path: Path, shape: tuple[int, ...], start: int, end: int, grid: tuple[int, ...]
) -> None:
    node = nir.Flatten(np.array(shape), 0, -1)
    node.start_dim, node.end_dim = start, end
    x = RNG.random(shape)
    y = compute(chain(tmp_path / "x.nir", node, shape=shape), x)
    assert y.shape == grid and np.array_equal(y.ravel(), x.ravel())


def test_what_stands_behind_a_flatten_tells_whether_it_counts_the_batch(tmp_path: Path) -> None:
    nodes = (nir.Flatten(np.array(SHAPE), 1, -1), nir.Affine(np.ones((3, 32)), np.zeros(3)))
    read = read_nir_with_notes(chain(tmp_path / "x.nir", *nodes))
    assert read.graph.shapes["n1"] == (1, 3, 1, 1)
    assert "start_dim 1 counts a batch axis" in read.notes[0]
