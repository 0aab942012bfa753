"""Published energy claims as files, and what can be said about them.

`read_claim_file(path)` reads the claims of one paper, `shipped_file(name)` those that come with the
project, and `check_claims(file, profile)` gives a verdict for every check of every claim. A row
alone is enough for most checks; a profile of the network allows more.
"""

from hardware.energy.claims.check import check_claims, claims_about
from hardware.energy.claims.claim import Claim, ClaimFile, Printed, implied_mean_integer
from hardware.energy.claims.read import parse_claims, read_claim_file
from hardware.energy.claims.readings import PRICES
from hardware.energy.claims.shipped import (
    SEED,
    TEMPLATE,
    find_all_claims,
    find_claims,
    load_claims,
    shipped_file,
    shipped_names,
)
from hardware.energy.claims.verdict import OUTCOMES, CheckedClaim, Outcome, Verdict

__all__ = [
    "OUTCOMES",
    "PRICES",
    "SEED",
    "TEMPLATE",
    "CheckedClaim",
    "Claim",
    "ClaimFile",
    "Outcome",
    "Printed",
    "Verdict",
    "check_claims",
    "claims_about",
    "find_all_claims",
    "find_claims",
    "implied_mean_integer",
    "load_claims",
    "parse_claims",
    "read_claim_file",
    "shipped_file",
    "shipped_names",
]
