"""SpikeTrack from checkpoint to counted, audited integer spikes: the verbs of the command line.

    import spiketrack

    run = spiketrack.simulate("net.nir", "spikes.npy")
    profiled = spiketrack.profile("net.nir", "spikes.npy")
    spiketrack.audit(profiled)

`load`, `convert`, `simulate`, `track`, `profile`, `count`, `map` and `audit` return results that a
notebook shows as tables; the classes beside them say what to do and how.

Why late imports: importing this package must stay free of torch, h5py, lava and brian2.
"""

from typing import TYPE_CHECKING

from spiketrack.late_names import late_names
from spiketrack.version import VERSION

if TYPE_CHECKING:
    from calibration.options import InputRange as InputRange
    from calibration.options import QuantiseOptions as QuantiseOptions
    from conversion.netx import NetxOptions as NetxOptions
    from conversion.nir_options import NirOptions as NirOptions
    from simulation.modules import Levels as Levels
    from simulation.modules import ModuleRun as ModuleRun
    from spiketrack.pipeline.loaded import Loaded as Loaded
    from spiketrack.pipeline.mapping import MapRequest as MapRequest
    from spiketrack.pipeline.modules import CountRequest as CountRequest
    from spiketrack.pipeline.network.open import ForeignOptions as ForeignOptions
    from spiketrack.pipeline.requests import ConvertRequest as ConvertRequest
    from spiketrack.pipeline.requests import EngineChoice as EngineChoice
    from spiketrack.pipeline.requests import FirstFrames as FirstFrames
    from spiketrack.pipeline.requests import ProfileRequest as ProfileRequest
    from spiketrack.pipeline.requests import RunRequest as RunRequest
    from spiketrack.pipeline.requests import TrackRequest as TrackRequest
    from spiketrack.pipeline.requests import VideoTarget as VideoTarget
    from spiketrack.tracking.templates import UpdatePolicy as UpdatePolicy
    from spiketrack.verbs.functions import audit as audit
    from spiketrack.verbs.functions import convert as convert
    from spiketrack.verbs.functions import count as count
    from spiketrack.verbs.functions import load as load
    from spiketrack.verbs.functions import map as map
    from spiketrack.verbs.functions import profile as profile
    from spiketrack.verbs.functions import simulate as simulate
    from spiketrack.verbs.functions import track as track
    from spiketrack.verbs.results import Audited as Audited
    from spiketrack.verbs.results import Converted as Converted
    from spiketrack.verbs.results import Mapped as Mapped
    from spiketrack.verbs.results import Profiled as Profiled
    from spiketrack.verbs.results import Simulated as Simulated
    from spiketrack.verbs.results import Tracked as Tracked

__version__ = VERSION

_VERBS = ("load", "convert", "simulate", "track", "profile", "count", "map", "audit")
_RESULTS = ("Audited", "Converted", "Mapped", "Profiled", "Simulated", "Tracked")
_REQUESTS = (
    "ConvertRequest", "EngineChoice", "FirstFrames", "ProfileRequest", "RunRequest",
    "TrackRequest", "VideoTarget",
)  # fmt: skip
_HOMES = {
    **dict.fromkeys(_VERBS, "spiketrack.verbs.functions"),
    **dict.fromkeys(_RESULTS, "spiketrack.verbs.results"),
    **dict.fromkeys(_REQUESTS, "spiketrack.pipeline.requests"),
    "CountRequest": "spiketrack.pipeline.modules",
    "ForeignOptions": "spiketrack.pipeline.network.open",
    "InputRange": "calibration.options",
    "Levels": "simulation.modules",
    "Loaded": "spiketrack.pipeline.loaded",
    "MapRequest": "spiketrack.pipeline.mapping",
    "ModuleRun": "simulation.modules",
    "NetxOptions": "conversion.netx",
    "NirOptions": "conversion.nir_options",
    "QuantiseOptions": "calibration.options",
    "UpdatePolicy": "spiketrack.tracking.templates",
}
__all__ = [*_HOMES, "__version__"]


def __dir__() -> list[str]:
    """The names of the door, imported or not."""
    return sorted({*globals(), *__all__})


if not TYPE_CHECKING:
    __getattr__ = late_names(__name__, _HOMES)
