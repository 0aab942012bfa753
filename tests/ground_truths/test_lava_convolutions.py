"""The ten saved convolutions of lava-nc: exact integers against its float32 results.

Their inputs are real numbers. As float32 they are whole multiples of 2**-48, so they are cut into
three integer limbs of 16 bits; our integer convolution of each limb is exact, and so is the sum of
the three. What is left is the rounding of the upstream result, float32.
"""

import numpy as np
import pytest

from simulation.reference.engine import convolve
from spiketrack.graph.spike_nodes import SpikeConv
from tests.ground_truths.traces import CONV, Array, wheel_file

LIMB_BITS, N_LIMBS = 16, 3
pytestmark = pytest.mark.lava_environment("lava-nc")


def _pair(values: Array) -> tuple[int, int]:
    """(x, y) -> (rows, columns)."""
    return int(values[1]), int(values[0])


def _conv(case: "np.lib.npyio.NpzFile", *, flipped: bool = True) -> SpikeConv:
    weight = case["weights"].transpose(0, 3, 2, 1)
    weight = weight[:, :, ::-1, ::-1] if flipped else weight
    return SpikeConv(
        name="conv", inputs=("x",), weight_q=weight.astype(np.int8),
        weight_scale=np.ones(len(weight)), stride=_pair(case["stride"]),
        padding=_pair(case["padding"]), dilation=_pair(case["dilation"]),
        groups=int(case["groups"]),
    )  # fmt: skip


def _exactly(conv: SpikeConv, x: Array) -> Array:
    """The convolution of real x (C, H, W), multiples of 2**-48 in 0..1, in float64."""
    rest = np.round(x.astype(np.float64) * 2.0 ** (LIMB_BITS * N_LIMBS)).astype(np.int64)
    total: Array = np.zeros(())
    for limb in range(N_LIMBS):
        part = (rest >> (LIMB_BITS * limb)) & ((1 << LIMB_BITS) - 1)
        scale = 2.0 ** (LIMB_BITS * (limb - N_LIMBS))
        total = total + convolve(conv, part[None, None])[0, 0] * scale
    return total


def _largest_error(number: int, *, flipped: bool = True) -> tuple[float, float]:
    """Largest difference, and the rounding allowed: a float32 unit of the sum of |weights|."""
    with np.load(wheel_file("lava-nc", f"{CONV}/gt_conv_paris_{number}.npz")) as case:
        conv, x = _conv(case, flipped=flipped), case["input"].astype(np.float32)
        expected = case["out_gt"].transpose(2, 1, 0)
    found = _exactly(conv, x.transpose(2, 1, 0))
    assert found.shape == expected.shape and np.count_nonzero(expected)
    magnitude = float(np.abs(conv.weight_q.astype(np.int64)).sum(axis=(1, 2, 3)).max())
    return float(np.abs(found - expected).max()), magnitude * 2.0**-23


@pytest.mark.parametrize("number", range(10))
def test_each_saved_convolution_equals_ours_within_the_rounding_of_float32(number: int) -> None:
    error, allowed = _largest_error(number)
    assert error <= allowed


def test_a_kernel_that_is_not_flipped_fails_the_same_comparison() -> None:
    error, allowed = _largest_error(0, flipped=False)
    assert error > 1000 * allowed
