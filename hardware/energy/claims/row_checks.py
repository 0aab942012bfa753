"""Checks that need one printed row alone: does its energy follow from its own numbers, and how?

Every reading of the row is tried (`hardware.energy.claims.readings`). One fits if it gives the
printed energy within what the rounding of the printed numbers allows. A question that all fitting
readings answer alike is decided.
"""

from collections.abc import Iterator

from hardware.energy.claims.claim import Claim, ClaimFile, Printed
from hardware.energy.claims.readings import (
    E_AC,
    E_MAC,
    Fit,
    G,
    M,
    first_layer_mj,
    first_times,
    fits_of,
)
from hardware.energy.claims.verdict import Verdict, number, share_words
from hardware.energy.joules import from_pj, to_pj

_PRICE, _FIRST = "price", "first layer"
_UNIT, _D = "FLOPs or MACs", "D once or twice"


def row_verdicts(claim: Claim, papers: ClaimFile) -> tuple[Verdict, ...]:
    """Checks one row by itself.

    Args:
        claim: the row.
        papers: the file that it is in, whose other rows may hold the first layer that was used.
    """
    if claim.energy is None:
        return ()
    if claim.kind == "ann":
        return (_dense_verdict(claim, claim.energy),)
    fits = tuple(fits_of(claim))
    if not fits:
        return (_undecided(claim, claim.energy),)
    fitting = tuple(fit for fit in fits if fit.gives(claim.energy))
    return tuple(_verdicts(claim, claim.energy, fits, fitting, papers))


def _dense_verdict(claim: Claim, energy: Printed) -> Verdict:
    """A network without spikes: is its energy the price of a MAC times its dense operations?"""
    implied_g = to_pj(energy.value, "mJ") / E_MAC / G
    if claim.dense_g is None:
        words = (
            f"from this row: at {E_MAC} pJ a MAC it is {number(implied_g)} GMAC; needs the "
            f"dense operations of the network (dense_g)"
        )
        return Verdict(_UNIT, "cannot be decided", words)
    for macs_per_op, name in ((1.0, "a MAC each"), (0.5, "half a MAC each")):
        given = from_pj(E_MAC * claim.dense_g.value * macs_per_op * G, "mJ")
        slack = from_pj(E_MAC * claim.dense_g.half_unit * macs_per_op * G, "mJ")
        if abs(given - energy.value) <= slack + energy.half_unit + 1e-9 * energy.value:
            words = f"within {share_words(given, energy.value)}: {E_MAC} pJ x "
            words += f"{number(claim.dense_g.value)} G dense operations, {name}"
            return Verdict(_UNIT, "holds" if macs_per_op == 1 else "holds only if", words)
    words = (
        f"from {number(claim.dense_g.value)} G dense operations: the price of a MAC, {E_MAC} pJ, "
        f"needs {number(implied_g)} G"
    )
    return Verdict(_UNIT, "does not follow", words)


def _undecided(claim: Claim, energy: Printed) -> Verdict:
    """Without operations an energy implies how many there were, and no more."""
    rest_mj = energy.value - first_layer_mj(claim)
    synops = to_pj(rest_mj, "mJ") / E_AC / G
    implied = f"at {E_AC} pJ each it is {number(synops)} G synaptic operations"
    if first_layer_mj(claim):
        implied += " beside the first layer"
    if claim.dense_g is None:
        needs = "needs the synaptic operations (synops_g), or dense_g and rate"
        return Verdict(_PRICE, "cannot be decided", f"from the energy alone: {implied}; {needs}")
    driven = claim.dense_g.value - (0.0 if claim.first_layer_mmacs is None else
                                    claim.first_layer_mmacs.value * M / G)  # fmt: skip
    if driven <= 0:
        words = f"from {number(claim.dense_g.value)} G dense operations, all in the first layer"
        return Verdict(_PRICE, "does not follow", words)
    mean = synops / driven
    levels = claim.max_spike or 1
    readings = f"the mean spike is {number(mean)}"
    if levels > 1:
        readings += f" (0 to {levels}) with D counted once, or {number(mean / levels)} if the "
        readings += f"formula multiplies it by D = {levels} again"
    return Verdict(
        _PRICE,
        "holds only if",
        f"{readings}: {implied}, and one pass has {number(driven)} G dense operations; the paper's "
        f"rates (rate) or a profile would decide it",
    )


def _verdicts(
    claim: Claim,
    energy: Printed,
    fits: tuple[Fit, ...],
    fitting: tuple[Fit, ...],
    papers: ClaimFile,
) -> Iterator[Verdict]:
    if not fitting:
        yield _no_fit(claim, energy, fits, papers)
        return
    best = fitting[0]
    yield Verdict(_PRICE, "holds", f"within {share_words(best.energy_mj, energy.value)}: "
                  f"{_sum_words(claim, best)}")  # fmt: skip
    if claim.first_layer_mmacs is not None and len(first_times(claim)) > 2:
        yield _first_verdict(claim, fitting)
    if claim.synops_g is None:
        yield _choice(_UNIT, {fit.macs_per_op for fit in fitting}, 1.0,
                      {1.0: "the dense operations are MACs", 0.5: "two operations are one MAC"})
        if (claim.max_spike or 1) > 1:
            levels = claim.max_spike or 1
            yield _choice(_D, {fit.d_factor for fit in fitting}, 1, {
                1: "D is inside the rate", levels: f"the rate is multiplied by D = {levels}",
            })  # fmt: skip


