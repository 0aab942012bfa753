"""The counters: every quantity that is counted, by name, and their values for some layers.

What each counter means is said in `spiketrack.counts.conventions`. A name is written out in two
places of this file, which a test holds together, and nowhere else: code reads `counters.messages`
or `counters["memory.messages"]`, and the type checker refuses a name that is none.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Literal, get_args

Counter = Literal[
    "dense_macs",
    "macs_inside_borders",
    "inputs",
    "outputs",
    "events",
    "unary_spikes",
    "effective_acs",
    "effective_macs",
    "true_macs",
    "neuron_updates",
    "membrane_adds",
    "rescale_multiplies",
    "host_flops",
    "synops.graded",
    "synops.unary",
    "synops.all_weights",
    "synops.unary_all_weights",
    "synops.rate_x_dense",
    "memory.weight_reads",
    "memory.weight_bytes_read",
    "memory.state_reads",
    "memory.state_writes",
    "memory.messages",
    "memory.unary_messages",
    "memory.state_bytes",
    "memory.message_bytes",
]
"""A counter as files, price lists and reports name it: `group.name`, or `name` without a group."""
COUNTERS: tuple[Counter, ...] = get_args(Counter)
"""Every counter, in the order of a file."""
# Groups part names in files only: no two counters share the word behind the dot.
_FIELD_OF: Mapping[str, str] = {counter: counter.rpartition(".")[2] for counter in COUNTERS}

CountsJson = dict[str, int | dict[str, int]]
"""Counters as a file holds them: those of a group in an object of its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counters:
    """The value of every counter, summed over frames, and over layers where there are several.

    Values add up: the counters of a phase are the sums of those of its layers. A counter that is
    not given is 0, so counts that come from outside are read with `spiketrack.counts.profile_json`,
    which refuses a missing one.
    """

    dense_macs: int = 0
    macs_inside_borders: int = 0
    inputs: int = 0
    outputs: int = 0
    events: int = 0
    unary_spikes: int = 0
    effective_acs: int = 0
    effective_macs: int = 0
    true_macs: int = 0
    neuron_updates: int = 0
    membrane_adds: int = 0
    rescale_multiplies: int = 0
    host_flops: int = 0
    graded: int = 0
    unary: int = 0
    all_weights: int = 0
    unary_all_weights: int = 0
    rate_x_dense: int = 0
    weight_reads: int = 0
    weight_bytes_read: int = 0
    state_reads: int = 0
    state_writes: int = 0
    messages: int = 0
    unary_messages: int = 0
    state_bytes: int = 0
    message_bytes: int = 0

    def __getitem__(self, counter: Counter) -> int:
        """Reads a counter by its name in files.

        Raises:
            KeyError: no counter has this name.
        """
        value: int = getattr(self, _FIELD_OF[counter])
        return value

    @property
    def mean_integer(self) -> float:
        """Sum of the integer spikes over the inputs; 0 where nothing is read."""
        return self.unary_spikes / self.inputs if self.inputs else 0.0

    @property
    def density(self) -> float:
        """Share of the inputs that carry a spike; 0 where nothing is read."""
        return self.events / self.inputs if self.inputs else 0.0

    def __add__(self, other: "Counters") -> "Counters":
        return Counters(**{name: getattr(self, name) + getattr(other, name) for name in FIELDS})

    @classmethod
    def total(cls, parts: "Iterable[Counters]") -> "Counters":
        """Adds up any number of counters; the sum of none is zero."""
        # An iterator would be empty after the first field.
        values = tuple(parts)
        return cls(**{name: sum(getattr(part, name) for part in values) for name in FIELDS})

    def to_dict(self) -> CountsJson:
        """Returns the counters as a file holds them."""
        plain: dict[str, int] = {}
        groups: dict[str, dict[str, int]] = {}
        for counter in COUNTERS:
            group, _, name = counter.rpartition(".")
            (groups.setdefault(group, {}) if group else plain)[name] = self[counter]
        return {**plain, **groups}


FIELDS: tuple[str, ...] = tuple(field.name for field in fields(Counters))
"""Names of the counters without their group, as attributes of whatever holds counts."""
