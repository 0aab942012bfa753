"""What the tracker asks of whatever computes the network: two calls, patches in, maps out.

Why: float PyTorch, the integer simulation and a chip all stand behind this one door, so that the
tracker and its counts are the same for each.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

Image = npt.NDArray[np.uint8]
FloatMap = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Maps:
    """The head's three maps for one search patch, g x g cells each.

    Attributes:
        score_map: float32 (g, g), how likely the target's centre is in a cell.
        size_map: float32 (2, g, g), width and height as a share of the patch's side.
        offset_map: float32 (2, g, g), x and y of the centre inside its cell, in cells.
    """

    score_map: FloatMap
    size_map: FloatMap
    offset_map: FloatMap

    def __post_init__(self) -> None:
        grid = self.score_map.shape[-1] if self.score_map.ndim else 0
        _check_map("score_map", self.score_map, (grid, grid))
        _check_map("size_map", self.size_map, (2, grid, grid))
        _check_map("offset_map", self.offset_map, (2, grid, grid))


class Engine(Protocol):
    """A network that can be tracked with; plain attributes serve as well as properties."""

    @property
    def name(self) -> str:
        """What computes, for results and reports."""

    @property
    def crop_size(self) -> int:
        """Side of the square patches it takes, in pixels."""

    @property
    def grid(self) -> int:
        """Cells per side of its maps."""

    @property
    def n_templates(self) -> int:
        """T, how many templates it holds."""

    def encode_templates(self, patches: Image) -> object:
        """Turns templates into memories that only this engine understands.

        Args:
            patches: uint8 RGB (T, H, W, 3), H = W = crop_size, oldest first.
        """

    def search(self, patch: Image, memories: object) -> Maps:
        """Looks for the target in one patch.

        Args:
            patch: uint8 RGB (H, W, 3), H = W = crop_size.
            memories: what `encode_templates` returned.
        """


def _check_map(name: str, value: FloatMap, shape: tuple[int, ...]) -> None:
    if value.dtype != np.float32 or value.shape != shape:
        raise ValueError(f"{name}: needed float32 {shape}, found {value.dtype} {value.shape}")
    if not np.isfinite(value).all():
        raise ValueError(f"{name}: needed finite values, found nan or infinity")
