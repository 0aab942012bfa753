"""Times the counted engine and, if asked, a second one beside it on the same patches."""

import resource
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from spiketrack.tracking import Engine, Maps, Phase

Seconds = dict[str, list[float]]


@dataclass
class Watch:
    """An engine for the tracker that passes calls on and keeps their wall time.

    Attributes:
        engine: the counted one.
        beside: computes the same patches with its own memories, for its time only.
        phase: under which times are kept; None keeps none.
        seconds: wall time per phase of the counted engine, one entry a call.
        seconds_beside: the same of the engine beside it.
        last: the last search patch and the memories it was compared with.
    """

    engine: Engine
    beside: Engine | None
    phase: Phase | None = None
    seconds: Seconds = field(default_factory=dict)
    seconds_beside: Seconds = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.name = self.engine.name
        self.crop_size = self.engine.crop_size
        self.grid = self.engine.grid
        self.n_templates = self.engine.n_templates
        self._memories_beside: object = None
        self.last: tuple[Any, object] | None = None

    def encode_templates(self, patches: Any) -> object:
        """Memories of the counted engine."""
        memories = self._timed(self.seconds, lambda: self.engine.encode_templates(patches))
        if self.beside is not None:
            beside = self.beside
            self._memories_beside = self._timed(
                self.seconds_beside, lambda: beside.encode_templates(patches)
            )
        return memories

    def search(self, patch: Any, memories: object) -> Maps:
        """Maps of the counted engine."""
        self.last = (patch, memories)
        maps: Maps = self._timed(self.seconds, lambda: self.engine.search(patch, memories))
        if self.beside is not None:
            beside = self.beside
            self._timed(self.seconds_beside, lambda: beside.search(patch, self._memories_beside))
        return maps

    def warm_up(self, enter: Callable[[Phase], None]) -> None:
        """One untimed call of each kind on black patches, so that no time includes compiling.

        Args:
            enter: called with the phase before each call.
        """
        side = self.crop_size
        enter("init")
        memories = self.encode_templates(np.zeros((self.n_templates, side, side, 3), np.uint8))
        enter("track")
        self.search(np.zeros((side, side, 3), np.uint8), memories)

    def speed(self) -> dict[str, Any]:
        """Median ms per call and phase, of the engine and of the one beside it; peak memory."""
        speed: dict[str, Any] = {"engine": self.name, "ms_per_call": _medians(self.seconds)}
        if self.beside is not None:
            beside = _medians(self.seconds_beside)
            speed["beside"] = {"engine": self.beside.name, "ms_per_call": beside}
            speed["beside_over_engine"] = {
                phase: beside[phase] / ms
                for phase, ms in speed["ms_per_call"].items()
                if phase in beside
            }
        speed["peak_memory_mib"] = peak_memory_mib()
        return speed

    def _timed(self, store: Seconds, call: Callable[[], Any]) -> Any:
        start = time.perf_counter()
        result = call()
        if self.phase is not None:
            store.setdefault(self.phase, []).append(time.perf_counter() - start)
        return result


def _medians(seconds: Seconds) -> dict[str, float]:
    return {phase: 1e3 * float(np.median(times)) for phase, times in seconds.items()}


def peak_memory_mib() -> float:
    """Peak resident memory of the process; the unit of getrusage is bytes on macOS."""
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
