"""Steps as groups of channels: the same sums, in groups that stock Conv can count."""

import numpy as np
import pytest
import torch

from hardware.stock.unrolled import unrolled_kernel
from simulation.reference.engine import run_reference
from spiketrack.graph.graph import Graph
from tests.hardware.lava.stock_graphs import conv, frames, out, source


@pytest.mark.parametrize(
    ("n_steps", "channels", "groups", "expected"),
    [
        (1, 6, 1, 1), (3, 6, 2, 6), (1, 192, 192, 96), (3, 192, 192, 96), (1, 254, 127, 127),
        (2, 254, 127, 2), (127, 2, 1, 127),
    ],
)  # fmt: skip
def test_channels_of_all_steps_give_the_sums_of_each_step(
    n_steps: int, channels: int, groups: int, expected: int
) -> None:
    node = conv("conv", "in", (2 * groups, channels // groups, 3, 2), groups=groups, padding=(1, 0))
    graph = Graph("x", (source((n_steps, channels, 4, 5)), node, *out("conv")))
    (raw,) = frames(graph, batch=1).values()
    kernel = unrolled_kernel(node, n_steps)
    assert kernel.groups == expected
    assert kernel.weight.shape[1] * kernel.groups == n_steps * channels
    summed = torch.nn.functional.conv2d(
        torch.from_numpy(raw.reshape(1, -1, 4, 5)).double(),
        torch.from_numpy(kernel.weight).double(),
        padding=(1, 0),
        groups=kernel.groups,
    )
    values = run_reference(graph, {"in": raw}).outputs["conv.out"]
    assert np.array_equal(summed.numpy().reshape(values.shape), values)
