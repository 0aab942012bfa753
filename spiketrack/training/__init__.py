"""Training a tracker inside the house: endless generated scenes, published losses, exact resuming.

Scenes are drawn from seeds (`generator`, `pairs`), a `Trainer` learns from them by a `Recipe`, and
`evaluate` follows held-out ones in closed loop.
"""

from spiketrack.training.recipe import Recipe
from spiketrack.training.trainer import Trainer

__all__ = ["Recipe", "Trainer"]
