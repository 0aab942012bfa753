"""Ports between synapses and D populations of LIFs that are one process, (D, W, H, C).

Every sum reaches the compartments of all levels, and the spikes of all levels reach the next
synapses through the same weights: axons that branch and join. Nothing is computed on the way.
"""

import functools
from typing import Any

import numpy as np

from hardware.lava.runtime.start_method import start_method_kept

with start_method_kept():
    from lava.magma.core.process.ports.ports import AbstractPort, AbstractVirtualPort


class SpreadPort(AbstractVirtualPort):  # type: ignore[misc]
    """(W, H, C) reaches all D of (D, W, H, C)."""

    def get_transform_func_fwd(self) -> Any:
        """What happens to data on its way."""
        return functools.partial(np.broadcast_to, shape=self.shape)

    def get_transform_func_bwd(self) -> Any:
        """The way back, which only references to Vars take."""
        raise NotImplementedError("levels are spread on the way from OutPort to InPort only")


class JoinPort(AbstractVirtualPort):  # type: ignore[misc]
    """(D, W, H, C) arrives as (W, H, C): the spikes of all levels, one after the other."""

    def get_transform_func_fwd(self) -> Any:
        """What happens to data on its way."""
        return functools.partial(np.sum, axis=0)

    def get_transform_func_bwd(self) -> Any:
        """The way back, which only references to Vars take."""
        raise NotImplementedError("levels are joined on the way from OutPort to InPort only")


def join(sender: Any, receiver: Any) -> None:
    """Connects stock processes and what is in their layout, with or without levels.

    The vector of a Dense is a grid of 1 x 1 to others.
    """
    if len(sender.shape) == 4:
        sender = _behind(sender, JoinPort(sender.shape[1:]))
    has_levels = len(receiver.shape) == 4
    grid = receiver.shape[1:] if has_levels else receiver.shape
    if sender.shape != grid:
        sender = sender.reshape(grid)
    if has_levels:
        sender = _behind(sender, SpreadPort(receiver.shape))
    sender.connect(receiver)


def _behind(sender: Any, port: AbstractVirtualPort) -> AbstractVirtualPort:
    sender._connect_forward([port], AbstractPort, [None], assert_same_shape=False)
    return port
