"""What a network without spikes would spend on the same MACs: the rival to show always.

Multiply and accumulate only, at 45 nm: a rival's activations, rescaling and memory traffic are not
modelled, so set it beside the multiply-accumulate part of a compute-only model alone
(`EnergyResult.multiply_accumulate_pj`), at the same accumulator width.
"""

from dataclasses import dataclass

from spiketrack.constants import FP32_MAC, INT8_MAC, INT8_MAC_INT32, Constant
from spiketrack.counts.profile import CountedPhase

SCOPE = "multiply/accumulate only"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rival:
    """One rival: `macs` per frame at `cost` each; `low` is the price with 8-bit accumulators."""

    name: str
    title: str
    technology: str
    precision: str
    scope: str
    events: str
    macs: float
    cost: Constant
    low: Constant
    total_pj: float
    low_pj: float


def rivals(phase: CountedPhase) -> tuple[Rival, ...]:
    """The quantised rival, dense and skipping zeros, and the papers' float one."""
    # The gate has true MACs only, and the rival needs the same gate.
    dense = sum(layer.counters.dense_macs or layer.counters.true_macs for layer in phase.layers)
    sparse = phase.totals.graded + phase.totals.true_macs
    int8 = "int8 weights, 3-bit activations, int32 accumulate"
    return (
        _rival(
            "ann-int8-dense",
            "Quantised ANN, every MAC",
            int8,
            "all dense MACs",
            dense / phase.frames,
            INT8_MAC_INT32,
            INT8_MAC,
        ),
        _rival(
            "ann-int8-sparse",
            "Quantised ANN that skips zeros",
            int8,
            "non-zero activation x non-zero weight (the graded SynOps), MACs on RGB and the gate",
            sparse / phase.frames,
            INT8_MAC_INT32,
            INT8_MAC,
        ),
        _rival(
            "ann-fp32-dense",
            "Float ANN, every MAC",
            "fp32",
            "all dense MACs",
            dense / phase.frames,
            FP32_MAC,
            FP32_MAC,
        ),
    )


def rival_constants() -> dict[str, Constant]:
    """Every price the rivals use."""
    return {
        "rival: int8 MAC, 32-bit accumulator": INT8_MAC_INT32,
        "rival: int8 MAC, 8-bit accumulator": INT8_MAC,
        "rival: fp32 MAC": FP32_MAC,
    }


def _rival(
    name: str,
    title: str,
    precision: str,
    events: str,
    macs: float,
    cost: Constant,
    low: Constant,
) -> Rival:
    return Rival(
        name=name,
        title=title,
        technology="45 nm, 0.9 V",
        precision=precision,
        scope=SCOPE,
        events=events,
        macs=macs,
        cost=cost,
        low=low,
        total_pj=macs * cost.value,
        low_pj=macs * low.value,
    )
