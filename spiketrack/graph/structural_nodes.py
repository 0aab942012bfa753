"""These nodes move values and compute nothing; both graphs have the same ones.

A value has the shape (T, C, H, W): T steps of C channels on an H x W grid (a memory: (T, heads,
d_k, d_v)).
"""

from dataclasses import dataclass

import numpy as np

from spiketrack.errors import GraphError
from spiketrack.graph.checks import Array, freeze, require_inputs, span

MAX_DELAY = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Repeat:
    """Shows one step `n_steps` times: (1, C, H, W) -> (n_steps, C, H, W)."""

    name: str
    inputs: tuple[str, ...]
    n_steps: int

    def __post_init__(self) -> None:
        require_inputs(self.name, self.inputs, 1)
        if self.n_steps < 1:
            raise GraphError(f"node '{self.name}'", "n_steps >= 1", str(self.n_steps))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SelectStep:
    """Takes one step: (T, C, H, W) -> (1, C, H, W)."""

    name: str
    inputs: tuple[str, ...]
    step: int

    def __post_init__(self) -> None:
        require_inputs(self.name, self.inputs, 1)
        if self.step < 0:
            raise GraphError(f"node '{self.name}'", "step >= 0", str(self.step))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StackSteps:
    """Puts single steps in order: n times (1, C, H, W) -> (n, C, H, W)."""

    name: str
    inputs: tuple[str, ...]

    def __post_init__(self) -> None:
        require_inputs(self.name, self.inputs, None)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PositionsToChannels:
    """Swaps grid and channels, for a layer that mixes positions: (T, C, H, W) -> (T, H*W, C, 1)."""

    name: str
    inputs: tuple[str, ...]

    def __post_init__(self) -> None:
        require_inputs(self.name, self.inputs, 1)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Flatten:
    """Puts a grid into channels, channel by channel: (T, C, H, W) -> (T, C*H*W, 1, 1)."""

    name: str
    inputs: tuple[str, ...]

    def __post_init__(self) -> None:
        require_inputs(self.name, self.inputs, 1)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Delay:
    """y[t] = x[t - steps_q], 0 before that: a synaptic, axonal or residual delay.

    `steps_q` is int32 (C or 1, H or 1, W or 1).
    """

    name: str
    inputs: tuple[str, ...]
    steps_q: Array

    def __post_init__(self) -> None:
        require_inputs(self.name, self.inputs, 1)
        steps = freeze(self, "steps_q", np.int32, 3)
        if steps.size == 0 or steps.min() < 0 or steps.max() > MAX_DELAY:
            raise GraphError(f"node '{self.name}', steps_q", f"0..{MAX_DELAY} steps", span(steps))


StructuralNode = Repeat | SelectStep | StackSteps | PositionsToChannels | Flatten | Delay
