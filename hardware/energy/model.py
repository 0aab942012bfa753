"""An energy model: per-event costs, each with its source, and the function applying it.

energy = sum over terms of (count of the term's event) x (events per count) x (cost of one event)

Nothing is inferred: a counter a model has no price for is named in `EnergyResult.unpriced`. Static
power is kept apart, since it needs a time and counts have none. Energies are additive over
layers and frames, and zero for nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

from spiketrack.constants import Constant
from spiketrack.counts.counters import COUNTERS, Counter, Counters

Group = Literal["synapse", "rgb", "neuron", "arithmetic", "memory", "messages", "host"]
"""What a term of a price list pays for, in the parts that reports show."""
Scope = Literal["compute only", "with memory", "chip dynamic"]
"""What a price list covers; only figures of one scope may be compared."""

PRICE_UNITS = ("pJ", "pJ/B")
"""Units that a price may have; nothing is converted, so that pJ and nJ cannot be mixed."""

PRICEABLE: tuple[Counter, ...] = (
    "true_macs",
    "neuron_updates",
    "membrane_adds",
    "rescale_multiplies",
    "host_flops",
    "memory.weight_bytes_read",
    "memory.state_bytes",
    "memory.message_bytes",
)
"""Counters that mean work or traffic; one that a model does not price is reported, never dropped.

