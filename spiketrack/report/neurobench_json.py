"""The counts of a profile with the names that NeuroBench gives its results.

NeuroBench measures a PyTorch model on data; this says the same of what was counted here, so that a
reader of its tables finds the keys that are known there. A metric that a profile cannot give, such
as the footprint, is left out and not set to zero.

Source: NeuroBench 2.3.0, workload metrics SynapticOperations and ActivationSparsity: operations are
means over samples; sparsity is the share of zeros among all activations.
"""

from hardware.energy.phases import main_phase
from spiketrack.counts.profile import Profile


def neurobench_document(profile: Profile) -> dict[str, object]:
    """Makes the results of the workload metrics, per frame or sample.

    Args:
        profile: checked counts.

    Raises:
        ReportError: the profile has no phase that figures are given for.
    """
    phase = main_phase(profile)
    totals, frames = phase.totals, phase.frames
    neurons = [layer.counters for layer in phase.layers if layer.counters.neuron_updates]
    values = sum(counts.outputs for counts in neurons)
    spikes = sum(counts.messages for counts in neurons)
    return {
        "ActivationSparsity": 1 - spikes / values if values else 0.0,
        "SynapticOperations": {
            "Effective_MACs": totals.effective_macs / frames,
            "Effective_ACs": totals.effective_acs / frames,
            "Dense": totals.dense_macs / frames,
        },
    }
