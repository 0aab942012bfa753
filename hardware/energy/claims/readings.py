"""The readings of a printed row: everything that its numbers leave open, worked out.

    E = 0.9 pJ x synaptic operations + 4.6 pJ x MACs of the first layer x k

The synaptic operations are printed, or follow from dense operations x rate x T x D. A dense
operation may be a MAC or half of one; D and T may multiply the rate or be inside it already; the
first layer may be paid once, T times, D times, T x D times or not at all.

Source of the prices: Horowitz 2014 at 45 nm, as the papers use them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from hardware.energy.claims.claim import Claim, Printed
from hardware.energy.joules import from_pj
from spiketrack.constants import FP32_ADD, FP32_MAC

E_AC, E_MAC = FP32_ADD.value, FP32_MAC.value
PRICES = (FP32_ADD, FP32_MAC)
"""The prices that claims are checked at."""
G, M = 1e9, 1e6


@dataclass(frozen=True, slots=True)
class Fit:
    """One reading of a row.

    Attributes:
        macs_per_op: 1 if a dense operation is a MAC, 0.5 if two of them are.
        d_factor: what D multiplies the rate by: 1 or D.
        t_factor: what T multiplies the rate by: 1 or T.
        first_times: how often the first layer is paid.
        energy_mj: what it gives.
        slack_mj: how far the rounding of its numbers may carry it.
    """

    macs_per_op: float
    d_factor: int
    t_factor: int
    first_times: int
    energy_mj: float
    slack_mj: float

    def gives(self, energy: Printed) -> bool:
        """Whether it gives a printed energy.

        Args:
            energy: in mJ.
        """
        # Why the last part: sums of floats that should be equal differ in their last digits.
        room = self.slack_mj + energy.half_unit + 1e-9 * energy.value
        return abs(self.energy_mj - energy.value) <= room


def first_layer_mj(claim: Claim) -> float:
    """The energy of the first layer in one pass, in mJ; 0 if it is not given.

    Args:
        claim: the row.
    """
    first = claim.first_layer_mmacs
    return 0.0 if first is None else from_pj(E_MAC * first.value * M, "mJ")


def fits_of(claim: Claim) -> Iterator[Fit]:
    """Every reading of a row that its numbers allow; none without operations.

    Args:
        claim: the row.
    """
    firsts = first_times(claim)
    if claim.synops_g is not None:
        for times in firsts:
            yield _fit(claim, claim.synops_g, 1.0, 1, 1, times)
    elif claim.dense_g is not None and claim.rate is not None:
        d_factors = sorted({1, claim.max_spike or 1})
        t_factors = sorted({1, claim.steps or 1})
        for unit, d, t, times in product((1.0, 0.5), d_factors, t_factors, firsts):
            dense, rate = claim.dense_g, claim.rate
            factor = unit * d * t
            value = dense.value * rate.value * factor
            half = factor * (dense.half_unit * rate.high + rate.half_unit * dense.high)
            yield _fit(claim, Printed(value, half), unit, d, t, times)


def _fit(
    claim: Claim, synops_g: Printed, unit: float, d_factor: int, t_factor: int, times: int
) -> Fit:
    first = claim.first_layer_mmacs or Printed(0.0, 0.0)
    others = claim.other_gmacs or Printed(0.0, 0.0)
    macs = first.value * M * times + others.value * G
    loose = first.half_unit * M * times + others.half_unit * G
    return Fit(
        macs_per_op=unit,
        d_factor=d_factor,
        t_factor=t_factor,
        first_times=times,
        energy_mj=from_pj(E_AC * synops_g.value * G + E_MAC * macs, "mJ"),
        slack_mj=from_pj(E_AC * synops_g.half_unit * G + E_MAC * loose, "mJ"),
    )


def first_times(claim: Claim) -> tuple[int, ...]:
    """How often the first layer may have been paid; first once, since its input is one image.

    Args:
        claim: the row.
    """
    if claim.first_layer_mmacs is None:
        return (0,)
    steps, levels = claim.steps or 1, claim.max_spike or 1
    return tuple(dict.fromkeys((1, steps, levels, steps * levels, 0)))
