"""How long a step and a frame take at least: the busiest core sets the step.

Every core must finish before the next step begins, so a step lasts at least as long as the busiest
core works: SynOps x time of one + neuron updates x time of one, plus the barrier. One layer hands
over to the next from step to step, so a frame takes as many steps as the longest path has layers,
and more where a layer needs all T steps of another before it can begin; a gate on the host takes a
step like a layer. The figures are those of a full pipeline, in which frames follow each other and
every layer works in every step; the steps of a frame that comes alone are shorter, as only some
layers have messages. Messages on their way are not in it, nor is the time the host takes.
"""

from dataclasses import dataclass

import numpy as np

from hardware.mapping.packing import Cores
from hardware.mapping.populations import Network
from hardware.target import Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Lower bounds for a full pipeline.

    Attributes:
        step_us: time of one step, the busiest core.
        mean_step_us: what a perfectly balanced network would need.
        peak_synops: most SynOps of a core in one step.
        mean_synops: mean over the cores.
        depth: steps from the input to the last output.
        latency_us: depth x step_us.
        interval_us: time between frames that follow each other.
    """

    step_us: float
    mean_step_us: float
    peak_synops: float
    mean_synops: float
    depth: int
    latency_us: float
    interval_us: float


def timing_of(network: Network, target: Target, cores: Cores) -> Timing:
    """Bounds from the busiest core and the longest path."""
    busy_ns = cores.step_synops * target.number("synop_ns")
    busy_ns = busy_ns + cores.step_updates * target.number("neuron_update_ns")
    overhead_ns = target.number("step_overhead_ns")
    step_us = (float(np.max(busy_ns, initial=0.0)) + overhead_ns) / 1000
    mean_ns = (float(np.mean(busy_ns)) if cores.count else 0.0) + overhead_ns
    depth = depth_of(network)
    longest = max((one.n_steps for one in network.on_chip), default=1)
    return Timing(
        step_us=step_us,
        mean_step_us=mean_ns / 1000,
        peak_synops=float(np.max(cores.step_synops, initial=0.0)),
        mean_synops=float(np.mean(cores.step_synops)) if cores.count else 0.0,
        depth=depth,
        latency_us=depth * step_us,
        interval_us=longest * step_us,
    )


def depth_of(network: Network) -> int:
    """Steps from the first message of the host until the last population has finished.

    A population starts one step after its sources where both take equally many steps; after the
    whole of a source that takes another number of steps.
    """
    start: dict[int, int] = {}
    end = 0
    for population in network.populations:
        begins = 0
        for link in network.into[population.index]:
            source = network.populations[link.source]
            if link.source == link.target or source.kind == "input":
                continue
            same = source.n_steps == population.n_steps
            begins = max(begins, start[link.source] + (1 if same else source.n_steps))
        start[population.index] = begins
        if population.is_on_chip:
            end = max(end, begins + population.n_steps)
    return end
