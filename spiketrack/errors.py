"""Every error this project raises on purpose: a type with fields, from which the message is made.

The command line turns a `SpiketrackError` into one line and exit code 1. Bad arguments of a
function stay `TypeError` and `ValueError`. Each message names the thing, what was needed, what was
found and, where it helps, what to do.
"""

import textwrap
from dataclasses import dataclass

from spiketrack.plain_text import shown

_MOST_TOLD = 50
_LONGEST_TOLD = 500


@dataclass(eq=False)
class SpiketrackError(Exception):
    """Base of all errors below.

    Attributes:
        what: the thing that is wrong, by name (a file, a layer, an option).
        needed: what it should have been.
        found: what it was.
        advice: what the user can do, or empty.
    """

    what: str
    needed: str = ""
    found: str = ""
    advice: str = ""

    def __post_init__(self) -> None:
        super().__init__(str(self))

    def __str__(self) -> str:
        text = self.what
        if self.needed:
            text += f": needed {self.needed}"
        if self.found:
            text += f", found {self.found}" if self.needed else f": found {self.found}"
        # Why shown: names of layers and files come from strangers, and messages go to terminals.
        return shown(f"{text}. {self.advice}" if self.advice else text)


class CheckpointError(SpiketrackError):
    """A checkpoint cannot be read, is unsafe, or does not fit the variant."""


class UnsupportedOpError(SpiketrackError):
    """A module or node type this project has no meaning for; `what` is its path in the model."""


class GraphError(SpiketrackError):
    """A node or a graph breaks the law of `spiketrack.graph`."""


class QuantisationError(SpiketrackError):
    """Float to integer cannot be done as asked."""


class OverflowBoundError(SpiketrackError):
    """A value can leave, or has left, its declared width."""


class StoreError(SpiketrackError):
    """A model file cannot be written, or is truncated, inconsistent or newer than this program."""


class VideoError(SpiketrackError):
    """A video, image folder or camera cannot be read or written."""


class DatasetError(SpiketrackError):
    """A benchmark's folder or one of its files is not what its layout says."""


class BoxError(SpiketrackError):
    """A bounding box is outside the frame, empty or not a number."""


class ModuleError(SpiketrackError):
    """A PyTorch module, its input or the script that makes it cannot be counted."""


class ReportError(SpiketrackError):
    """A profile or a report cannot be read or written."""


class TargetError(SpiketrackError):
    """A description of a chip is incomplete, contradictory or not one."""


class CapacityError(SpiketrackError):
    """A network does not fit the chip or the board; `what` names the layer and the resource."""


class MappingError(SpiketrackError):
    """A mapping file is not one, or breaks its own limits."""


class PairError(SpiketrackError):
    """Two files that do not belong together; `what` names both."""


class BackendUnavailable(SpiketrackError):
    """An optional library or device that was asked for is not there."""


class SchedulerError(SpiketrackError):
    """A scheduler of a cluster does not answer; `what` names its address."""


class TrainingError(SpiketrackError):
    """A training run cannot go on; `what` names its step."""


class MeasurementError(SpiketrackError):
    """Measurements of a chip cannot be read, or do not determine what is asked of them."""


class ShadowedPackageError(SpiketrackError, ImportError):
    """A file or folder of the user's hides one of this project's packages; `found` is its path."""


class LavaError(SpiketrackError):
    """A Lava process failed or died; `what` names it."""


def reason_of(error: Exception) -> str:
    """What is wrong with a file, from what a reader of it stumbled over, in words."""
    if isinstance(error, KeyError):
        return f"no entry {error}"
    if isinstance(error, TypeError | AttributeError | IndexError):
        return f"a value of another kind ({error})"
    return str(error) or type(error).__name__


@dataclass(frozen=True)
class Obstacle:
    """One reason why a model cannot be taken over.

    Attributes:
        node: path of the node in the file or graph.
        reason: what stands in the way.
        rewrite: what the user can do about it.
    """

    node: str
    reason: str
    rewrite: str

    def __str__(self) -> str:
        return f"node '{self.node}': {self.reason} ({self.rewrite})"


class ObstacleError(UnsupportedOpError):
    """A model with nodes that have no meaning here, all of them at once.

    The message names the first ones, `obstacles` holds all.
    """

    def __init__(self, what: str, obstacles: tuple[Obstacle, ...]) -> None:
        self.obstacles = obstacles
        told = [
            textwrap.shorten(str(obstacle), _LONGEST_TOLD) for obstacle in obstacles[:_MOST_TOLD]
        ]
        if len(obstacles) > _MOST_TOLD:
            told.append(f"and {len(obstacles) - _MOST_TOLD} more")
        super().__init__(what, "nodes with a meaning here", "; ".join(told))
