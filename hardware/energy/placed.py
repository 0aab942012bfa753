"""What a placement adds to a frame: hops between tiles, and static power for as long as it lasts.

Counts have no places. A mapping made with the spikes of the same profile has them:

    hops    messages x hops east and west x price + messages x hops north and south x price
    steps   steps of a frame x price of one, if the price list has it
    idle    visits of neurons without input, beyond the counted updates, x price of one
    static  chips x power of one x time of a frame

A price list applies to a mapping whose spikes have its form: unrolled on a chip with binary spikes,
graded on the others. A hop is priced as that of a binary spike, whatever the message carries. A
core of Loihi 1 visits all its neurons in every step, whether they have input or not, which is
assumed of Loihi 2 as well: a frame of S steps costs neurons x S visits, of which the counts hold
those with work. A tracker's next crop needs the last
box: its frames come alone and take all steps from input to output; samples of any other network
follow each other in the pipeline. Times are estimates under each time table of the target
(`hardware.mapping.timing`), so static energy is a range: its low end takes the shortest of them,
the chips that hold something and the lower power, its high end the longest, the whole board and
the higher power. Neither end is a bound.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from hardware.energy.model import EnergyResult
from hardware.energy.records import record_of_name
from spiketrack import constants as c
from spiketrack.constants import Constant
from spiketrack.errors import MappingError
from spiketrack.pairs import PROFILE_KEYS, hashes_in

if TYPE_CHECKING:
    from hardware.mapping import MappingRecord

SEARCH_GRAPH = "search"
MILLIWATT_MICROSECOND_PJ = 1e3
OMITS = (
    "what a border between chips costs beyond a hop: no energy of such a link is public",
    "messages between the host and the cores",
    "barriers between steps: their time is in the estimate, their energy is not public",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """What a message costs for each tile that it crosses, and a core for a neuron without input."""

    east_west: Constant
    north_south: Constant
    idle_visit: Constant


_DAVIES = Prices(
    east_west=c.LOIHI1_HOP_EAST_WEST,
    north_south=c.LOIHI1_HOP_NORTH_SOUTH,
    idle_visit=c.LOIHI1_NEURON_INACTIVE,
)
PRICES = {
    "davies2018-unrolled": _DAVIES,
    "davies2018-graded": _DAVIES,
    "sanafe-graded": Prices(
        east_west=c.SANAFE_HOP_EAST_WEST,
        north_south=c.SANAFE_HOP_NORTH_SOUTH,
        idle_visit=c.SANAFE_NEURON_ACCESS,
    ),
}
"""Prices of hops and visits, by the price list that they belong to; one without them is left out
of what a placement adds."""
_NOTHING = Constant(0.0, "pJ", "derived: contained in the prices of a fit to a chip", "D")
_FITTED = Prices(east_west=_NOTHING, north_south=_NOTHING, idle_visit=_NOTHING)
UNROLLED = ("davies2018-unrolled",)
"""Price lists for binary spikes; the others are for graded ones."""
_MILLIWATTS = {"mW": 1.0, "W": 1e3}


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedEnergy:
    """One price list with hops and static power, pJ per frame.

    Attributes:
        model: name of the price list.
        title: its name for people.
        counted_pj: energy of the counts alone.
        hops_pj: energy of the hops of all messages.
        idle_pj: energy of visits without work.
        steps_pj: what the steps of a frame cost beside their events.
        static_low_pj: chips that hold something x the lower static power x the shortest estimate.
        static_high_pj: all chips of the board x the higher one x the longest estimate.
    """

    model: str
    title: str
    counted_pj: float
    hops_pj: float
    idle_pj: float
    static_low_pj: float
    static_high_pj: float
    steps_pj: float = 0.0

    @property
    def dynamic_pj(self) -> float:
        """Counts, hops, visits without work, and steps."""
        return self.counted_pj + self.hops_pj + self.idle_pj + self.steps_pj


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """What a placement adds to the energy of the counts.

    Attributes:
        target: name of the kind of chip.
        board: name of the board.
        chips: how many chips the board has.
        chips_touched: how many of them hold something.
        messages: messages between cores, per frame.
        east_west_hops: messages x hops along rows, per frame.
        north_south_hops: the same along columns.
        idle_visits: visits of neurons without work, per frame.
        steps: steps that a frame takes, or that lie between two frames that follow each other.
        frame_us: estimated time of these steps, under the target's own time table.
        frame_low_us: the shortest estimate of all time tables.
        frame_high_us: the longest.
        energies: what every fitting price list says.
        constants: the prices that were used.
        omits: what no row contains.
    """

    target: str
    board: str
    chips: int
    chips_touched: int
    messages: float
    east_west_hops: float
    north_south_hops: float
    idle_visits: float
    steps: int
    frame_us: float
    frame_low_us: float
    frame_high_us: float
    energies: tuple[PlacedEnergy, ...]
    constants: Mapping[str, Constant]
    omits: tuple[str, ...] = OMITS


def require_measured(mapping: "MappingRecord", phase: str) -> None:
    """Checks that a mapping was made with measured spikes of the graph that an audit is about.

    `spiketrack.pairs` checks that they are the spikes of the audited profile.

    Args:
        mapping: the mapping.
        phase: the phase whose energy the audit gives.

    Raises:
        MappingError: the mapping was made with assumed rates, or it is of the template branch,
            which does not run in a tracked frame.
    """
    if phase == "track" and mapping.graph != SEARCH_GRAPH:
        raise MappingError("mapping", f"one of graph '{SEARCH_GRAPH}'", f"'{mapping.graph}'")
    if not any(key in PROFILE_KEYS for key in hashes_in(mapping.provenance)):
        raise MappingError(
            "mapping",
            "one made with the spikes of this profile",
            "one made with assumed rates",
            "Map again: spiketrack map MODEL --profile PROFILE -o DIR",
        )


def placed_energy(
    mapping: "MappingRecord",
    counted: tuple[EnergyResult, ...],
    *,
    frames: int,
    frames_overlap: bool,
) -> Placed:
    """Prices what a placement adds to the energy of the counts.

    Args:
        mapping: a mapping of the graph that was counted.
        counted: every price list's energy per frame.
        frames: how many frames were counted.
        frames_overlap: whether one frame can begin before the last has ended.

    Raises:
        MappingError: the mapping lacks a figure, as files of older versions do.
    """
    summary = mapping.fields("summary")
    traffic, timing = summary.inner("traffic"), summary.inner("timing")
    board = mapping.fields("board")
    time, steps = ("interval_us", "interval_steps") if frames_overlap else ("alone_us", "depth")
    has_unrolled_spikes = not _is_graded(mapping)
    fitting = [result for result in counted if _fits(result, has_unrolled_spikes)]
    # A file of an older version holds the estimate of the target's own table alone.
    tables = timing.inners("estimates") if "estimates" in timing.members else ()
    frame_us = [float(times.number(time)) for times in (timing, *tables)]
    visits = int(mapping.used["neurons"].sum()) * timing.whole(steps)
    made = Placed(
        target=mapping.fields("target").text("title"),
        board=board.text("name"),
        chips=board.whole("chips"),
        chips_touched=board.whole("chips_touched"),
        messages=float(traffic.number("messages")),
        east_west_hops=float(traffic.number("east_west_hops")),
        north_south_hops=float(traffic.number("north_south_hops")),
        idle_visits=max(0.0, visits - max(map(_updates, fitting), default=0) / frames),
        steps=timing.whole(steps),
        frame_us=frame_us[0],
        frame_low_us=min(frame_us),
        frame_high_us=max(frame_us),
        energies=(),
        constants={},
    )
    return replace(
        made,
        energies=tuple(_energy(made, result) for result in fitting),
        constants=_constants([result.model for result in fitting]),
    )


def static_powers() -> tuple[Constant, Constant]:
    """Returns the static power of one chip, low and high, both of the chip's own rails.

    The low one is the leakage of Loihi 1; the high one is that of Loihi 2 in the PilotNet record,
    whose 74 cores lie on one chip.
    """
    return c.LOIHI1_STATIC, record_of_name("pilotnet-snn").measured["static_w"]


def _fits(counted: EnergyResult, has_unrolled_spikes: bool) -> bool:
    """Whether a price list prices what a placement of such spikes adds.

    One with a price of a step was fitted to a chip, so that its events hold hops and idle visits.
    """
    if counted.model in PRICES:
        return (counted.model in UNROLLED) == has_unrolled_spikes
    return counted.per_step is not None


def _updates(counted: EnergyResult) -> int:
    """Neuron updates, over all frames, that a price list has priced."""
    updates = (
        term.count * term.times for term in counted.terms if term.counter == "neuron_updates"
    )
    return max(updates, default=0)


def _energy(placed: Placed, counted: EnergyResult) -> PlacedEnergy:
    prices = PRICES.get(counted.model, _FITTED)
    low_mw, high_mw = (power.value * _MILLIWATTS[power.unit] for power in static_powers())
    return PlacedEnergy(
        model=counted.model,
        title=counted.title,
        counted_pj=counted.total_pj,
        hops_pj=placed.east_west_hops * prices.east_west.value
        + placed.north_south_hops * prices.north_south.value,
        idle_pj=placed.idle_visits * prices.idle_visit.value,
        static_low_pj=placed.chips_touched
        * low_mw
        * placed.frame_low_us
        * MILLIWATT_MICROSECOND_PJ,
        static_high_pj=placed.chips * high_mw * placed.frame_high_us * MILLIWATT_MICROSECOND_PJ,
        steps_pj=0.0 if counted.per_step is None else placed.steps * counted.per_step.value,
    )


def _constants(models: list[str]) -> dict[str, Constant]:
    prices = {}
    for model in models:
        if model not in PRICES:
            continue
        prices[f"{model}: hop east or west"] = PRICES[model].east_west
        prices[f"{model}: hop north or south"] = PRICES[model].north_south
        prices[f"{model}: neuron without input, one visit"] = PRICES[model].idle_visit
    low, high = static_powers()
    return {**prices, "static power of a chip, low": low, "static power of a chip, high": high}


def _is_graded(mapping: "MappingRecord") -> bool:
    quantities = mapping.fields("target").inner("quantities").members
    graded = quantities.get("graded_spikes")
    return isinstance(graded, dict) and graded.get("value") is True
