"""What a network without spikes would spend on the same MACs: the rival to show always.

Multiply and accumulate only, at 45 nm: a rival's activations, rescaling and memory traffic are not
modelled, so set it beside the multiply-accumulate part of a compute-only model alone
(`EnergyResult.multiply_accumulate_pj`), at the same accumulator width.
"""

from dataclasses import dataclass, field, replace

from spiketrack.constants import FP32_MAC, INT8_MAC, INT8_MAC_INT32, Constant
from spiketrack.counts.profile import CountedPhase

SCOPE = "multiply/accumulate only"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rival:
    """One rival: `macs` per frame at `cost` each; `low` is the price with 8-bit accumulators."""

    name: str
    title: str
    technology: str = "45 nm, 0.9 V"
    precision: str
    scope: str = SCOPE
    events: str
    macs: float
    cost: Constant
    low: Constant
    total_pj: float = field(init=False)
    low_pj: float = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "total_pj", self.macs * self.cost.value)
        object.__setattr__(self, "low_pj", self.macs * self.low.value)


def rivals(phase: CountedPhase) -> tuple[Rival, ...]:
    """Makes the quantised rival, dense and skipping zeros, and the papers' float rival.

    Args:
        phase: counts of the network that they are compared with.
    """
    # The gate has true MACs only, and the rival needs the same gate.
    dense = sum(layer.counters.dense_macs or layer.counters.true_macs for layer in phase.layers)
    sparse = phase.totals.graded + phase.totals.true_macs
    every_mac = Rival(
        name="ann-int8-dense",
        title="Quantised ANN, every MAC",
        precision="int8 weights, 3-bit activations, int32 accumulate",
        events="all dense MACs",
        macs=dense / phase.frames,
        cost=INT8_MAC_INT32,
        low=INT8_MAC,
    )
    skipping_zeros = replace(
        every_mac,
        name="ann-int8-sparse",
        title="Quantised ANN that skips zeros",
        events=(
            "non-zero activation x non-zero weight (the graded SynOps), MACs on RGB and the gate"
        ),
        macs=sparse / phase.frames,
    )
    in_floats = replace(
        every_mac,
        name="ann-fp32-dense",
        title="Float ANN, every MAC",
        precision="fp32",
        cost=FP32_MAC,
        low=FP32_MAC,
    )
    return (every_mac, skipping_zeros, in_floats)


def rival_constants() -> dict[str, Constant]:
    """Returns every price that the rivals use."""
    return {
        "rival: int8 MAC, 32-bit accumulator": INT8_MAC_INT32,
        "rival: int8 MAC, 8-bit accumulator": INT8_MAC,
        "rival: fp32 MAC": FP32_MAC,
    }
