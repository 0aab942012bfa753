"""What a network costs: price lists on event counts, the paper's formula, the audit of both.

Door: `audit(profile)` gives an `AuditReport`, with a mapping of the same spikes also what hops and
static power add; `energy_models(max_spike)` with `apply(model, counts)` give single figures.
"""

from hardware.energy.audit import AuditReport, audit
from hardware.energy.claims import Claim, load_claims
from hardware.energy.model import EnergyModel, EnergyResult, Term, apply
from hardware.energy.models import energy_models
from hardware.energy.placed import Placed, require_measured

__all__ = [
    "AuditReport",
    "Claim",
    "EnergyModel",
    "EnergyResult",
    "Placed",
    "Term",
    "apply",
    "audit",
    "energy_models",
    "load_claims",
    "require_measured",
]
