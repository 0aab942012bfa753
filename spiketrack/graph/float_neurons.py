"""The neurons with current and membrane, as real numbers in discrete time, that NIR's become."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from spiketrack.errors import GraphError
from spiketrack.graph.checks import Array, freeze, require_inputs

Reset = Literal["value", "subtract"]
Current = Literal["new", "old"]
"""Whether a membrane takes the current of this step, or the one that the step before left."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FloatCubaLIF:
    """CUBA-LIF in steps of a fixed dt; LIF and IF are cases.

    a[t] = X[t] + recurrent @ s[t-1]
    u[t] = u[t-1] * u_keep + a[t] * u_gain
    v[t] = v[t-1] * v_keep + u[t] * v_gain + v_drive,  v[-1] = u[-1] = 0
        with u[t-1] for u[t] where `current` is "old"
    s[t] = v[t] > threshold                                 (strict)
    v[t] <- v_reset where s[t] (reset "value") or v[t] - threshold (reset "subtract").

    LIF is u_keep = 0, u_gain = 1; IF is v_keep = 1 as well. All parameters are float64 of shape
    (C or 1, H or 1, W or 1); `recurrent` is (C, C) float64, to and from the neurons of a layer on a
    1 x 1 grid, or (0, 0).
    """

    name: str
    inputs: tuple[str, ...]
    u_keep: Array
    u_gain: Array
    v_keep: Array
    v_gain: Array
    v_drive: Array
    threshold: Array
    v_reset: Array
    recurrent: Array
    reset: Reset = "value"
    current: Current = "new"

    def __post_init__(self) -> None:
        require_inputs(self.name, self.inputs, 1)
        _freeze_all(self, "u_keep", "u_gain", "v_keep", "v_gain", "v_drive", "threshold", "v_reset")
        recurrent = freeze(self, "recurrent", np.float64, 2)
        if recurrent.shape[0] != recurrent.shape[1]:
            raise GraphError(
                f"node '{self.name}', recurrent", "a square matrix", str(recurrent.shape)
            )
        if self.reset not in ("value", "subtract"):
            raise GraphError(f"node '{self.name}', reset", "'value' or 'subtract'", str(self.reset))
        require_current(self.name, self.current)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FloatCubaLI:
    """CUBA-LI: u and v as in `FloatCubaLIF`, its `current` too, never a spike; Y[t] = v[t]."""

    name: str
    inputs: tuple[str, ...]
    u_keep: Array
    u_gain: Array
    v_keep: Array
    v_gain: Array
    v_drive: Array
    current: Current = "new"

    def __post_init__(self) -> None:
        require_inputs(self.name, self.inputs, 1)
        _freeze_all(self, "u_keep", "u_gain", "v_keep", "v_gain", "v_drive")
        require_current(self.name, self.current)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FloatThreshold:
    """S = 1 where X > level, else 0: no state. `level` is float64 (C or 1, H or 1, W or 1)."""

    name: str
    inputs: tuple[str, ...]
    level: Array

    def __post_init__(self) -> None:
        require_inputs(self.name, self.inputs, 1)
        _freeze_all(self, "level")


def require_current(name: str, current: str) -> None:
    """Raises GraphError unless a neuron's `current` is "new" or "old"."""
    if current not in ("new", "old"):
        raise GraphError(f"node '{name}', current", "'new' or 'old'", str(current))


def _freeze_all(node: FloatCubaLIF | FloatCubaLI | FloatThreshold, *fields: str) -> None:
    for field in fields:
        if freeze(node, field, np.float64, 3).size == 0:
            raise GraphError(f"node '{node.name}', {field}", "at least one value", "none")
