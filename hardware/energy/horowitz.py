"""Energy models from Horowitz's 45 nm table: the papers' float prices, and int8 ones.

Four readings of the same table on the same exact counts:
    horowitz45-fp32        a unit of a spike adds a float weight (0.9 pJ): the SNN papers' price
    horowitz45-int8        a unit of a spike adds an int8 weight to an accumulator
    horowitz45-graded      an event multiplies an int8 weight by its integer (int8 MAC)
    horowitz45-int8-sram   the int8 one, plus the memory traffic that was counted
The int8 ones accumulate in 32 bits; their low end, 8-bit adders, is too narrow for the sums.
"""

from dataclasses import dataclass, replace

from hardware.energy.memory_traffic import memory_terms
from hardware.energy.model import EnergyModel, Term
from spiketrack import constants as c
from spiketrack.constants import Constant
from spiketrack.counts.counters import Counter

_NODE = "45 nm, 0.9 V"
_COMPUTE_OMITS = (
    "every memory access: weights, membranes, messages",
    "control, clock, addressing and static power",
)
_TABLE_DOUBT = (
    "One table of one node, for single arithmetic units; real chips spend most energy around the "
    "units. Good for comparing counts with each other, not for predicting a battery."
)
_UNARY = "unary SynOps: an integer spike s costs s additions per non-zero weight inside the borders"
_GRADED = (
    "graded SynOps: one small multiply-accumulate per event and non-zero weight in the borders"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Arithmetic:
    """What the arithmetic units cost; the low ends have accumulators of 8 bits."""

    synops: Counter
    synop: Constant
    synop_low: Constant
    mac: Constant
    mac_low: Constant
    add: Constant
    multiply: Constant


_FLOAT = _Arithmetic(
    synops="synops.unary",
    synop=c.FP32_ADD,
    synop_low=c.FP32_ADD,
    mac=c.FP32_MAC,
    mac_low=c.FP32_MAC,
    add=c.FP32_ADD,
    multiply=c.FP32_MULTIPLY,
)
_UNROLLED = _Arithmetic(
    synops="synops.unary",
    synop=c.INT32_ADD,
    synop_low=c.INT8_ADD,
    mac=c.INT8_MAC_INT32,
    mac_low=c.INT8_MAC,
    add=c.INT32_ADD,
    multiply=c.INT32_MULTIPLY,
)
_MULTIPLIED = replace(
    _UNROLLED, synops="synops.graded", synop=c.INT8_MAC_INT32, synop_low=c.INT8_MAC
)


def horowitz_models(max_spike: int) -> tuple[EnergyModel, ...]:
    """Makes the four price lists.

    Args:
        max_spike: D, the number of thresholds that a neuron update compares with.
    """
    return (_fp32(max_spike), _int8(max_spike), _graded(max_spike), _int8_sram(max_spike))


def _fp32(max_spike: int) -> EnergyModel:
    return EnergyModel(
        name="horowitz45-fp32",
        title="Exact counts at the papers' fp32 price",
        technology=_NODE,
        precision="fp32 accumulate",
        scope="compute only",
        events=_UNARY,
        terms=_compute_terms(_FLOAT, max_spike),
        omits=_COMPUTE_OMITS,
        uncertainty=f"{_TABLE_DOUBT} Prices float units although the network runs on int8 weights.",
    )


def _int8(max_spike: int) -> EnergyModel:
    return EnergyModel(
        name="horowitz45-int8",
        title="Exact counts, int8 weights, unrolled",
        technology=_NODE,
        precision="int8 weights, int32 accumulate",
        scope="compute only",
        events=_UNARY,
        terms=_compute_terms(_UNROLLED, max_spike),
        omits=_COMPUTE_OMITS,
        uncertainty=(
            f"{_TABLE_DOUBT} The range is an 8-bit accumulator ({c.INT8_ADD.value} pJ an "
            f"addition) to a 32-bit one ({c.INT32_ADD.value} pJ)."
        ),
    )


def _graded(max_spike: int) -> EnergyModel:
    return EnergyModel(
        name="horowitz45-graded",
        title="Exact counts, int8 weights, graded",
        technology=_NODE,
        precision="int8 weights x 3-bit spikes as int8 MAC, int32 accumulate",
        scope="compute only",
        events=_GRADED,
        terms=_compute_terms(_MULTIPLIED, max_spike),
        omits=_COMPUTE_OMITS,
        uncertainty=(
            f"{_TABLE_DOUBT} A 3-bit by 8-bit product costs less than an int8 MAC: read it as an "
            f"upper bound; the low end has an 8-bit accumulator. An ANN that skips zero "
            f"activations would do the same multiply-accumulates."
        ),
    )


def _int8_sram(max_spike: int) -> EnergyModel:
    memory = memory_terms(c.SRAM_32KB_READ, low=c.SRAM_8KB_READ, high=c.SRAM_1MB_READ)
    return EnergyModel(
        name="horowitz45-int8-sram",
        title="Exact counts, int8 weights, with SRAM",
        technology=_NODE,
        precision="int8 weights, int32 accumulate",
        scope="with memory",
        events=f"{_UNARY}; bytes of weights, state and messages as counted",
        terms=(*_compute_terms(_UNROLLED, max_spike), *memory),
        omits=(
            "DRAM: everything is assumed to stay on chip",
            "control, clock, addressing and static power",
        ),
        uncertainty=(
            f"{_TABLE_DOUBT} Buffer size is assumed: 32 KB, with 8 KB and 1 MB as the range; a "
            f"write is priced like a read."
        ),
    )


def _compute_terms(prices: _Arithmetic, max_spike: int) -> tuple[Term, ...]:
    """Makes the terms of arithmetic, which is all that a model without memory has."""
    compare = Constant(
        prices.add.value, "pJ", f"assumed: a comparison costs an addition; {prices.add.source}", "A"
    )
    host = Constant(
        c.FP32_MULTIPLY.value,
        "pJ",
        f"assumed: any host float costs a multiplication; {c.FP32_MULTIPLY.source}",
        "A",
    )
    return (
        Term(
            label="synaptic operation",
            counter=prices.synops,
            group="synapse",
            cost=prices.synop,
            low=prices.synop_low,
        ),
        Term(
            label="MAC on real values (RGB, gate)",
            counter="true_macs",
            group="rgb",
            cost=prices.mac,
            low=prices.mac_low,
        ),
        Term(
            label=f"neuron update, {max_spike} comparisons",
            counter="neuron_updates",
            group="neuron",
            cost=compare,
            times=max_spike,
        ),
        Term(
            label="membrane addition", counter="membrane_adds", group="arithmetic", cost=prices.add
        ),
        Term(
            label="rescale multiplication",
            counter="rescale_multiplies",
            group="arithmetic",
            cost=prices.multiply,
        ),
        Term(label="host float operation", counter="host_flops", group="host", cost=host),
    )
