"""What a node means: the reference engine, the fast one that must equal it, and counting.

    from simulation import EventCounter, FastEngine, first_divergence, run_reference

    counter = EventCounter(graph)
    run = FastEngine(graph).run({"in": spikes}, keep_all=True, observer=counter)
    print(first_divergence(run, run_reference(graph, {"in": spikes}), graph))  # None: all equal
    print(counter.counts("track"))

Why late imports: the fast engine loads torch and numba, the witness Brian2.
"""

from typing import TYPE_CHECKING

from spiketrack.late_names import late_names

if TYPE_CHECKING:
    from simulation.bounds.ranges import Ranges, value_ranges
    from simulation.counting.counter import EventCounter
    from simulation.divergence import Divergence, first_divergence
    from simulation.fast.engine import FastEngine
    from simulation.floats.engine import run_float
    from simulation.reference.engine import run_reference
    from simulation.run import Observer, Run, real_outputs
    from simulation.witness.brian2_engine import run_brian2
else:
    __getattr__ = late_names(
        __name__,
        {
            "Divergence": "simulation.divergence",
            "EventCounter": "simulation.counting.counter",
            "FastEngine": "simulation.fast.engine",
            "Observer": "simulation.run",
            "Ranges": "simulation.bounds.ranges",
            "Run": "simulation.run",
            "first_divergence": "simulation.divergence",
            "real_outputs": "simulation.run",
            "run_brian2": "simulation.witness.brian2_engine",
            "run_float": "simulation.floats.engine",
            "run_reference": "simulation.reference.engine",
            "value_ranges": "simulation.bounds.ranges",
        },
    )

__all__ = [
    "Divergence",
    "EventCounter",
    "FastEngine",
    "Observer",
    "Ranges",
    "Run",
    "first_divergence",
    "real_outputs",
    "run_brian2",
    "run_float",
    "run_reference",
    "value_ranges",
]
