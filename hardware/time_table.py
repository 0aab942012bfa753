"""How long a chip takes for one operation: one of several answers, each with its sources."""

from dataclasses import dataclass

from spiketrack.constants import Constant

REQUIRED = ("synop_ns", "neuron_update_ns", "idle_visit_ns", "step_overhead_ns")
OPTIONAL = ("many_chips_overhead_ns",)


@dataclass(frozen=True, slots=True)
class TimeTable:
    """Times of one source.

    Attributes:
        name: short key, unique within a target.
        title: whose times, of what, for people.
        times: every key of `REQUIRED`, perhaps of `OPTIONAL`, in nanoseconds.
    """

    name: str
    title: str
    times: dict[str, Constant]

    @property
    def synop_ns(self) -> float:
        """Time of one synaptic operation."""
        return self.times["synop_ns"].value

    @property
    def neuron_update_ns(self) -> float:
        """Time of updating one neuron that has work."""
        return self.times["neuron_update_ns"].value

    @property
    def idle_visit_ns(self) -> float:
        """Time of visiting one neuron that has none."""
        return self.times["idle_visit_ns"].value

    def overhead_ns(self, chips: int) -> float:
        """Time that every step takes beside the work of its busiest core.

        Args:
            chips: that wait for one another between steps.
        """
        many = self.times.get("many_chips_overhead_ns")
        if chips > 1 and many is not None:
            return many.value
        return self.times["step_overhead_ns"].value
