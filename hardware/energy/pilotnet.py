"""The one public silicon record the models can be held against: lava-dl's PilotNet SNN on Loihi 2.

Why: every energy in a report is a price list times a count. This says how far the price lists were
off the only time somebody measured, so that a reader knows what kind of number is being read. The
record's input was silent.
"""

from dataclasses import dataclass

from hardware.energy.model import EnergyModel, apply
from spiketrack import constants as c
from spiketrack.constants import Constant
from spiketrack.counts.counters import Counters


@dataclass(frozen=True, slots=True, kw_only=True)
class SiliconCheck:
    """The predicted and the measured dynamic energy of one PilotNet step, in microjoules."""

    model: str
    predicted_uj: float
    measured_uj: float
    ratio: float


def silicon_checks(models: tuple[EnergyModel, ...]) -> tuple[SiliconCheck, ...]:
    """Compares models without memory with the record.

    Args:
        models: price lists for binary spikes (D = 1).
    """
    synops, spikes = int(c.PILOTNET_SYNOPS.value), int(c.PILOTNET_SPIKES.value)
    counts = Counters(
        graded=synops,
        unary=synops,
        neuron_updates=int(c.PILOTNET_NEURON_UPDATES.value),
        events=spikes,
        unary_spikes=spikes,
        messages=spikes,
    )
    measured_uj = c.PILOTNET_DYNAMIC_ENERGY.value * 1e3 / c.PILOTNET_STEPS.value
    checks = []
    for model in models:
        if model.scope == "with memory":
            continue  # the record holds no byte counts to price
        predicted_uj = apply(model, counts).total_pj * 1e-6
        checks.append(
            SiliconCheck(
                model=model.name,
                predicted_uj=predicted_uj,
                measured_uj=measured_uj,
                ratio=predicted_uj / measured_uj,
            )
        )
    return tuple(checks)


def silicon_constants() -> dict[str, Constant]:
    """Returns the parts of the record that the check uses."""
    return {
        "PilotNet record: dynamic energy": c.PILOTNET_DYNAMIC_ENERGY,
        "PilotNet record: steps": c.PILOTNET_STEPS,
        "PilotNet record: synaptic operations": c.PILOTNET_SYNOPS,
        "PilotNet record: neuron updates": c.PILOTNET_NEURON_UPDATES,
        "PilotNet record: spikes": c.PILOTNET_SPIKES,
    }
