"""How many weights an input of a convolution or matrix meets: the gradient of the sum of outputs.

With weights of ones, that gradient at an input is the number of its taps inside the output; with
ones where a weight is not zero, the number of synapses that do something. It is the same for all
samples, and holds for any stride, padding, dilation, group and for transposed convolutions.
"""

from dataclasses import dataclass
from typing import Any

import torch

_aten: Any = torch.ops.aten  # type: ignore[attr-defined, unused-ignore]


@dataclass(frozen=True, slots=True)
class Geometry:
    """The arguments of a convolution beside its tensors, as PyTorch gives them.

    Attributes:
        stride: per axis.
        padding: per axis.
        dilation: per axis.
        transposed: whether it goes from outputs to inputs.
        output_padding: per axis, of a transposed one.
        groups: of channels.
    """

    stride: tuple[int, ...]
    padding: tuple[int, ...]
    dilation: tuple[int, ...]
    transposed: bool
    output_padding: tuple[int, ...]
    groups: int

    def dense_macs(self, weight: torch.Tensor, inputs: torch.Tensor, outputs: torch.Tensor) -> int:
        """Multiply-accumulates with zero padding included.

        Args:
            weight: (C_out, C_in / groups, ...), or (C_in, C_out / groups, ...) transposed.
            inputs: (B, C_in, ...).
            outputs: (B, C_out, ...).
        """
        per_cell = weight[0].numel()
        return (inputs if self.transposed else outputs).numel() * per_cell


@dataclass(frozen=True, slots=True)
class Fanout:
    """Weights that each input meets, for one sample.

    Attributes:
        non_zero: float64, weights that are not zero; broadcasts against the input.
        all_weights: float64, all weights.
    """

    non_zero: torch.Tensor
    all_weights: torch.Tensor


def conv_fanout(
    weight: torch.Tensor, inputs: torch.Tensor, outputs: torch.Tensor, geometry: Geometry
) -> Fanout:
    """The fan-out of a convolution.

    Args:
        weight: its weights.
        inputs: (B, C_in, ...); only the shape is used.
        outputs: (B, C_out, ...); only the shape is used.
        geometry: stride, padding and so on.

    Returns:
        Counts of shape (1, C_in, ...).
    """
    ones = torch.ones((1, *outputs.shape[1:]), dtype=torch.float64)
    one_input = torch.empty((1, *inputs.shape[1:]), dtype=torch.float64)

    def met(mask: torch.Tensor) -> torch.Tensor:
        gradient: torch.Tensor = _aten.convolution_backward(
            ones, one_input, mask, None, list(geometry.stride), list(geometry.padding),
            list(geometry.dilation), geometry.transposed, list(geometry.output_padding),
            geometry.groups, [True, False, False],
        )[0]  # fmt: skip
        return gradient.round()

    filled = (weight != 0).to(torch.float64)
    return Fanout(met(filled), met(torch.ones_like(filled)))


def matrix_fanout(weight: torch.Tensor) -> Fanout:
    """The fan-out of `inputs @ weight`.

    Args:
        weight: (K, M).

    Returns:
        Counts of shape (K,).
    """
    filled = (weight != 0).sum(dim=1).to(torch.float64)
    return Fanout(filled, torch.full_like(filled, weight.shape[1]))
