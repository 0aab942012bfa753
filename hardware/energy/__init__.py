"""What a network costs: price lists on event counts, the paper's formula, the audit of both.

Door: `audit(profile)` gives an `AuditReport`; `energy_models(max_spike)` with
`apply(model, counts)` give single figures.
"""

from hardware.energy.audit import AuditReport, audit
from hardware.energy.claims import Claim, load_claims
from hardware.energy.model import EnergyModel, EnergyResult, Term, apply
from hardware.energy.models import energy_models

__all__ = [
    "AuditReport",
    "Claim",
    "EnergyModel",
    "EnergyResult",
    "Term",
    "apply",
    "audit",
    "energy_models",
    "load_claims",
]
