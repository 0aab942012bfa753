"""What a network costs: price lists on event counts, the paper's formula, the audit of both.

Door: `audit(profile)` gives an `AuditReport`, with a mapping of the same spikes also what hops and
static power add. `energy_models(max_spike)` are the price lists, and `apply(model, counters)` gives
what one of them says about a layer or a phase; `read_model` reads one of your own from a file. All
energies are in picojoules (pJ) unless a name says otherwise. None was measured but those of
`hardware.energy.records`.

Why late imports: the mapper reads `hardware.energy.records`, and the audit reads mappings.
"""

from typing import TYPE_CHECKING

from spiketrack.late_names import late_names

if TYPE_CHECKING:
    from hardware.energy.audit_report import AuditReport
    from hardware.energy.auditing import audit
    from hardware.energy.claims import Claim, load_claims
    from hardware.energy.model import EnergyModel, EnergyResult, Term, apply
    from hardware.energy.models import energy_models
    from hardware.energy.placed import Placed, require_measured
    from hardware.energy.price_file import read_model, write_model
else:
    __getattr__ = late_names(
        __name__,
        {
            "AuditReport": "hardware.energy.audit_report",
            "Claim": "hardware.energy.claims",
            "EnergyModel": "hardware.energy.model",
            "EnergyResult": "hardware.energy.model",
            "Placed": "hardware.energy.placed",
            "Term": "hardware.energy.model",
            "apply": "hardware.energy.model",
            "audit": "hardware.energy.auditing",
            "energy_models": "hardware.energy.models",
            "load_claims": "hardware.energy.claims",
            "read_model": "hardware.energy.price_file",
            "require_measured": "hardware.energy.placed",
            "write_model": "hardware.energy.price_file",
        },
    )

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
    "read_model",
    "require_measured",
    "write_model",
]
