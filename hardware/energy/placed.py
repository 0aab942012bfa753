"""What a placement adds to a frame: hops between tiles, and static power for as long as it lasts.

Counts have no places. A mapping made with the spikes of the same profile has them:

    hops    messages x hops east and west x price + messages x hops north and south x price
    static  chips x power of one x time of a frame

A price list applies to a mapping whose spikes have its form: unrolled on a chip with binary spikes,
graded on the others. A hop is priced as that of a binary spike, whatever the message carries. The
time is a lower bound (`hardware.mapping.timing`), so static energy is one too. A tracker's next
crop needs the last box: its frames cannot overlap, and one takes the whole latency; samples of any
other network follow each other in the pipeline.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hardware.energy.model import EnergyResult
from spiketrack import constants as c
from spiketrack.constants import Constant
from spiketrack.errors import MappingError

if TYPE_CHECKING:
    from hardware.mapping import MappingRecord

SEARCH_GRAPH = "search"
MILLIWATT_MICROSECOND_PJ = 1e3
OMITS = (
    "links between chips: no energy is public, a message pays the hops inside the chips alone",
    "messages between the host and the cores",
    "barriers between steps: their time is in the bound, their energy is not public",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class HopPrices:
    """What a message pays for each tile it goes on to."""

    east_west: Constant
    north_south: Constant


HOPS = {
    "davies2018-unrolled": HopPrices(
        east_west=c.LOIHI1_HOP_EAST_WEST, north_south=c.LOIHI1_HOP_NORTH_SOUTH
    ),
    "davies2018-graded": HopPrices(
        east_west=c.LOIHI1_HOP_EAST_WEST, north_south=c.LOIHI1_HOP_NORTH_SOUTH
    ),
    "sanafe-graded": HopPrices(
        east_west=c.SANAFE_HOP_EAST_WEST, north_south=c.SANAFE_HOP_NORTH_SOUTH
    ),
}
"""Price lists that price a hop."""
UNROLLED = ("davies2018-unrolled",)
"""Those of binary spikes."""
STATIC_POWERS = (c.LOIHI1_STATIC, c.PILOTNET_STATIC_POWER)
"""Of one chip: Loihi 1 before silicon; Loihi 2 in the PilotNet record, whose 74 cores are one."""
_MILLIWATTS = {"mW": 1.0, "W": 1e3}


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedEnergy:
    """One price list with hops and static power, pJ per frame.

    Attributes:
        model: the price list.
        counted_pj: what it says about the counts alone.
        hops_pj: of all messages.
        static_low_pj: chips that hold something x the lower static power x the time of a frame.
        static_high_pj: all chips of the board x the higher one x the same time.
    """

    model: str
    title: str
    counted_pj: float
    hops_pj: float
    static_low_pj: float
    static_high_pj: float

    @property
    def dynamic_pj(self) -> float:
        """Counts and hops."""
        return self.counted_pj + self.hops_pj


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """What a mapping says and costs.

    Attributes:
        target: name of the kind of chip.
        board: name of the board.
        chips: of the board.
        chips_filled: that hold something.
        messages: between cores, per frame.
        east_west_hops: messages x hops along rows, per frame.
        north_south_hops: the same along columns.
        frame_us: lower bound of the time of a frame.
        energies: per price list.
        constants: prices used.
        omits: what is in no row.
    """

    target: str
    board: str
    chips: int
    chips_filled: int
    messages: float
    east_west_hops: float
    north_south_hops: float
    frame_us: float
    energies: tuple[PlacedEnergy, ...]
    constants: Mapping[str, Constant]
    omits: tuple[str, ...] = OMITS


def require_same_spikes(mapping: "MappingRecord", profile_sha256: str, phase: str) -> None:
    """Checks that a mapping and an audit are about the same spikes.

    Args:
        mapping: of a graph.
        profile_sha256: hash of the audited profile.json.
        phase: that the audit gives energies per frame of.

    Raises:
        MappingError: the mapping was made with assumed rates or with another profile, or it is of
            the template branch, which does not run in a tracked frame.
    """
    if phase == "track" and mapping.graph != SEARCH_GRAPH:
        raise MappingError("mapping", f"one of graph '{SEARCH_GRAPH}'", f"'{mapping.graph}'")
    hashes = mapping.provenance.get("sha256", {})
    found = hashes.get("profile") if isinstance(hashes, dict) else None
    if found != profile_sha256:
        raise MappingError(
            "mapping",
            "one made with the spikes of this profile",
            "one made with assumed rates" if found is None else "one made with another profile",
            "Map again: spiketrack map MODEL --profile PROFILE -o DIR",
        )


def placed_energy(
    mapping: "MappingRecord", counted: tuple[EnergyResult, ...], *, frames_overlap: bool
) -> Placed:
    """Prices what a mapping adds.

    Args:
        mapping: of the graph whose phase was counted.
        counted: every model's energy per frame.
        frames_overlap: whether one frame can begin before the last has ended.

    Raises:
        MappingError: the mapping lacks a figure, as those of older versions do.
    """
    traffic, timing = (_part(mapping.summary, name) for name in ("traffic", "timing"))
    east_west, north_south = (
        _number(traffic, name) for name in ("east_west_hops", "north_south_hops")
    )
    frame_us = _number(timing, "interval_us" if frames_overlap else "latency_us")
    chips, filled = (int(_number(mapping.board, name)) for name in ("chips", "chips_touched"))
    frame_pj_per_mw = frame_us * MILLIWATT_MICROSECOND_PJ
    low, high = (one.value * _MILLIWATTS[one.unit] * frame_pj_per_mw for one in STATIC_POWERS)
    energies = [
        PlacedEnergy(
            model=one.model,
            title=one.title,
            counted_pj=one.total_pj,
            hops_pj=east_west * HOPS[one.model].east_west.value
            + north_south * HOPS[one.model].north_south.value,
            static_low_pj=filled * low,
            static_high_pj=chips * high,
        )
        for one in counted
        if one.model in HOPS and (one.model in UNROLLED) != _is_graded(mapping)
    ]
    return Placed(
        target=str(mapping.target.get("title")),
        board=str(mapping.board.get("name")),
        chips=chips,
        chips_filled=filled,
        messages=_number(traffic, "messages"),
        east_west_hops=east_west,
        north_south_hops=north_south,
        frame_us=frame_us,
        energies=tuple(energies),
        constants=_constants([one.model for one in energies]),
    )


def _constants(models: list[str]) -> dict[str, Constant]:
    found = {}
    for model in models:
        found[f"{model}: hop east or west"] = HOPS[model].east_west
        found[f"{model}: hop north or south"] = HOPS[model].north_south
    low, high = STATIC_POWERS
    return {**found, "static power of a chip, low": low, "static power of a chip, high": high}


def _is_graded(mapping: "MappingRecord") -> bool:
    quantities = _part(mapping.target, "quantities")
    return _part(quantities, "graded_spikes").get("value") is True


def _part(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = document.get(name)
    if not isinstance(value, dict):
        raise MappingError(f"mapping, '{name}'", "an object", type(value).__name__)
    return value


def _number(document: Mapping[str, Any], name: str) -> float:
    value = document.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1 << 62:
        advice = "Map again with this version: spiketrack map"
        raise MappingError(f"mapping, '{name}'", "a number from 0", repr(value)[:40], advice)
    return float(value)
