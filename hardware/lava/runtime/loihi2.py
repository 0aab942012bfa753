"""Power, energy and time of a run on Loihi 2, through Lava's own profiler.

`Profiler.init` finds the profiler of a run configuration: for Loihi 2 the closed
`lava.utils.loihi2_profiler_api.Loihi2HWProfiler`. Probes are set before the graph is compiled, for
a number of steps that is known by then, and read after the processes have ended.

Not verified: neither a chip nor the extension was at hand. The names below are those that published
programs call; units are theirs too (watts, joules, seconds). What a reading lacks is left out.
Activity comes from the extension as a picture only, so that no counts of the chip are read here.
"""

from typing import Any

import numpy as np

from hardware.lava.runtime.start_method import start_method_kept
from spiketrack.errors import BackendUnavailable

PROFILER = "lava.utils.loihi2_profiler_api"
READINGS = ("power", "static_power", "energy", "static_energy", "execution_time")


class ChipProbes:
    """The probes of one run.

    Args:
        config: Lava's run configuration, before the compiler sees it.
        n_steps: steps that will be run.

    Raises:
        BackendUnavailable: the extension has no profiler.
    """

    def __init__(self, config: Any, n_steps: int) -> None:
        with start_method_kept():
            from lava.utils.profiler import Profiler
        try:
            self._profiler = Profiler.init(config)
        except NotImplementedError as error:
            needed = f"Intel's closed extension with '{PROFILER}'"
            raise BackendUnavailable("probes of 'loihi2'", needed, str(error)) from error
        # Lava's profiler takes its probes before the graph is compiled.
        self._profiler.execution_time_probe(num_steps=n_steps)
        self._profiler.energy_probe(num_steps=n_steps)
        self._profiler.activity_probe()

    def readings(self) -> dict[str, Any]:
        """Numbers, or lists of a number for each step, by name; after the run has ended."""
        measured = {name: getattr(self._profiler, name, None) for name in READINGS}
        return {
            name: np.asarray(value, float).tolist()
            for name, value in measured.items()
            if value is not None
        }
