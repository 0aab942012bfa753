"""The energy formula of the SpikeTrack paper, in each way it can be read.

    E = FLOPs x E_AC x SFR x T x D   E_AC = 0.9 pJ
    E = FLOPs x E_MAC                E_MAC = 4.6 pJ, the convolution on RGB

FLOPs are dense MACs. SFR as the official hook returns it is the *mean integer* (0..D), so D is
already inside it. Readings:
    single D            dense x 0.9 x mean integer, every layer with the steps it really runs
    double D            the same x D: D is counted twice
    global T            T on the whole network, although the search backbone runs once per frame
    global T, double D  both
Two more start from single D and stand apart, since they change what is meant and not how it is
applied:
    FLOPs are two MACs  a multiply-accumulate counted as two operations, as other papers do
    template over N     one call of the template branch, spread over the N frames until the next:
                        25 by default, 40 on LaSOT (official tracker code)
Exact counts are not used here, only the dense MACs and the mean: borders, zero weights and memory
are invisible to it.
Source: SpikeTrack paper and official code commit 1537db5.
"""

from dataclasses import dataclass

from hardware.energy.phases import gate_macs, real_macs
from spiketrack.constants import FP32_ADD, FP32_MAC
from spiketrack.counts.profile import CountedLayer, CountedPhase


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One way to read the formula: T on everything or not, D on top of the mean or not."""

    name: str
    title: str
    global_t: bool
    double_d: bool


READINGS = (
    Reading(name="single-d", title="D once, T where it runs", global_t=False, double_d=False),
    Reading(name="double-d", title="D twice, T where it runs", global_t=False, double_d=True),
    Reading(name="global-t", title="D once, T on everything", global_t=True, double_d=False),
    Reading(
        name="global-t-double-d", title="D twice, T on everything", global_t=True, double_d=True
    ),
)


def readings_for(phase: CountedPhase, max_spike: int) -> tuple[Reading, ...]:
    """Returns the readings that say something about a phase.

    Why fewer for a run: its T steps are its own, not a template queue's, so every layer has them
    already; and with D = 1 there is nothing to count twice.
    """
    if phase.name != "run":
        return READINGS
    return READINGS[:2] if max_spike > 1 else READINGS[:1]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingEnergy:
    """The formula under one reading, per frame: fp32, 45 nm, compute only, mean x dense."""

    name: str
    title: str
    spiking_pj: float
    rgb_pj: float
    total_pj: float


TEMPLATE_INTERVALS = (25, 40)
"""Frames between two template calls: the official tracker's default, and on LaSOT."""


def further_readings(
    single: ReadingEnergy, template: ReadingEnergy | None
) -> tuple[ReadingEnergy, ...]:
    """Computes the first reading with two FLOPs a MAC, and with the template call shared out.

    Args:
        single: single D, of a tracked frame.
        template: single D, of one call of the template branch; None where there is none.
    """
    doubled = ReadingEnergy(
        name="two-flops-a-mac",
        title="D once, T where it runs, a MAC counted as two FLOPs",
        spiking_pj=2 * single.spiking_pj,
        rgb_pj=2 * single.rgb_pj,
        total_pj=2 * single.total_pj,
    )
    if template is None:
        return (doubled,)
    shared = (
        ReadingEnergy(
            name=f"template-over-{frames}",
            title=f"D once, T where it runs, one template call spread over {frames} frames",
            spiking_pj=single.spiking_pj + template.spiking_pj / frames,
            rgb_pj=single.rgb_pj + template.rgb_pj / frames,
            total_pj=single.total_pj + template.total_pj / frames,
        )
        for frames in TEMPLATE_INTERVALS
    )
    return (doubled, *shared)


def formula_layer_pj(
    reading: Reading, layer: CountedLayer, n_templates: int, max_spike: int
) -> tuple[float, float]:
    """Applies the formula to one layer; the energies are summed over its frames.

    Args:
        reading: which factors apply.
        layer: counts of the layer.
        n_templates: T.
        max_spike: D.

    Returns:
        (energy of spike-driven work, energy of MACs on RGB), both in pJ.
    """
    t_factor = n_templates / layer.steps if reading.global_t else 1.0
    d_factor = max_spike if reading.double_d else 1
    spiking = FP32_ADD.value * layer.counters.rate_x_dense * d_factor * t_factor
    return spiking, FP32_MAC.value * real_macs(layer) * t_factor


def formula(
    reading: Reading, phase: CountedPhase, n_templates: int, max_spike: int
) -> ReadingEnergy:
    """Applies the formula to a whole phase.

    Args:
        reading: which factors apply.
        phase: the counts.
        n_templates: T.
        max_spike: D.

    Returns:
        Energies in pJ per frame.
    """
    spiking = rgb = 0.0
    for layer in phase.layers:
        layer_spiking, layer_rgb = formula_layer_pj(reading, layer, n_templates, max_spike)
        spiking += layer_spiking / phase.frames
        rgb += layer_rgb / phase.frames
    return ReadingEnergy(
        name=reading.name,
        title=reading.title,
        spiking_pj=spiking,
        rgb_pj=rgb,
        total_pj=spiking + rgb,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ExactEnergy:
    """Exact counts at the formula's own prices, pJ per frame.

    Attributes:
        spiking_pj: unary SynOps.
        rgb_pj: MACs on RGB inside the borders.
        gate_pj: MACs of the channel gate; the formula has no term for them, so they stand apart.
    """

    spiking_pj: float
    rgb_pj: float
    gate_pj: float

    @property
    def total_pj(self) -> float:
        """The part that the formula estimates: spike-driven work and RGB, without the gate."""
        return self.spiking_pj + self.rgb_pj


def exact_energy(phase: CountedPhase) -> ExactEnergy:
    """Prices exact counts as the formula prices its estimates."""
    gate = gate_macs(phase)
    rgb = phase.totals.true_macs - gate
    return ExactEnergy(
        spiking_pj=FP32_ADD.value * phase.totals.unary / phase.frames,
        rgb_pj=FP32_MAC.value * rgb / phase.frames,
        gate_pj=FP32_MAC.value * gate / phase.frames,
    )