def _choice(
    check: str, found: set[float] | set[int], usual: float, words: dict[float, str]
) -> Verdict:
    if len(found) > 1:
        both = " and if ".join(words[one] for one in sorted(found, reverse=True))
        return Verdict(check, "cannot be decided", f"from this row: it holds if {both}; needs more "
                       f"digits, or a profile")  # fmt: skip
    one = next(iter(found))
    return Verdict(check, "holds only if", words[one]) if one != usual else Verdict(
        check, "holds", f": {words[one]}"
    )


def _first_verdict(claim: Claim, fitting: tuple[Fit, ...]) -> Verdict:
    """Is the first layer, which sees one image, paid once?"""
    found = sorted({fit.first_times for fit in fitting})
    if len(found) > 1:
        all_times = " and ".join(f"{one} times" for one in found)
        words = f"from this row: its rounding allows {all_times}; needs more digits"
        return Verdict(_FIRST, "cannot be decided", words)
    times = found[0]
    once = number(first_layer_mj(claim))
    if times == 1:
        return Verdict(_FIRST, "holds", f": it is paid once, {once} mJ")
    if times == 0:
        return Verdict(_FIRST, "holds only if", f"it is left out; once would add {once} mJ")
    surplus = number(first_layer_mj(claim) * (times - 1))
    return Verdict(
        _FIRST,
        "holds only if",
        f"its MACs are multiplied by {times} ({_factor_name(claim, times)}); on one image its "
        f"result is the same every time, and paid once the claim would be {surplus} mJ less",
    )


def _factor_name(claim: Claim, times: int) -> str:
    steps, levels = claim.steps or 1, claim.max_spike or 1
    if times == steps:
        return f"T = {steps}"
    return f"D = {levels}" if times == levels else f"T x D = {steps} x {levels}"


def _sum_words(claim: Claim, fit: Fit) -> str:
    if claim.synops_g is not None:
        words = f"{E_AC} pJ x {number(claim.synops_g.value)} GSOP"
    else:
        dense, rate = claim.dense_g, claim.rate
        words = f"{E_AC} pJ x {number(dense.value if dense else 0)} G x "
        words += f"rate {number(rate.value if rate else 0)}"
        words += " x 1/2" if fit.macs_per_op != 1 else ""
        words += f" x T = {fit.t_factor}" if fit.t_factor != 1 else ""
        words += f" x D = {fit.d_factor}" if fit.d_factor != 1 else ""
    if claim.other_gmacs is not None:
        words += f" + {E_MAC} pJ x {number(claim.other_gmacs.value)} GMAC"
    if claim.first_layer_mmacs is not None and fit.first_times:
        words += f" + {E_MAC} pJ x {number(claim.first_layer_mmacs.value)} MMAC"
        words += f" x {fit.first_times}" if fit.first_times > 1 else ""
    return words


def _no_fit(
    claim: Claim, energy: Printed, fits: tuple[Fit, ...], papers: ClaimFile
) -> Verdict:
    """No reading fits: whose first layer would make it fit?"""
    own = min(fits, key=lambda fit: abs(fit.energy_mj - energy.value))
    if claim.synops_g is None:
        words = f"from {_sum_words(claim, own)}, which gives {number(own.energy_mj)} mJ and is the "
        return Verdict(_PRICE, "does not follow", words + "nearest of all readings")
    spikes_mj = from_pj(E_AC * claim.synops_g.value * G, "mJ")
    others = claim.other_gmacs.value if claim.other_gmacs else 0.0
    rest_mj = energy.value - spikes_mj - from_pj(E_MAC * others * G, "mJ")
    slack = energy.half_unit + from_pj(E_AC * claim.synops_g.half_unit * G, "mJ")
    words = (
        f"from its own numbers: {E_AC} pJ x {number(claim.synops_g.value)} GSOP = "
        f"{number(spikes_mj)} mJ"
    )
    if rest_mj < 0:
        each = to_pj(energy.value, "mJ") / (claim.synops_g.value * G)
        words += f" alone is more than the claim, which is {number(each)} pJ for each of them"
        return Verdict(_PRICE, "does not follow", words)
    words += f" leaves {number(rest_mj)} mJ"
    if claim.first_layer_mmacs is None:
        words += f", which is {number(to_pj(rest_mj, 'mJ') / E_MAC / G)} GMAC at {E_MAC} pJ"
        return Verdict(_PRICE, "does not follow", f"{words}; needs first_layer_mmacs")
    words += f", and its first layer costs {number(first_layer_mj(claim))} mJ once"
    words += f" or {number(first_layer_mj(claim) * own.first_times)} mJ" * (own.first_times > 1)
    for other in papers.claims:
        for times in first_times(other)[:-1]:
            if other.id != claim.id and other.first_layer_mmacs is not None and abs(
                first_layer_mj(other) * times - rest_mj
            ) <= slack:
                words += f"; it would fit the first layer of {other.subject}"
                words += f" x {times}" if times > 1 else ""
                return Verdict(_PRICE, "does not follow", words)
    price = to_pj(rest_mj, "mJ") / (claim.first_layer_mmacs.value * M)
    if 0 < price < E_MAC:
        words += f"; the rest is {number(price)} pJ for each MAC of it"
    elif price > 0:
        words += f"; the rest is {number(to_pj(rest_mj, 'mJ') / E_MAC / G)} GMAC at {E_MAC} pJ"
    return Verdict(_PRICE, "does not follow", words)
