"""These options say what a NIR file does not: step, reset, and the current of CubaLIF."""

import math
from dataclasses import dataclass
from typing import Literal

NirReset = Literal["zero", "subtract"]
NirCurrent = Literal["new", "old"]


@dataclass(frozen=True, slots=True)
class NirOptions:
    """These options decide how neurons in continuous time become neurons in steps.

    Attributes:
        dt: length of one step, in the unit of the file's time constants (seconds, by the word of
            NIR). 1e-4 is the habit of snnTorch's files; files that count time in steps (sinabs)
            mean dt = 1.
        reset: "zero": to `v_reset` of the file, which is 0 unless it says otherwise; "subtract":
            the threshold is taken off. NIR knows only the first; some frameworks train the second
            and do not say so in the file.
        cuba: the current that a membrane of CubaLIF and CubaLI reads: "new" of the same step, "old"
            of the step before; None: as the file's metadata suggests (`conversion.nir_origin`).
        n_steps: steps of every input; `spiketrack.graph.retime` changes them later.

    Raises:
        ValueError: a value outside these.
    """

    dt: float = 1e-4
    reset: NirReset = "zero"
    cuba: NirCurrent | None = None
    n_steps: int = 1

    def __post_init__(self) -> None:
        if not (math.isfinite(self.dt) and self.dt > 0):
            raise ValueError(f"dt must be a positive number, not {self.dt!r}")
        if self.reset not in ("zero", "subtract"):
            raise ValueError(f"reset must be 'zero' or 'subtract', not {self.reset!r}")
        if self.cuba not in (None, "new", "old"):
            raise ValueError(f"cuba must be 'new' or 'old', not {self.cuba!r}")
        if type(self.n_steps) is not int or self.n_steps < 1:
            raise ValueError(f"n_steps must be a whole number >= 1, not {self.n_steps!r}")
