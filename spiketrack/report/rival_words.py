"""The spiking network against networks without spikes, in words, at equal scope on both sides."""

from hardware.energy import AuditReport
from hardware.energy.model import EnergyResult
from hardware.energy.models import AS_IF_INT8
from spiketrack.report.units import energy, times

SILENT = "There is nothing to compare: silent. Not one synaptic operation was counted."


def against_rival(audit: AuditReport, graded_synops: int) -> str:
    """Says which network costs more, by how much, and what neurons and the rest add.

    Args:
        audit: the audit.
        graded_synops: graded SynOps of the main phase; with none there is nothing to compare.
    """
    if not graded_synops:
        return SILENT
    unrolled, graded = (audit.result_of(f"horowitz45-{form}") for form in ("int8", "graded"))
    dense, sparse = audit.rivals[0], audit.rivals[1]
    weights = AS_IF_INT8 if audit.as_if_int8 else "int8 weights"
    wide, narrow = unrolled.multiply_accumulate_pj, unrolled.low_multiply_accumulate_pj
    return (
        f"Multiply/accumulate only, both sides (45 nm, {weights}, the same accumulators), with "
        f"32-bit accumulators: the spiking network {energy(wide)} unrolled or "
        f"{energy(graded.multiply_accumulate_pj)} graded; the same MACs without spikes "
        f"{energy(dense.total_pj)}, or {energy(sparse.total_pj)} if zeros are skipped. Unrolled, "
        f"the spiking network {_compared(wide, dense.total_pj)} the dense rival and "
        f"{_compared(wide, sparse.total_pj)} the one that skips zeros. With 8-bit accumulators, "
        f"too narrow for these sums, it {_compared(narrow, dense.low_pj)} the dense rival and "
        f"{_compared(narrow, sparse.low_pj)} the one that skips zeros. Graded, it does the same "
        f"multiply-accumulates as a rival that skips zeros. {_rest(unrolled)}"
    )


def _compared(spiking_pj: float, rival_pj: float) -> str:
    """Says whichever is true of "costs 2x less than" and "costs 2x as much as"."""
    if rival_pj >= spiking_pj * 1.005:
        return f"costs {times(rival_pj / spiking_pj)} less than"
    if spiking_pj >= rival_pj * 1.005:
        return f"costs {times(spiking_pj / rival_pj)} as much as"
    return "costs the same as"


def _rest(unrolled: EnergyResult) -> str:
    neuron, arithmetic, host = (
        energy(unrolled.group_pj(group)) for group in ("neuron", "arithmetic", "host")
    )
    return (
        f"Not in these figures: the spiking network's neurons ({neuron}), membranes and rescaling "
        f"({arithmetic}) and host work ({host}); the rival's activations and rescaling; memory on "
        f"both sides."
    )
