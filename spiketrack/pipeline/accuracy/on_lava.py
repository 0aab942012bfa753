"""The same crops on Lava: a check of a few, since a run of processes takes long."""

from contextlib import ExitStack

from simulation.run import Run
from spiketrack.graph.model import Model
from spiketrack.pipeline.accuracy.crops import Crops
from spiketrack.pipeline.accuracy.spikes import Values, fired_in, on_crops
from spiketrack.pipeline.lava.run import lava_runner


def lava_runs(model: Model, crops: Crops) -> dict[str, Run]:
    """Runs of "template" and "search" on Lava's processes, with the spikes of every layer.

    Raises:
        BackendUnavailable: Lava is not installed, or cannot run here.
        LavaError: a process failed or died.
    """
    with ExitStack() as opened:
        runners = {
            name: opened.enter_context(lava_runner(graph, fired_in(graph)))
            for name, graph in model.graphs.items()
        }

        def run(name: str, inputs: Values) -> Run:
            return runners[name](inputs)

        return on_crops(run, crops.templates, crops.searches)
