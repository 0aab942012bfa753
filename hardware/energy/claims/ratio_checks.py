"""Checks that need two rows: a ratio to a rival, and one network at several input sizes.

A ratio such as "1/26 of X" is taken apart: how much of it comes from fewer operations, and how much
from a cheaper price for each of them. The same operations without spikes are the rival that the
ratio leaves out.
"""

from collections.abc import Iterator

from hardware.energy.claims.claim import Claim, ClaimFile, Printed
from hardware.energy.claims.readings import E_AC, E_MAC, G, M
from hardware.energy.claims.verdict import Verdict, number, share_words
from hardware.energy.joules import from_pj, to_pj
from spiketrack.constants import INT8_MAC_INT32, INT32_ADD


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
    by_price = E_MAC / E_AC
    words = (
        f"it is not credited to spikes alone: {number(whole)} = {number(fewer)} by fewer MACs (the "
        f"rival does {number(rival_g)} G, this network {number(dense.value)} G) x "
        f"{number(by_price)} by pricing an addition in place of a MAC x "
        f"{number(whole / fewer / by_price)} by the mean spike"
    )
    yield Verdict("parts of the ratio", "holds only if", words)


def _same_macs(claim: Claim, energy: Printed) -> Iterator[Verdict]:
    """The rival that the papers leave out: the same MACs without spikes, at equal precision.

    Why both precisions: a claim in fp32 must not be set against a rival in int8, but its synaptic
    operations can be priced as additions to a 32-bit integer, as an int8 network would do them.
    """
    check = "same MACs without spikes"
    if claim.dense_g is None:
        return
    dense, int8_mac = claim.dense_g.value * G, INT8_MAC_INT32.value
    first = claim.first_layer_mmacs.value * M if claim.first_layer_mmacs else 0.0
    spikes = (to_pj(energy.value, "mJ") - E_MAC * first) / E_AC
    synops = claim.synops_g.value * G if claim.synops_g else spikes
    own_int8 = from_pj(INT32_ADD.value * synops + int8_mac * first, "mJ")
    float_mj, int8_mj = from_pj(E_MAC * dense, "mJ"), from_pj(int8_mac * dense, "mJ")
    if own_int8 <= 0:
        return
    said = (
        f"{number(dense / G)} GMAC cost {number(float_mj)} mJ in fp32, "
        f"{number(float_mj / energy.value)} times the claim; in int8 they cost {number(int8_mj)} "
        f"mJ, and the claim's synaptic operations {number(own_int8)} mJ: "
        f"{number(int8_mj / own_int8)} times. Multiply and accumulate only: no memory, no neurons"
    )
    saves = float_mj > energy.value and int8_mj > own_int8
    if saves:
        yield Verdict(check, "holds", f"at equal precision: {said}")
    else:
        yield Verdict(check, "does not follow", f"as a saving at equal precision: {said}")


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
