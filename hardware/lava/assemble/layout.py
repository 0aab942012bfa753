"""The two layouts of a value: (T, C, H, W) here, (W, H, channels) in Lava's stock processes.

All T steps of a frame travel in one message; to a stock process a step is a group of channels.
"""

import numpy as np

from hardware.lava.compute.arithmetic import Value


def stock_shape(shape: tuple[int, ...]) -> tuple[int, ...]:
    """(T, C, H, W) -> (W, H, T * C)."""
    t, c, h, w = shape
    return w, h, t * c


def to_stock(x: Value) -> Value:
    """(T, C, H, W) -> (W, H, T * C)."""
    t, c, h, w = x.shape
    return np.ascontiguousarray(x.reshape(t * c, h, w).transpose(2, 1, 0))


def from_stock(y: Value, shape: tuple[int, ...]) -> Value:
    """(W, H, T * C) -> `shape`, (T, C, H, W); also behind a port that flattened it."""
    # The steps part again where they were joined: T is the slowest axis of both.
    return np.ascontiguousarray(y.transpose(2, 1, 0)).reshape(shape)
