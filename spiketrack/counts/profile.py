"""A profile: what a network did on some frames, counted layer by layer and phase by phase.

`spiketrack.counts.profile_json` reads one from the contents of profile.json. Reports, the audit and
the mapper read these types and never the file.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from spiketrack.constants import DEFAULT_MAX_SPIKE
from spiketrack.counts.counters import Counters

PhaseName = Literal["init", "track", "update", "run"]
"""What a tracker does with its frames, and "run": any other network, a frame for every sample."""
PHASES: tuple[PhaseName, ...] = get_args(PhaseName)


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedLayer:
    """The counts of one layer, summed over the frames of a phase.

    Attributes:
        name: name of its node.
        kind: "conv", "neuron" ... (`simulation.counting.layer_costs`).
        neurons: C*H*W of a neuron layer, else 0; it does not grow with frames.
        n_steps: T as the file states it.
        counters: everything that was counted.
    """

    name: str
    kind: str
    neurons: int
    n_steps: int
    counters: Counters

    @property
    def steps(self) -> int:
        """How many steps the layer runs in one frame: 1, or T inside the retrieval modules."""
        return max(1, self.n_steps)


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedPhase:
    """The counts of one phase.

    Attributes:
        name: which phase.
        frames: how many frames were counted; 0 if the phase never ran.
        layers: in the order of the network.
        totals: sums over all layers.
    """

    name: PhaseName
    frames: int
    layers: tuple[CountedLayer, ...]
    totals: Counters = field(init=False)

    def __post_init__(self) -> None:
        totals = Counters.total(layer.counters for layer in self.layers)
        object.__setattr__(self, "totals", totals)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFacts:
    """What a profile says about the model it was counted on.

    Attributes:
        variant: name of the variant or of the network.
        backend: which engine computed the spikes, as a report names it.
        max_spike: D, the largest integer spike.
        n_templates: T of a tracker, else 1.
        steps: steps of a sample, if the profile states them.
        has_wide_spikes: spikes are wide signed integers (delta encoders, rectifiers) and no levels
            from 0 to D.
        has_float_weights: the counts are those of float weights, four bytes each.
    """

    variant: str = "unknown"
    backend: str = ""
    max_spike: int = DEFAULT_MAX_SPIKE
    n_templates: int = 1
    steps: int | None = None
    has_wide_spikes: bool = False
    has_float_weights: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A checked profile.

    Attributes:
        model: facts about the model.
        phases: every phase in the file, by name, in the order of the file.
        alarms: what the counter itself warns of.
        listed_not_counted: kinds of work that the counter names and does not count.
        is_interrupted: whether counting stopped before the end.
        document: the contents of profile.json, as they are written back.
    """

    model: ModelFacts
    phases: Mapping[PhaseName, CountedPhase]
    alarms: tuple[str, ...]
    listed_not_counted: tuple[str, ...]
    is_interrupted: bool
    document: Mapping[str, object]

    def phase(self, name: PhaseName) -> CountedPhase | None:
        """Returns a phase, or None where it never ran: where it is absent or has no frames."""
        counted = self.phases.get(name)
        return counted if counted is not None and counted.frames else None

    def facts(self, part: str) -> Mapping[str, object]:
        """Returns a part of the file that is shown and not computed with: "speed", "provenance" ...

        An absent part is empty.
        """
        facts = self.document.get(part)
        return facts if isinstance(facts, Mapping) else {}
