"""A converted value means real = q * unit[c] + bias[c] until it has to lie on a stream's grid."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from spiketrack.fixed_point import Float64, Int64

ONE: Float64 = np.ones(1)
ZERO: Float64 = np.zeros(1)


@dataclass(frozen=True)
class Pending:
    """A converted value: node `name` holds q; real = (q * unit) * factor in float32, or + bias.

    A value with a bias has the factor 1. `follows`: the unit is what some stream's fraction bits
    made it, so that it says nothing about how fine a stream ought to be.
    """

    name: str
    unit: Float64 = field(default_factory=lambda: ONE)
    bias: Float64 = field(default_factory=lambda: ZERO)
    factor: float = 1.0
    follows: bool = False

    @property
    def scale(self) -> Float64:
        """Real worth of one step of q."""
        return self.unit * self.factor

    def times(self, factor: float) -> "Pending":
        """The same integers, worth `factor` times as much."""
        if self.bias.any():
            return replace(self, unit=self.unit * factor, bias=self.bias * factor)
        return replace(self, factor=self.factor * factor)

    @property
    def real(self) -> Callable[[Int64], Any]:
        """The float expression: a product's scale in float32, as the network does; else float64."""
        unit, bias = self.unit[:, None], self.bias[:, None]
        if self.factor == 1.0:
            return lambda q: q * unit + bias
        return lambda q: (q * unit).astype(np.float32) * np.float32(self.factor)
