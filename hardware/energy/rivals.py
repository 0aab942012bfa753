"""What a network without spikes would spend on the same MACs: the rival to show always.

Compute only, at 45 nm: a rival's memory traffic depends on its dataflow and is not modelled, so
compare a rival with compute-only models alone.
"""

from dataclasses import dataclass

from hardware.energy.model import count_of
from hardware.energy.phases import Phase, real_macs
from spiketrack.constants import FP32_MAC, INT8_MAC, Constant


@dataclass(frozen=True, slots=True, kw_only=True)
class Rival:
    """One rival: `macs` per frame at `cost` each, compute only."""

    name: str
    title: str
    technology: str
    precision: str
    scope: str
    events: str
    macs: float
    cost: Constant
    total_pj: float


def rivals(phase: Phase) -> tuple[Rival, ...]:
    """The quantised rival, dense and skipping zeros, and the papers' float one."""
    dense = sum(count_of(one, "dense_macs") or real_macs(one) for one in phase.layers)
    sparse = count_of(phase.totals, "synops.graded") + count_of(phase.totals, "true_macs")
    int8 = "int8 weights, 3-bit activations, priced as int8 MAC"
    return (
        _rival(
            "ann-int8-dense",
            "Quantised ANN, every MAC",
            int8,
            "all dense MACs",
            dense / phase.frames,
            INT8_MAC,
        ),
        _rival(
            "ann-int8-sparse",
            "Quantised ANN that skips zeros",
            int8,
            "MACs with non-zero activation and weight (the graded SynOps) and MACs on RGB",
            sparse / phase.frames,
            INT8_MAC,
        ),
        _rival(
            "ann-fp32-dense",
            "Float ANN, every MAC",
            "fp32",
            "all dense MACs",
            dense / phase.frames,
            FP32_MAC,
        ),
    )


def _rival(
    name: str, title: str, precision: str, events: str, macs: float, cost: Constant
) -> Rival:
    return Rival(
        name=name,
        title=title,
        technology="45 nm, 0.9 V",
        precision=precision,
        scope="compute only",
        events=events,
        macs=macs,
        cost=cost,
        total_pj=macs * cost.value,
    )
