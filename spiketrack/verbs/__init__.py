"""The verbs of the command line as functions, with results that a notebook shows as tables.

    import spiketrack

    run = spiketrack.simulate("net.nir", "spikes.npy")
    audited = spiketrack.audit(spiketrack.profile("net.nir", "spikes.npy"))

The command line goes through the same requests and returns the same results.
"""

from spiketrack import own_packages  # noqa: F401
from spiketrack.verbs.functions import audit, convert, count, load, map, profile, simulate, track
from spiketrack.verbs.results import Audited, Converted, Mapped, Profiled, Simulated, Tracked

__all__ = [
    "Audited",
    "Converted",
    "Mapped",
    "Profiled",
    "Simulated",
    "Tracked",
    "audit",
    "convert",
    "count",
    "load",
    "map",
    "profile",
    "simulate",
    "track",
]
