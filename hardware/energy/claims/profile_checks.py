"""Checks that need counts: a profile of the network that a claim is about.

The profile may have been made with other weights than the paper's: the work of a layer is then
still the same, and the mean spike is not. An audit says above its figures which weights were used.
"""

from collections.abc import Iterator

from hardware.energy.claims.claim import Claim, Printed, implied_mean_integer
from hardware.energy.claims.readings import E_AC, E_MAC, G, M
from hardware.energy.claims.verdict import Verdict, near, number
from hardware.energy.joules import from_pj
from hardware.energy.phases import real_macs, spiking_layers
from spiketrack.counts.profile import CountedPhase, ModelFacts
from spiketrack.plain_text import plural

_TOLERANCE = 0.1
_EXACT = 0.01
_ABOUT, _NEARLY = "within 10 %", "within 1 %"
"""The two, in words."""
_NAMED = 4


def profile_verdicts(claim: Claim, phase: CountedPhase, facts: ModelFacts) -> Iterator[Verdict]:
    """Holds a claim against the counts of its network.

    Args:
        claim: the row.
        phase: the counted phase, whose frames are the claim's inputs.
        facts: what the profile says about the model.
    """
    spiking = sum(layer.counters.dense_macs for layer in spiking_layers(phase)) / phase.frames
    real = sum(real_macs(layer) for layer in phase.layers) / phase.frames
    if claim.energy is not None and spiking and claim.kind == "spiking":
        yield _mean(claim.energy, phase, spiking, real, facts.max_spike)
    if claim.dense_g is not None:
        yield _dense("dense operations", claim.dense_g, G, spiking + real)
    if claim.first_layer_mmacs is not None:
        yield _dense("MACs of the first layer", claim.first_layer_mmacs, M, real)
    if claim.layers:
        yield _layers(claim, phase)


def _mean(
    energy: Printed, phase: CountedPhase, spiking: float, real: float, max_spike: int
) -> Verdict:
    """Which mean spike does the claim need, and which one was counted?"""
    check = "mean spike of the profile"
    counted = phase.totals.rate_x_dense / phase.frames / spiking
    once = implied_mean_integer(energy.value, spiking, real, 1)
    twice = implied_mean_integer(energy.value, spiking, real, max_spike)
    said = f"the mean integer, 0 to {max_spike}, is {number(once)} with D counted once"
    if max_spike > 1:
        said += f", or {number(twice)} if the formula multiplies it by D = {max_spike} again"
    formula_mj = from_pj(E_AC * spiking * counted + E_MAC * real, "mJ")
    said += f"; the profile counted {number(counted)}, which makes it {number(formula_mj)} mJ"
    if not counted:
        return Verdict(check, "cannot be decided", "from this profile, which is silent; needs "
                       "spikes")  # fmt: skip
    if once > max_spike:
        return Verdict(check, "does not follow", f"from a network with so few operations: {said}")
    if near(counted, once, _TOLERANCE):
        return Verdict(check, "holds", f"{_ABOUT}: {said}")
    if max_spike > 1 and near(counted, twice, _TOLERANCE):
        words = f"D is counted twice, {_ABOUT}: {said}"
        return Verdict(check, "holds only if", words)
    return Verdict(check, "holds only if", said)


def _dense(check: str, claimed: Printed, scale: float, counted: float) -> Verdict:
    """Is a claimed number of operations that of the network itself, in MACs or in FLOPs?"""
    found = counted / scale
    said = f"{number(claimed.value)} in the file, {number(found)} counted, in {_unit(scale)}MAC"
    room = max(claimed.half_unit, _EXACT * found)
    if abs(claimed.value - found) <= room:
        return Verdict(check, "holds", f"{_NEARLY}: {said}")
    if abs(claimed.value - 2 * found) <= max(claimed.half_unit, 2 * _EXACT * found):
        return Verdict(check, "holds only if", f"two operations are one MAC: {said}")
    return Verdict(check, "does not follow", f"from the network: {said}")


def _unit(scale: float) -> str:
    return "G" if scale == G else "M"


def _layers(claim: Claim, phase: CountedPhase) -> Verdict:
    """Are the dense MACs of named layers those of the network?"""
    check = "MACs of layers"
    counted = {layer.name: layer.counters.dense_macs / phase.frames / M for layer in phase.layers}
    missing = [layer.name for layer in claim.layers if layer.name not in counted]
    wrong = [
        f"{layer.name} ({number(layer.mmacs.value)} claimed, {number(counted[layer.name])} counted)"
        for layer in claim.layers
        if layer.name in counted
        and abs(layer.mmacs.value - counted[layer.name])
        > max(layer.mmacs.half_unit, _EXACT * counted[layer.name])
    ]
    if wrong:
        words = f"from the network in {len(wrong)} of {len(claim.layers)} layers, in millions: "
        return Verdict(check, "does not follow", words + _some(wrong))
    if missing:
        words = f"for {plural(len(missing), 'layer')} that the profile does not name: "
        words += _some(missing)
        return Verdict(check, "cannot be decided", words)
    return Verdict(check, "holds", f"{_NEARLY} in {plural(len(claim.layers), 'layer')}")


def _some(names: list[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
