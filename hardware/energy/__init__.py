"""What a network costs: price lists on event counts, the paper's formula, the audit of both.

Door: `audit(profile)` gives an `AuditReport`, with a mapping of the same spikes also what hops and
static power add. `energy_models(max_spike)` are the price lists, and `apply(model, counters)` gives
what one of them says about a layer or a phase; `read_model` reads one of your own from a file.
`check_claims(find_claims(name))` checks what a paper claims, with counts or without. All energies
are in picojoules (pJ) unless a name says otherwise. None was measured but those of
`hardware.energy.records`.

Why late imports: the mapper reads `hardware.energy.records`, and the audit reads mappings.
"""

from typing import TYPE_CHECKING

from spiketrack.late_names import late_names

if TYPE_CHECKING:
    from hardware.energy.audit_report import AuditReport
    from hardware.energy.auditing import audit
    from hardware.energy.claims import (
        CheckedClaim,
        Claim,
        ClaimFile,
        Verdict,
        check_claims,
        find_claims,
        load_claims,
    )
    from hardware.energy.model import EnergyModel, EnergyResult, Term, apply
    from hardware.energy.models import energy_models
    from hardware.energy.placed import Placed, require_measured
    from hardware.energy.price_file import read_model, write_model
else:
    __getattr__ = late_names(
        __name__,
        {
            "AuditReport": "hardware.energy.audit_report",
            "CheckedClaim": "hardware.energy.claims",
            "Claim": "hardware.energy.claims",
            "ClaimFile": "hardware.energy.claims",
            "EnergyModel": "hardware.energy.model",
            "EnergyResult": "hardware.energy.model",
            "Placed": "hardware.energy.placed",
            "Term": "hardware.energy.model",
            "Verdict": "hardware.energy.claims",
            "apply": "hardware.energy.model",
            "audit": "hardware.energy.auditing",
            "check_claims": "hardware.energy.claims",
            "energy_models": "hardware.energy.models",
            "find_claims": "hardware.energy.claims",
            "load_claims": "hardware.energy.claims",
            "read_model": "hardware.energy.price_file",
            "require_measured": "hardware.energy.placed",
            "write_model": "hardware.energy.price_file",
        },
    )

__all__ = [
    "AuditReport",
    "CheckedClaim",
    "Claim",
    "ClaimFile",
    "EnergyModel",
    "EnergyResult",
    "Placed",
    "Term",
    "Verdict",
    "apply",
    "audit",
    "check_claims",
    "energy_models",
    "find_claims",
    "load_claims",
    "read_model",
    "require_measured",
    "write_model",
]
