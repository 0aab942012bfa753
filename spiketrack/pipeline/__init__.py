"""The roof that joins the rooms: convert, run, track, profile, map, each from one request.

Why late imports: the command line reads the table of backends for its help texts, which must not
wait for torch.
"""

import importlib
from typing import TYPE_CHECKING

from spiketrack import own_packages  # noqa: F401

if TYPE_CHECKING:
    from spiketrack.pipeline.convert import Conversion as Conversion
    from spiketrack.pipeline.convert import ConversionRules as ConversionRules
    from spiketrack.pipeline.convert import convert_network as convert_network
    from spiketrack.pipeline.convert import folded_graphs as folded_graphs
    from spiketrack.pipeline.convert_file import convert_file as convert_file
    from spiketrack.pipeline.requests import EngineChoice as EngineChoice
    from spiketrack.pipeline.sources import open_target as open_target
    from spiketrack.pipeline.sources import open_tracking_engine as open_tracking_engine
    from spiketrack.pipeline.tracker.demo import run_demo as run_demo
    from spiketrack.pipeline.tracker.profile import ProfileJob as ProfileJob
    from spiketrack.pipeline.tracker.profile import profile_video as profile_video
    from spiketrack.pipeline.tracker.rounding import Calibration as Calibration
    from spiketrack.pipeline.tracker.track import follow as follow

_HOMES = {
    "Calibration": "tracker.rounding",
    "Conversion": "convert",
    "ConversionRules": "convert",
    "EngineChoice": "requests",
    "ProfileJob": "tracker.profile",
    "convert_file": "convert_file",
    "convert_network": "convert",
    "folded_graphs": "convert",
    "follow": "tracker.track",
    "open_target": "sources",
    "open_tracking_engine": "sources",
    "profile_video": "tracker.profile",
    "run_demo": "tracker.demo",
}
__all__ = list(_HOMES)

if not TYPE_CHECKING:

    def __getattr__(name):
        """Imports what is asked for."""
        if name not in _HOMES:
            raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
        return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
