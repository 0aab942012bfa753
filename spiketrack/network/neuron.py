"""The NI-LIF neuron: integer spikes 0..D, sent on as s/D.

Update, step by step over the time axis:

    U[0] = X[0]
    U[t] = (U[t-1] - s[t-1] / D) * sigmoid(decay[t-1]) + X[t]
    s[t] = round_half_even(clamp(U[t], 0, D))
    out[t] = s[t] / D

The reset subtracts the normalised spike. State lives inside one call; nothing is carried between
frames.
Why: subtract, multiply and add stay three operations, each rounded; a fused multiply-add would
change the last bit and, through the rounding above, whole spikes.
"""

import math
from typing import Any, cast

import torch
from torch import Tensor, nn

INITIAL_DECAY = 0.25


class _Fire(torch.autograd.Function):
    """round_half_even(clamp(x, 0, D)) / D, whose gradient is 1/D inside [0, D] and 0 outside."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, max_spike: int) -> Tensor:
        ctx.save_for_backward(x)
        ctx.max_spike = max_spike
        return torch.clamp(x, 0, max_spike).round_().div_(max_spike)

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> tuple[Tensor, None]:
        """Why hardtanh: one pass over memory; its bounds are open, hence one number further out."""
        (x,) = ctx.saved_tensors
        kind, ceiling = torch.finfo(x.dtype), ctx.max_spike
        below, above = -kind.smallest_normal, ceiling * (1 + kind.eps)
        inside = cast(Any, torch).ops.aten.hardtanh_backward(grads[0], x, below, above)
        return inside.div_(ceiling), None


class NILIF(nn.Module):
    """One layer of NI-LIF neurons.

    Attributes:
        max_spike: D, the largest integer spike.
        step_axis: which axis of the input is time.
        decay: logits of the decay, one for each step after the first, shape (max_steps - 1,).
    """

    decay: Tensor

    def __init__(
        self,
        max_spike: int = 4,
        max_steps: int = 4,
        learnable_decay: bool = True,
        step_axis: int = 0,
    ) -> None:
        """Makes a layer for up to `max_steps` steps; every decay starts at 0.25."""
        super().__init__()
        self.max_spike = max_spike
        self.step_axis = step_axis
        logit = math.log(INITIAL_DECAY / (1 - INITIAL_DECAY))
        start = torch.full((max_steps - 1,), logit)
        if learnable_decay:
            self.decay = nn.Parameter(start)
        else:
            self.register_buffer("decay", start)

    def forward(self, x: Tensor) -> Tensor:
        """Computes the spikes of a whole sequence.

        Args:
            x: input currents, with the steps on `step_axis`.

        Returns:
            Normalised spikes s/D, shaped like `x`.

        Raises:
            ValueError: more steps than this layer has decays for.
        """
        currents = x.unbind(self.step_axis)
        if len(currents) > len(self.decay) + 1:
            raise ValueError(
                f"{len(currents)} steps, but this layer has decays for {len(self.decay) + 1}"
            )
        if len(currents) == 1:
            return self.fire(x)
        membrane = currents[0]
        outputs = [self.fire(membrane)]
        for step, current in enumerate(currents[1:]):
            keep = self.decay[step].sigmoid()
            membrane = (membrane - outputs[-1].detach()) * keep + current
            outputs.append(self.fire(membrane))
        return torch.stack(outputs, self.step_axis)

    def fire(self, membrane: Tensor) -> Tensor:
        """Fires.

        Args:
            membrane: membrane potentials U of one step, of any shape.

        Returns:
            Normalised spikes s/D, shaped like `membrane`.
        """
        # Why Any: releases of torch differ in whether `apply` has a type.
        fire: Any = _Fire.apply
        spikes: Tensor = fire(membrane, self.max_spike)
        return spikes

    def integer_spikes(self, output: Tensor) -> Tensor:
        """Undoes the normalisation.

        Args:
            output: spikes s/D that this layer gave.

        Returns:
            The integers s, as uint8.
        """
        return torch.round(output.detach() * self.max_spike).to(torch.uint8)

    def extra_repr(self) -> str:
        """What `print(network)` says about this layer."""
        return f"max_spike={self.max_spike}, steps<={len(self.decay) + 1}"
