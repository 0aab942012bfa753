"""The roof that joins the rooms: convert, track, profile, demo; only the command line calls it."""

from spiketrack import own_packages  # noqa: F401
from spiketrack.pipeline.convert import Conversion, convert_network, folded_graphs
from spiketrack.pipeline.sources import (
    load_tracking_engine,
    open_target,
    open_tracking_engine,
    random_weights_of,
)
from spiketrack.pipeline.tracker.demo import run_demo
from spiketrack.pipeline.tracker.profile import profile_video
from spiketrack.pipeline.tracker.rounding import Calibration
from spiketrack.pipeline.tracker.track import follow

__all__ = [
    "Calibration",
    "Conversion",
    "convert_network",
    "folded_graphs",
    "follow",
    "load_tracking_engine",
    "open_target",
    "open_tracking_engine",
    "profile_video",
    "random_weights_of",
    "run_demo",
]
