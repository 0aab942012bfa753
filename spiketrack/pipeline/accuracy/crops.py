"""The crops on which spikes are compared: those that the float tracker cuts in a scene."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spiketrack.tracking import Engine, Maps

Patches = NDArray[np.uint8]


@dataclass(frozen=True)
class Crops:
    """Templates and search crops of one scene.

    Attributes:
        templates: (T, S, S, 3), as the first frame gave them.
        searches: (K, S, S, 3), K at least 1.
    """

    templates: Patches
    searches: Patches


@dataclass
class CropTaker:
    """An engine that keeps some of the crops it is given.

    Attributes:
        engine: what computes.
        every: one search crop of so many is kept, the first one included.
    """

    engine: Engine
    every: int
    _templates: list[Patches] = field(default_factory=list)
    _searches: list[Patches] = field(default_factory=list)
    _seen: int = 0

    def __post_init__(self) -> None:
        self.name = self.engine.name
        self.crop_size, self.grid = self.engine.crop_size, self.engine.grid
        self.n_templates = self.engine.n_templates

    def encode_templates(self, patches: Patches) -> Any:
        """Memories of the engine; the first templates are kept."""
        if not self._templates:
            self._templates.append(patches.copy())
        return self.engine.encode_templates(patches)

    def search(self, patch: Patches, memories: Any) -> Maps:
        """Maps of the engine."""
        if self._seen % self.every == 0:
            self._searches.append(patch.copy())
        self._seen += 1
        return self.engine.search(patch, memories)

    def crops(self, most: int) -> Crops:
        """The first templates, and the first `most` of the search crops that were kept."""
        return Crops(self._templates[0], np.stack(self._searches[:most]))
