"""All checks of all claims of a file, with a profile or without one."""

from collections.abc import Mapping

from hardware.energy.claims.claim import Claim, ClaimFile
from hardware.energy.claims.profile_checks import profile_verdicts
from hardware.energy.claims.ratio_checks import ratio_verdicts
from hardware.energy.claims.row_checks import row_verdicts
from hardware.energy.claims.shipped import SEED, shipped_file
from hardware.energy.claims.verdict import CheckedClaim, Verdict
from hardware.energy.phases import main_phase
from spiketrack.counts.profile import Profile


def check_claims(
    papers: ClaimFile,
    profile: Profile | None = None,
    own_profiles: Mapping[str, Profile] | None = None,
) -> tuple[CheckedClaim, ...]:
    """Checks every claim of a file.

    Args:
        papers: the claims.
        profile: counts of a network. Claims that name its variant are held against them; in a file
            where no claim names any variant, those of every spiking network are.
        own_profiles: counts of the network of one claim, by its id, used in place of `profile`.

    Raises:
        ReportError: the profile has no phase that figures are given for.
    """
    own = own_profiles or {}
    return tuple(
        CheckedClaim(papers.name, claim, _verdicts(claim, papers, profile, own.get(claim.id)))
        for claim in papers.claims
    )


def claims_about(variant: str, profile: Profile) -> tuple[CheckedClaim, ...]:
    """Checks the shipped claims about one variant of SpikeTrack against its counts.

    Args:
        variant: its name.
        profile: its counts.
    """
    papers = shipped_file(SEED)
    return tuple(
        one for one in check_claims(papers, profile)
        if variant in one.claim.variants and one.claim.energy is not None
    )  # fmt: skip


def _verdicts(
    claim: Claim, papers: ClaimFile, profile: Profile | None, own: Profile | None
) -> tuple[Verdict, ...]:
    found = [*row_verdicts(claim, papers), *ratio_verdicts(claim, papers)]
    if own is not None:
        found += profile_verdicts(claim, main_phase(own), own.model)
    elif profile is not None and _is_about(claim, papers, profile.model.variant):
        found += profile_verdicts(claim, main_phase(profile), profile.model)
    return tuple(found)


def _is_about(claim: Claim, papers: ClaimFile, variant: str) -> bool:
    if any(one.variants for one in papers.claims):
        return variant in claim.variants
    return claim.kind == "spiking"
