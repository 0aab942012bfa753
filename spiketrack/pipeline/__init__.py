"""The roof that joins the rooms: convert, run, track, profile, map, each from one request.

Why late imports: the command line reads the table of backends for its help texts, which must not
wait for torch.
"""

from typing import TYPE_CHECKING

from spiketrack import own_packages  # noqa: F401
from spiketrack.late_names import late_names

if TYPE_CHECKING:
    from spiketrack.pipeline.convert import Conversion as Conversion
    from spiketrack.pipeline.convert import ConversionRules as ConversionRules
    from spiketrack.pipeline.convert import convert_network as convert_network
    from spiketrack.pipeline.convert import folded_graphs as folded_graphs
    from spiketrack.pipeline.file_conversion import convert_file as convert_file
    from spiketrack.pipeline.requests import EngineChoice as EngineChoice
    from spiketrack.pipeline.sources import open_target as open_target
    from spiketrack.pipeline.sources import open_tracking_engine as open_tracking_engine
    from spiketrack.pipeline.tracker.demo import run_demo as run_demo
    from spiketrack.pipeline.tracker.profile import ProfileJob as ProfileJob
    from spiketrack.pipeline.tracker.profile import profile_video as profile_video
    from spiketrack.pipeline.tracker.rounding import Calibration as Calibration
    from spiketrack.pipeline.tracker.track import follow as follow

_HOMES = {
    "Calibration": "spiketrack.pipeline.tracker.rounding",
    "Conversion": "spiketrack.pipeline.convert",
    "ConversionRules": "spiketrack.pipeline.convert",
    "EngineChoice": "spiketrack.pipeline.requests",
    "ProfileJob": "spiketrack.pipeline.tracker.profile",
    "convert_file": "spiketrack.pipeline.file_conversion",
    "convert_network": "spiketrack.pipeline.convert",
    "folded_graphs": "spiketrack.pipeline.convert",
    "follow": "spiketrack.pipeline.tracker.track",
    "open_target": "spiketrack.pipeline.sources",
    "open_tracking_engine": "spiketrack.pipeline.sources",
    "profile_video": "spiketrack.pipeline.tracker.profile",
    "run_demo": "spiketrack.pipeline.tracker.demo",
}
__all__ = list(_HOMES)

if not TYPE_CHECKING:
    __getattr__ = late_names(__name__, _HOMES)
