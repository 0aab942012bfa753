"""A published energy claim as data: what a paper printed, to the digit, and where it was read.

Solving the papers' formula for the mean integer needs no weights: it says how active the authors'
network must have been for the claim to hold under each reading. An implied mean that no measured
network shows is a reading that was not used.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, get_args

from hardware.energy.joules import to_pj
from spiketrack.constants import FP32_ADD, FP32_MAC

Kind = Literal["spiking", "ann"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True)
class Printed:
    """A number as it was printed; its true value lies within half a unit of its last digit."""

    value: float
    half_unit: float

    @classmethod
    def of(cls, number: Decimal | int) -> "Printed":
        """Keeps the digits: 7.90 is known to 0.005, and 7.9 to 0.05.

        Args:
            number: as it stands in the file.
        """
        exponent = Decimal(number).as_tuple().exponent
        # Why 0: 3E+2 is known to 50, but nobody writes a table so; take the whole number. Why -40:
        # a float cannot hold half a unit of the digits beyond.
        last_digit = 10.0 ** max(min(exponent, 0), -40) if isinstance(exponent, int) else 1.0
        return cls(float(number), last_digit / 2)

    def __str__(self) -> str:
        """The digits as they were printed, without an exponent."""
        return f"{self.value:.{max(0, round(-math.log10(2 * self.half_unit)))}f}"

    @property
    def low(self) -> float:
        """The smallest value that is printed so."""
        return self.value - self.half_unit

    @property
    def high(self) -> float:
        """The largest value that is printed so."""
        return self.value + self.half_unit


@dataclass(frozen=True, slots=True)
class ClaimedLayer:
    """One layer of a claim: its name in the profile, its dense MACs in millions, its mean rate."""

    name: str
    mmacs: Printed
    rate: Printed | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One row of a paper: a network and the energy that is claimed for it.

    Attributes:
        id: key, unique in its file.
        subject: the network and what it is, for people.
        source: where it was read.
        mark: H read in a primary source, M in one secondary source, D derived, A assumed,
            U unmarked.
        marks: marks of fields that differ from `mark`, by key.
        note: a doubt to print beside it.
        table: table, figure or section of the paper.
        kind: "spiking", or "ann" for a network without spikes that is compared with.
        variants: networks of this project that the claim can be held against.
        family: rows of one family are one network at several input sizes.
        steps: T, how often the network runs on one input.
        max_spike: D, the largest integer spike.
        input_size: height and width of the input in pixels.
        precision: of weights and sums, as the energy prices them, e.g. "fp32".
        params_m: parameters in millions.
        synops_g: synaptic operations in 1e9, with T and D inside.
        dense_g: dense operations of one pass in 1e9, whether the paper calls them FLOPs or MACs.
        rate: mean firing rate (or mean integer) that the paper gives.
        first_layer_mmacs: MACs of the first layer, on pixels, in one pass, in millions.
        other_gmacs: all MACs on values that are no spikes, in 1e9, as the paper counts them.
        energy: claimed energy of one input in mJ; None where only a ratio or scores are claimed.
        rival: id of the row that it is compared with.
        times_less: how many times less energy than the rival it is said to need.
        layers: layers with their dense MACs.
        profile: a profile.json of the network, or its folder, from the folder of the file.
        scores: accuracy by benchmark.
    """

    id: str
    subject: str
    source: str
    mark: str
    marks: Mapping[str, str]
    note: str = ""
    table: str = ""
    kind: Kind = "spiking"
    variants: tuple[str, ...] = ()
    family: str = ""
    steps: int | None = None
    max_spike: int | None = None
    input_size: tuple[int, int] | None = None
    precision: str = ""
    params_m: Printed | None = None
    synops_g: Printed | None = None
    dense_g: Printed | None = None
    rate: Printed | None = None
    first_layer_mmacs: Printed | None = None
    other_gmacs: Printed | None = None
    energy: Printed | None = None
    rival: str = ""
    times_less: Printed | None = None
    layers: tuple[ClaimedLayer, ...] = ()
    profile: str = ""
    scores: Mapping[str, float]

    @property
    def energy_mj(self) -> float | None:
        """The claimed energy in mJ as a plain number."""
        return None if self.energy is None else self.energy.value

    def mark_of(self, key: str) -> str:
        """The mark of one field.

        Args:
            key: its key in the file, e.g. "energy_mj".
        """
        return self.marks.get(key, self.mark)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimFile:
    """The claims of one paper.

    Attributes:
        name: short key: the name of the file; of a shipped paper without its ending.
        title: title of the paper.
        source: where it was published.
        bibtex: entry for a bibliography, or empty.
        claims: its rows.
        text: the whole file as it was read, from which an audit is repeated.
    """

    name: str
    title: str
    source: str
    bibtex: str
    claims: tuple[Claim, ...]
    text: str

    def claim(self, key: str) -> Claim | None:
        """Looks up a row by its id; None if there is none.

        Args:
            key: the id.
        """
        return next((claim for claim in self.claims if claim.id == key), None)


def implied_mean_integer(
    energy_mj: float, spiking_macs: float, rgb_macs: float, factor: int
) -> float:
    """Computes the implied mean integer (E - E_MAC x RGB MACs) / (E_AC x dense MACs x factor).

    Args:
        energy_mj: claimed energy per frame.
        spiking_macs: dense MACs per frame of layers fed by spikes.
        rgb_macs: MACs per frame on RGB.
        factor: 1 where D is inside the mean, D where the formula multiplies by it again.

    Raises:
        ValueError: there is no spike-driven layer.
    """
    if spiking_macs <= 0:
        raise ValueError(f"needs spike-driven MACs, found {spiking_macs}")
    left_pj = to_pj(energy_mj, "mJ") - FP32_MAC.value * rgb_macs
    return left_pj / (FP32_ADD.value * spiking_macs * factor)