SynOps are not among them: they are one quantity in several definitions, of which a model prices
exactly one.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One line of a price list.

    Attributes:
        label: what is paid for, in words.
        counter: what is counted, e.g. "synops.unary".
        group: the part of a report that the energy belongs to.
        cost: price of one event (pJ, or pJ/B where the counter counts bytes; other units are
            refused).
        times: events per count, e.g. D neuron updates for one update unrolled into D binary steps.
        low: the lowest other published price of the same event, which gives the model's range.
        high: the highest one.
    """

    label: str
    counter: Counter
    group: Group
    cost: Constant
    times: int = 1
    low: Constant | None = None
    high: Constant | None = None

    def __post_init__(self) -> None:
        for name, known in ((self.counter, COUNTERS), (self.group, get_args(Group))):
            if name not in known:
                raise ValueError(
                    f"term '{self.label}' of a price list: "
                    f"needed one of {', '.join(known)}, found {name!r}"
                )
        for price in (self.cost, self.low, self.high):
            if price is not None and price.unit not in PRICE_UNITS:
                raise ValueError(
                    f"price of term '{self.label}': "
                    f"needed one of {', '.join(PRICE_UNITS)}, found {price.unit!r}"
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class EnergyModel:
    """A price list with everything a reader needs to judge it.

    Attributes:
        name: short key, e.g. "davies2018-graded".
        title: name for people.
        technology: node and voltage.
        precision: of the arithmetic that is priced.
        scope: what the prices cover.
        events: which definition of a synaptic operation is priced, in words.
        terms: the price list.
        static_power: shown beside the energy, never added (no time is known here).
        per_step: what a step of the chip costs beside its events, in pJ; never added to counts,
            which have no steps, but to a placement, which has.
        omits: what the model leaves out.
        uncertainty: how far to trust it.
    """

    name: str
    title: str
    technology: str
    precision: str
    scope: Scope
    events: str
    terms: tuple[Term, ...]
    omits: tuple[str, ...]
    uncertainty: str
    static_power: Constant | None = None
    per_step: Constant | None = None

    def __post_init__(self) -> None:
        if self.per_step is not None and self.per_step.unit != "pJ":
            raise ValueError(
                f"price of a step in energy model '{self.name}': "
                f"needed pJ, found {self.per_step.unit!r}"
            )
        if self.scope not in get_args(Scope):
            raise ValueError(
                f"scope of energy model '{self.name}': "
                f"needed one of {', '.join(get_args(Scope))}, found {self.scope!r}"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class TermEnergy:
    """One term applied to counts: `energy_pj` = count x times x price, with its range.

    Attributes:
        label: what is paid for, in words.
        counter: what was counted.
        group: the part of a report that the energy belongs to.
        count: how often it was counted.
        times: events per count.
        cost: price of one event.
        energy_pj: the energy in pJ.
        low_pj: the energy at the lowest published price.
        high_pj: the energy at the highest.
    """

    label: str
    counter: Counter
    group: Group
    count: int
    times: int
    cost: Constant
    energy_pj: float
    low_pj: float
    high_pj: float


@dataclass(frozen=True, slots=True, kw_only=True)
class EnergyResult:
    """What one model says about one set of counts, in picojoules, static power excluded.

    Attributes:
        model: short key of the price list.
        title: its name for people.
        technology: node and voltage.
        precision: of the arithmetic that is priced.
        scope: what the prices cover.
        events: which definition of a synaptic operation is priced, in words.
        terms: the energy of every line of the price list.
        total_pj: sum over the terms.
        low_pj: the sum at the lowest published prices.
        high_pj: the sum at the highest.
        unpriced: counters above zero that mean work or traffic and have no price here.
        omits: what the model leaves out.
        uncertainty: how far to trust it.
        static_power: shown beside the energy, never added.
        per_step: what a step costs beside, in pJ; never added.
    """

    model: str
    title: str
    technology: str
    precision: str
    scope: Scope
    events: str
    terms: tuple[TermEnergy, ...]
    total_pj: float
    low_pj: float
    high_pj: float
    unpriced: tuple[str, ...]
    omits: tuple[str, ...]
    uncertainty: str
    static_power: Constant | None
    per_step: Constant | None

    def group_pj(self, group: Group) -> float:
        """Sums the energy of all terms of one group, in pJ.

        Args:
            group: the part of a report that the terms belong to.
        """
        return sum(term.energy_pj for term in self.terms if term.group == group)

    @property
    def multiply_accumulate_pj(self) -> float:
        """Synaptic operations and MACs on real values alone, in pJ: what a rival is priced for."""
        return self.group_pj("synapse") + self.group_pj("rgb")

    @property
    def low_multiply_accumulate_pj(self) -> float:
        """The low end of `multiply_accumulate_pj`."""
        return sum(term.low_pj for term in self.terms if term.group in ("synapse", "rgb"))


def apply(model: EnergyModel, counts: Counters, frames: int = 1) -> EnergyResult:
    """Prices the counts of a layer, or of a whole phase, with one model.

    Args:
        model: the price list.
        counts: of a layer, or the totals of a phase, summed over `frames`.
        frames: divide the energy by this many frames; 1 gives the energy of all of them.

    Raises:
        ValueError: `frames` is below 1.
    """
    if frames < 1:
        raise ValueError(f"energy per frame needs at least one frame, found {frames}")
    terms = tuple(_apply_term(term, counts[term.counter], frames) for term in model.terms)
    priced: set[Counter] = {term.counter for term in model.terms}
    if "memory.weight_reads" in priced:  # the same reads at a width of one byte
        priced.add("memory.weight_bytes_read")
    unpriced = tuple(key for key in PRICEABLE if key not in priced and counts[key])
    return EnergyResult(
        model=model.name,
        title=model.title,
        technology=model.technology,
        precision=model.precision,
        scope=model.scope,
        events=model.events,
        terms=terms,
        total_pj=sum(term.energy_pj for term in terms),
        low_pj=sum(term.low_pj for term in terms),
        high_pj=sum(term.high_pj for term in terms),
        unpriced=unpriced,
        omits=model.omits,
        uncertainty=model.uncertainty,
        static_power=model.static_power,
        per_step=model.per_step,
    )


def constants_of(models: Iterable[EnergyModel]) -> dict[str, Constant]:
    """Returns every price that the models use, by what it is paid for."""
    prices: dict[str, Constant] = {}
    for model in models:
        for term in model.terms:
            for kind, cost in (("", term.cost), (" (low)", term.low), (" (high)", term.high)):
                if cost is not None:
                    prices[f"{model.name}: {term.label}{kind}"] = cost
        if model.static_power is not None:
            prices[f"{model.name}: static power, not added"] = model.static_power
        if model.per_step is not None:
            prices[f"{model.name}: a step, not added to counts"] = model.per_step
    return prices


def _apply_term(term: Term, count: int, frames: int) -> TermEnergy:
    events = count * term.times / frames
    low = term.low or term.cost
    high = term.high or term.cost
    return TermEnergy(
        label=term.label,
        counter=term.counter,
        group=term.group,
        count=count,
        times=term.times,
        cost=term.cost,
        energy_pj=events * term.cost.value,
        low_pj=events * low.value,
        high_pj=events * high.value,
    )
