"""Event counts as data, the conventions by which they are counted, and profiles of them.

Door: `LayerCounts`, `PhaseCounts` and `EventCounts` are what a simulation counts, and can be added.
`profile_from(document)` checks the contents of profile.json, in which counts are kept, and gives a
`Profile`, whose layers hold `Counters`.
"""

from spiketrack.counts.counters import Counter, Counters
from spiketrack.counts.event_counts import EventCounts, LayerCounts, PhaseCounts
from spiketrack.counts.profile import CountedLayer, CountedPhase, Profile
from spiketrack.counts.profile_json import profile_from

__all__ = [
    "CountedLayer",
    "CountedPhase",
    "Counter",
    "Counters",
    "EventCounts",
    "LayerCounts",
    "PhaseCounts",
    "Profile",
    "profile_from",
]
