"""What each verb is asked for: one frozen object with documented fields for each.

The command line makes these objects from its options, a notebook makes them directly:

    RunRequest(backend="reference", keep=("conv1",))
"""

from dataclasses import dataclass, field
from pathlib import Path

from calibration.options import QuantiseOptions
from conversion.nir_document import Dialect
from hardware.lava.detail import DEFAULT_DETAIL, Detail
from spiketrack.pipeline.backends.row import OWN
from spiketrack.pipeline.backends.table import DEFAULT
from spiketrack.pipeline.fit_crops import Rounding
from spiketrack.pipeline.network.open import ForeignOptions
from spiketrack.pipeline.netx_part import Ends, Lowering
from spiketrack.tracking import Box, UpdatePolicy
from spiketrack.tracking.templates import DEFAULT_POLICY


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRequest:
    """How to run a network on spikes.

    Attributes:
        backend: a name of the table of backends: "fast", "reference", "brian2", "lava", "loihi2".
        lowering: for a backend on Lava: "own" runs the graph on this project's processes, "stock"
            runs nodes on Lava's stock processes wherever those are exact.
        detail: for a backend on Lava: "node" makes a process of every node, "block" one of every
            backbone, memory retrieval and head, "branch" one of the whole graph.
        keep: names of nodes whose values the result shall hold.
        keep_all: the result holds the values of all nodes.
        strict: an overflow is an error; otherwise the value wraps or saturates, and the result
            counts it, which only the reference does.
        chunk: samples in one run; None runs as many as fit the memory meant for it.
        graph: name of the graph, where the model has several; None takes the only one.
        dt: seconds in a step of recorded events (NIRData); None takes the network's own.
        foreign: what a NIR or netx file does not say itself.
    """

    backend: str = DEFAULT
    lowering: str = OWN
    detail: Detail = DEFAULT_DETAIL
    keep: tuple[str, ...] = ()
    keep_all: bool = False
    strict: bool = True
    chunk: int | None = None
    graph: str | None = None
    dt: float | None = None
    foreign: ForeignOptions = field(default_factory=ForeignOptions)


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineChoice:
    """Which engine computes a tracker's network.

    Attributes:
        backend: a name of the table of backends that runs trackers.
        lowering: for a backend on Lava: "own" or "stock", as in `RunRequest`.
        detail: for a backend on Lava: "node", "block" or "branch", as in `RunRequest`.
        is_float: run the float network of a checkpoint instead of a converted model.
        variant: name of the checkpoint's variant; None finds it from the weights.
    """

    backend: str = DEFAULT
    lowering: str = OWN
    detail: Detail = DEFAULT_DETAIL
    is_float: bool = False
    variant: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackRequest:
    """How to follow a target through a video.

    Attributes:
        engine: what computes the network.
        frames: frames to track after the first; None tracks to the end of the video.
        policy: when a model with several templates takes a new one.
        save_video: an .mp4 file to write with the box drawn; None writes none.
    """

    engine: EngineChoice = field(default_factory=EngineChoice)
    frames: int | None = None
    policy: UpdatePolicy = DEFAULT_POLICY
    save_video: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileRequest:
    """How to count a tracker on a video.

    Attributes:
        engine: what computes the network; it must show its values to a counter.
        frames: frames to track after the first, those of a resumed run included; None tracks to
            the end of the video.
        policy: when a model with several templates takes a new one.
        beside: a checkpoint whose float network is timed on the same patches; None times none.
        partial: file for unfinished work, which a later run can go on from; None keeps none.
        resume: go on from `partial`.
        firing_maps: keep where every layer of neurons fired in the last frame, for the page.
        command: the command line that asks, for the provenance of the result.
    """

    engine: EngineChoice = field(default_factory=EngineChoice)
    frames: int | None = None
    policy: UpdatePolicy = DEFAULT_POLICY
    beside: Path | None = None
    partial: Path | None = None
    resume: bool = False
    firing_maps: bool = False
    command: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class VideoTarget:
    """A video and what to follow in it.

    Attributes:
        video: a video file, a folder of images, or "camera:N".
        box: the target in the first frame, as a `Box` or as "X,Y,W,H": left, top, width and height
            in pixels.
    """

    video: str
    box: str | Box


@dataclass(frozen=True, slots=True)
class FirstFrames:
    """Frames of a video on which a conversion measures what rounding costs.

    Attributes:
        target: the video and the box in its first frame.
        frames: frames after the first.
    """

    target: VideoTarget
    frames: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ConvertRequest:
    """How to make an integer model.

    Attributes:
        foreign: what a NIR or netx file does not say itself; its `quantise` holds the integer
            widths and rules for every kind of source.
        variant: name of a checkpoint's variant; None finds it from the weights.
        measured_on: frames on which a tracker's rounding is measured; None measures nothing.
        nir_dir: folder that keeps a tracker's NIR files, which any NIR reader accepts; None keeps
            none.
        spikes: file of spikes on which a NIR network's rounding is measured; None measures nothing.
        rounding: of a tracker's weights: "nearest", each to the nearest step, or "fitted", all of a
            channel together so that the sums of generated crops change least.
        mixed: points of mean IoU on generated crops that narrower weights of a tracker may cost;
            None gives all layers the same bits.
    """

    foreign: ForeignOptions = field(default_factory=ForeignOptions)
    variant: str | None = None
    measured_on: FirstFrames | None = None
    nir_dir: Path | None = None
    spikes: Path | None = None
    rounding: Rounding = "nearest"
    mixed: float | None = None

    @property
    def widths(self) -> QuantiseOptions:
        """Integer widths and rules."""
        return self.foreign.quantise


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportRequest:
    """What to write for other tools.

    Attributes:
        foreign: what a foreign source does not say itself.
        graph: name of the graph, where the model has several; None takes the only one.
        ends: netx: names of the two nodes between which the graph is cut out; None writes all.
        lowering: netx: "thermometer" makes stock LIF neurons of NI-LIF layers; None keeps them.
        dialect: NIR: "portable" for any reader, "compact" for kernels that it cannot hold.
    """

    foreign: ForeignOptions = field(default_factory=ForeignOptions)
    graph: str | None = None
    ends: Ends | None = None
    lowering: Lowering | None = None
    dialect: Dialect = "portable"
