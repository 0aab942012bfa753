"""Recognises spikes by their values: whole numbers of one step, few and small.

A tensor is spikes if every value is k times one step with |k| up to a bound. The step is 1 where
all values are whole (binary and integer spikes), else the smallest magnitude (spikes times a
scale), else 1/D (spikes that a network divides by D, where none is 1/D itself). A tensor of zeros
is silent: it fits every step.
"""

from dataclasses import dataclass

import torch

DEFAULT_MAX_SPIKE = 15
"""Levels that are taken for spikes. Why so few: pictures of whole numbers up to 255 are none."""
MOST_LEVELS = 255
SILENT = 0.0
_PARTS = range(2, 17)
_SAMPLE = 4096
# Why not exact: k/D and k times a scale are rounded to float32, and products of both once more.
_TOLERANCE = 1e-5


@dataclass(frozen=True, slots=True)
class Levels:
    """How values are taken for spikes.

    Attributes:
        max_spike: largest |k|, 1 to 255.
        step: size of one level if it is known; None finds it from the values.
    """

    max_spike: int = DEFAULT_MAX_SPIKE
    step: float | None = None

    def step_of(self, values: torch.Tensor) -> float | None:
        """The step of a tensor's values: `SILENT` if all are zero, None if they are no spikes.

        Args:
            values: of any shape; booleans and integers are taken as they are.
        """
        flat = values.detach().reshape(-1)
        if flat.is_complex() or not flat.numel():
            return None
        # Why a sample first: most tensors are real values, and a few of them show it.
        if flat.numel() > 2 * _SAMPLE and self._fitting(flat[:: flat.numel() // _SAMPLE]) is None:
            return None
        return self._fitting(flat)

    def _fitting(self, flat: torch.Tensor) -> float | None:
        sizes = flat.to(torch.float64).abs()
        peak = float(sizes.max())
        if peak == 0:
            return SILENT
        if not peak < float("inf"):
            return None
        for step in self._candidates(sizes, peak):
            if peak <= self.max_spike * step * (1 + _TOLERANCE) and _is_grid(sizes / step):
                return step
        return None

    def _candidates(self, sizes: torch.Tensor, peak: float) -> list[float]:
        if self.step is not None:
            return [self.step]
        parts = [1 / d for d in _PARTS if peak <= 1 + _TOLERANCE]
        return [1.0, float(sizes[sizes > 0].min()), *parts]


def _is_grid(levels: torch.Tensor) -> bool:
    """Whether all are whole numbers, and none that is not zero is nearly zero."""
    whole = levels.round()
    close = (levels - whole).abs() <= _TOLERANCE * whole.clamp(min=1)
    return bool((close & ((whole > 0) | (levels == 0))).all())
