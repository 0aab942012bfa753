"""How long a step and a frame take, estimated: the busiest core sets the step.

Every core must finish before the next step begins, so a step lasts as long as the busiest core
works: SynOps x time of one + neuron updates x time of one, plus the barrier. One layer hands
over to the next from step to step, so a frame takes as many steps as the longest path has layers,
and more where a layer needs all T steps of another before it can begin; a gate on the host takes a
step like a layer. Two ways to run:

    full pipeline   frames follow each other and every layer works in every step
    alone           the next frame waits for this one, as a tracker's must, whose crop depends on
                    the last box: only the layers that the frame has reached have SynOps and
                    updates, while a core still visits all its other neurons in every step

The steps of a frame are counted. The times of an operation are not: they are published figures of
another chip, or for another network, so every time here is an estimate under each time table of
the target, and none is a bound. `hardware.energy.records` holds each table against measured steps.
Messages on their way are not in it, nor is the time the host takes.
"""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from hardware.mapping.demand import tile_cells, unrolling
from hardware.mapping.packing import Cores, Tiled, tile_synops
from hardware.mapping.populations import Network
from hardware.mapping.reach import Float64
from hardware.time_table import TimeTable


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """Estimates under one time table.

    Attributes:
        table: its name.
        title: whose times these are.
        step_us: time of one step of a full pipeline, the busiest core.
        mean_step_us: what a perfectly balanced network would need.
        latency_us: of a frame in a full pipeline, depth x step_us.
        interval_us: between frames that follow each other, interval_steps x step_us.
        alone_us: of a frame that comes alone.
    """

    table: str
    title: str
    step_us: float
    mean_step_us: float
    latency_us: float
    interval_us: float
    alone_us: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """What is counted, and the estimates.

    Attributes:
        peak_synops: most SynOps of a core in one step.
        mean_synops: mean over the cores.
        depth: steps from the input to the last output.
        interval_steps: steps between frames that follow each other.
        times: under each time table of the target, its own first.
    """

    peak_synops: float
    mean_synops: float
    depth: int
    interval_steps: int
    times: tuple[Times, ...]

    @property
    def own(self) -> Times:
        """Estimates under the target's own time table."""
        return self.times[0]


class Stretch(NamedTuple):
    """Steps of a lone frame in which the same populations work: SynOps and updates of each core."""

    steps: int
    synops: Float64
    updates: Float64


def timing_of(tiled: Tiled, cores: Cores, chips: int = 1) -> Timing:
    """Estimates from the busiest core and the longest path.

    Args:
        tiled: what was mapped, and the chip with its time tables.
        cores: with the load of each.
        chips: that wait for one another between steps.
    """
    network = tiled.network
    longest = max((one.n_steps for one in network.on_chip), default=1)
    timing = Timing(
        peak_synops=float(np.max(cores.step_synops, initial=0.0)),
        mean_synops=float(np.mean(cores.step_synops)) if cores.count else 0.0,
        depth=depth_of(network),
        interval_steps=longest,
        times=(),
    )
    stretches = _stretches(tiled, cores)
    times = (
        _times(table, cores, stretches, timing, table.overhead_ns(chips))
        for table in tiled.target.times
    )
    return replace(timing, times=tuple(times))


def _times(
    table: TimeTable, cores: Cores, stretches: list[Stretch], counted: Timing, overhead_ns: float
) -> Times:
    busy_ns = cores.step_synops * table.synop_ns + cores.step_updates * table.neuron_update_ns
    step_us = (float(np.max(busy_ns, initial=0.0)) + overhead_ns) / 1000
    mean_ns = (float(np.mean(busy_ns)) if cores.count else 0.0) + overhead_ns
    alone_ns = overhead_ns * counted.depth
    # The barrier is paid in every step, work only where the frame has arrived.
    for steps, synops, updates in stretches:
        # A neuron that the frame has not reached is visited and finds no work.
        idle = cores.step_updates - updates
        visits_ns = updates * table.neuron_update_ns + idle * table.idle_visit_ns
        alone_ns += steps * float(np.max(synops * table.synop_ns + visits_ns, initial=0.0))
    return Times(
        table=table.name,
        title=table.title,
        step_us=step_us,
        mean_step_us=mean_ns / 1000,
        latency_us=counted.depth * step_us,
        interval_us=counted.interval_steps * step_us,
        alone_us=alone_ns / 1000,
    )


def starts_of(network: Network) -> dict[int, int]:
    """The step in which each population has its first message, counted from the host's.

    A population starts one step after its sources where both take equally many steps; after the
    whole of a source that takes another number of steps.
    """
    start: dict[int, int] = {}
    for population in network.populations:
        begins = 0
        for link in network.into[population.index]:
            source = network.populations[link.source]
            # What the host injects is there in the first step, and a loop cannot wait for itself.
            if link.source == link.target or source.kind == "input":
                continue
            same = source.n_steps == population.n_steps
            # Equal numbers of steps are a pipeline; otherwise the reader needs all steps at once.
            begins = max(begins, start[link.source] + (1 if same else source.n_steps))
        start[population.index] = begins
    return start


def depth_of(network: Network) -> int:
    """Steps from the first message of the host until the last population has finished."""
    start = starts_of(network)
    return max((start[one.index] + one.n_steps for one in network.on_chip), default=0)


def _stretches(tiled: Tiled, cores: Cores) -> list[Stretch]:
    """The stretches of a lone frame, in order."""
    network, tilings = tiled.network, tiled.tilings
    start = starts_of(network)
    turns = sorted(
        {0, *(start[one.index] + end for one in network.on_chip for end in (0, one.n_steps))}
    )
    synops, updates = (np.zeros((len(turns) - 1, cores.count)) for _ in range(2))
    for population in network.on_chip:
        index, first = population.index, start[population.index]
        per_step = tile_synops(network, tiled.activity, index, tilings) / population.n_steps
        neurons = tile_cells(tilings[index]) * unrolling(population, "spikes", tiled.target)
        on_core = cores.cores_of(index, tilings[index])
        for place, turn in enumerate(turns[:-1]):
            # Between two turns the same populations work, so that one figure stands for the
            # stretch.
            if first <= turn < first + population.n_steps:
                np.add.at(synops[place], on_core, per_step)
                np.add.at(updates[place], on_core, neurons)
    lengths = np.diff(turns).tolist()
    return [Stretch(*parts) for parts in zip(lengths, synops, updates, strict=True)]
