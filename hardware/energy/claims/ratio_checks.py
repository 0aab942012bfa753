"""Checks that need two rows: a ratio to a rival, and one network at several input sizes.

A ratio such as "1/26 of X" is taken apart: how much of it comes from fewer operations, and how much
from a cheaper price for each of them. The same operations without spikes are the rival that the
ratio leaves out.
"""

from collections.abc import Iterator

from hardware.energy.claims.claim import Claim, ClaimFile, Printed
from hardware.energy.claims.readings import E_MAC, G
from hardware.energy.claims.verdict import Verdict, number, share_words
from hardware.energy.joules import from_pj, to_pj
from spiketrack.constants import INT8_MAC_INT32


def ratio_verdicts(claim: Claim, papers: ClaimFile) -> Iterator[Verdict]:
    """Checks a row against its rival, and against the same network at other sizes.

    Args:
        claim: the row.
        papers: the file that it is in.
    """
    rival = papers.claim(claim.rival) if claim.rival else None
    if rival is not None:
        if claim.times_less is not None:
            yield _ratio(claim, claim.times_less, rival)
        elif claim.energy is not None and rival.energy is not None:
            yield _plain_ratio(claim, claim.energy, rival, rival.energy)
        yield _same_conditions(claim, rival)
        yield from _parts(claim, rival)
    if claim.kind == "spiking" and claim.energy is not None:
        yield from _same_macs(claim, claim.energy)
    if claim.family:
        yield from _sizes(claim, papers)


def _ratio(claim: Claim, times_less: Printed, rival: Claim) -> Verdict:
    """Is the printed ratio the ratio of the printed energies?"""
    check, name = "ratio", rival.subject
    if rival.energy is None:
        words = f"from the ratio alone; needs the energy of {name} (energy_mj)"
        return Verdict(check, "cannot be decided", words)
    low, high = rival.energy.low / times_less.high, rival.energy.high / times_less.low
    says = f"{number(rival.energy.value)} mJ / {number(times_less.value)} is {number(low)} to "
    says += f"{number(high)} mJ by rounding"
    if claim.energy is None:
        words = f"from the ratio alone: {says}; needs the claim's own energy (energy_mj)"
        return Verdict(check, "cannot be decided", words)
    if claim.mark_of("energy_mj") == "D":
        words = (
            f"from the ratio, since the claim's own energy was derived from it: {says}; needs the "
            f"energy as the paper prints it"
        )
        return Verdict(check, "cannot be decided", words)
    ratio = rival.energy.value / claim.energy.value
    if claim.energy.high >= low and claim.energy.low <= high:
        words = f"within {share_words(ratio, times_less.value)}: "
        return Verdict(check, "holds", f"{words}{number(rival.energy.value)} mJ / "
                       f"{number(claim.energy.value)} mJ = {number(ratio)}")  # fmt: skip
    words = f"from the printed energies: {number(rival.energy.value)} mJ / "
    words += f"{number(claim.energy.value)} mJ = {number(ratio)}, not {number(times_less.value)}"
    return Verdict(check, "does not follow", words)


def _plain_ratio(claim: Claim, energy: Printed, rival: Claim, other: Printed) -> Verdict:
    ratio = energy.value / other.value
    if ratio > 1:
        words = f"as a saving: it needs {number(ratio)} times the energy of {rival.subject}"
        return Verdict("ratio", "does not follow", words)
    words = f": it needs {number(1 / ratio)} times less energy than {rival.subject}"
    return Verdict("ratio", "holds", words)


def _same_conditions(claim: Claim, rival: Claim) -> Verdict:
    """Is the rival at the same input size, and priced at the same precision?"""
    check = "same rival"
    needs, differ = [], []
    if claim.input_size is None or rival.input_size is None:
        needs.append("both input sizes (input_size)")
    elif claim.input_size != rival.input_size:
        sizes = (f"{height} x {width}" for height, width in (claim.input_size, rival.input_size))
        differ.append(" against ".join(sizes) + " pixels")
    if not claim.precision or not rival.precision:
        needs.append("the precision that each is priced at (precision)")
    elif claim.precision != rival.precision:
        differ.append(f"{claim.precision} against {rival.precision}")
    if differ:
        words = f"as a ratio of like and like: {', '.join(differ)}"
        words += f"; it also needs {' and '.join(needs)}" if needs else ""
        return Verdict(check, "does not follow", words)
    if needs:
        return Verdict(check, "cannot be decided", f"from these rows; needs {' and '.join(needs)}")
    return Verdict(check, "holds", f": both are of the same input size, and of {claim.precision}")


def _parts(claim: Claim, rival: Claim) -> Iterator[Verdict]:
    """What a ratio to a network without spikes is made of."""
    if rival.kind != "ann" or None in (rival.energy, claim.energy, claim.dense_g):
        return
    energy, other, dense = claim.energy, rival.energy, claim.dense_g
    if energy is None or other is None or dense is None:
        return
    rival_g = to_pj(other.value, "mJ") / E_MAC / G
    fewer, whole = rival_g / dense.value, other.value / energy.value
    words = (
        f"it is not credited to spikes alone: {number(whole)} = {number(fewer)} (the rival does "
        f"{number(rival_g)} GMAC, this network {number(dense.value)}) x {number(whole / fewer)} "
        f"(for each of them, an addition of {E_MAC / 0.9:.3g} times less energy and its rate)"
    )
    yield Verdict("parts of the ratio", "holds only if", words)


def _same_macs(claim: Claim, energy: Printed) -> Iterator[Verdict]:
    """The rival that the papers leave out: the same operations, quantised and without spikes."""
    check = "same MACs without spikes"
    if claim.dense_g is None:
        return
    int8_mj = from_pj(INT8_MAC_INT32.value * claim.dense_g.value * G, "mJ")
    float_mj = from_pj(E_MAC * claim.dense_g.value * G, "mJ")
    said = (
        f"{number(claim.dense_g.value)} GMAC cost {number(float_mj)} mJ in fp32 and "
        f"{number(int8_mj)} mJ in int8 at {INT8_MAC_INT32.value} pJ, multiply and accumulate only"
    )
    if energy.value > int8_mj:
        words = f"against an int8 network: {said}; the claim is {number(energy.value / int8_mj)} "
        yield Verdict(check, "does not follow", words + "times the latter")
    else:
        words = f": {said}; the claim is {number(int8_mj / energy.value)} times less than "
        yield Verdict(check, "holds", words + "the latter")


def _sizes(claim: Claim, papers: ClaimFile) -> Iterator[Verdict]:
    """Does the energy grow exactly as the area? Then the rate was not measured again."""
    others = [
        one for one in papers.claims
        if one.family == claim.family and one.id != claim.id and one.energy and one.input_size
    ]  # fmt: skip
    if claim.energy is None or claim.input_size is None:
        return
    for other in others:
        if other.energy is None or other.input_size is None:
            continue
        area = _area(claim.input_size) / _area(other.input_size)
        if area <= 1:
            continue
        low = claim.energy.low / other.energy.high
        high = claim.energy.high / other.energy.low
        grows = f"the energy is {number(claim.energy.value / other.energy.value)} times that of "
        grows += f"{other.subject}, the area {number(area)} times"
        if low <= area <= high:
            words = f"as a measurement: {grows}, equal by rounding, as if the rate had not been "
            yield Verdict("input sizes", "does not follow", words + "measured again")
        else:
            yield Verdict("input sizes", "holds", f": {grows}, so that it was not scaled by area")


def _area(size: tuple[int, int]) -> int:
    return size[0] * size[1]
