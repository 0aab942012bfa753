"""Which frame is where in a pipeline of processes, of which some take a step; no Lava here."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass
class Pace:
    """Frames go in one a step, and each output of a frame comes a fixed number of steps later.

    Attributes:
        late: that number per output; none means 0.
        depth: the largest number for any value inside.
    """

    late: Mapping[str, int] = field(default_factory=dict)
    depth: int = 0

    def __post_init__(self) -> None:
        self._live = np.zeros((1, self.depth + 1, 1, 1), np.int64)

    @property
    def n_extra(self) -> int:
        """Steps without a frame until all outputs of the last one are there."""
        return max(self.late.values(), default=0)

    def enter(self, *, is_frame: bool) -> NDArray[np.int64]:
        """What is under way once the next step begins.

        Returns:
            (1, depth + 1, 1, 1): 1 at [0, k] if a frame came in k steps ago, else 0.
        """
        # Every frame under way grows a step older.
        self._live[0, 1:] = self._live[0, :-1]
        self._live[0, 0] = is_frame
        return self._live.copy()

    def is_due(self, output: str, step: int, n_frames: int) -> bool:
        """Whether what an output shows in a step is of one of the frames 0..n_frames - 1."""
        return 0 <= step - self.late.get(output, 0) < n_frames
