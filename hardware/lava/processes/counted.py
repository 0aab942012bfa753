"""What every process here has in common: its event counters, and the models that fill them.

The Vars carry the chip profiler's field names (`hardware.lava.runtime.events`); a process has one
element in each, a fused block one per node.
"""

from typing import Any

import numpy as np
from lava.magma.core.model.py.model import PyLoihiProcessModel
from lava.magma.core.model.py.type import LavaPyType
from lava.magma.core.process.process import AbstractProcess
from lava.magma.core.process.variable import Var

from hardware.lava.runtime.events import FIELDS, Events


class CountedProcess(AbstractProcess):  # type: ignore[misc]
    """A process with event counters.

    Args:
        n_counted: elements of every counter, one for each node that the process runs.
        proc_params: what its model needs to know.
    """

    def __init__(self, *, n_counted: int = 1, **proc_params: Any) -> None:
        super().__init__(**proc_params)
        for name in FIELDS:
            setattr(self, name, Var(shape=(n_counted,), init=0))


class CountedModel(PyLoihiProcessModel):  # type: ignore[misc]
    """A model that adds to its counters in every step."""

    syn_ops: np.ndarray[Any, Any] = LavaPyType(np.ndarray, np.int64)
    dendrite_updates: np.ndarray[Any, Any] = LavaPyType(np.ndarray, np.int64)
    spikes_in: np.ndarray[Any, Any] = LavaPyType(np.ndarray, np.int64)
    axon_out: np.ndarray[Any, Any] = LavaPyType(np.ndarray, np.int64)

    def count(self, events: Events, index: int = 0) -> None:
        """Adds the events of one step to element `index` of the counters."""
        for name in FIELDS:
            getattr(self, name)[index] += getattr(events, name)
