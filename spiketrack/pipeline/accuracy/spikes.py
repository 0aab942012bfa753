"""Spikes of every form on the same crops: how many equal the float network's, how many there are.

Nothing is forced: each form reads the memories that it wrote itself, and an early spike that
differs makes later ones differ. A share of equal spikes counts every neuron of a layer at every
step of every crop once; two zeros are equal. The share among active ones counts only those where
at least one of both forms fires.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hardware.energy import apply, energy_models
from simulation.counting.counter import EventCounter
from simulation.fast.engine import FastEngine
from simulation.floats.engine import run_float
from simulation.reference.engine import run_reference
from simulation.run import Run
from spiketrack.graph.graph import Graph
from spiketrack.graph.kinds import Firing
from spiketrack.graph.model import Model
from spiketrack.pipeline.accuracy.crops import Crops
from spiketrack.pipeline.accuracy.forms import Form
from spiketrack.tracking import normalise

Array = NDArray[Any]
Values = Mapping[str, Array]


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerTally:
    """Spikes of one neuron layer beside those of the float network, as sums.

    Attributes:
        values: neurons x steps x crops.
        equal: values that are the same in both.
        active: values that are above zero in at least one of both.
        active_equal: those of them that are the same.
        spikes: sum of the integers of this form.
        float_spikes: sum of the integers of the float network.
    """

    values: int
    equal: int
    active: int
    active_equal: int
    spikes: int
    float_spikes: int


def tally(spikes: Array, float_spikes: Array) -> LayerTally:
    """Compares two arrays of integer spikes of the same shape."""
    ours, theirs = spikes.astype(np.int64), float_spikes.astype(np.int64)
    same, active = ours == theirs, (ours > 0) | (theirs > 0)
    return LayerTally(
        values=same.size,
        equal=int(same.sum()),
        active=int(active.sum()),
        active_equal=int((same & active).sum()),
        spikes=int(ours.sum()),
        float_spikes=int(theirs.sum()),
    )


class SpikeProbe:
    """Runs both graphs of a form on crops and keeps what is compared or counted.

    Args:
        form: the network in one form.
        max_spike: D, which some price lists need.
    """

    def __init__(self, form: Form, max_spike: int) -> None:
        self.form = form
        self._counter = EventCounter(form.graphs["search"])
        self._models = energy_models(max_spike, as_if_int8=form.model is None)
        self._kept = {
            name: EventCounter(graph).watched | set(fired_in(graph))
            for name, graph in form.graphs.items()
        }
        self._fast = {} if form.model is None else _fast_engines(form.model)

    def runs(self, crops: Crops) -> dict[str, Run]:
        """Runs of "template" and "search"."""
        if self.form.model is None:
            images = _normalised(crops.templates), _normalised(crops.searches)
            return on_crops(self._run_floats, *images)
        return on_crops(self._run_integers, crops.templates, crops.searches)

    def reference_runs(self, crops: Crops) -> dict[str, Run]:
        """The same by the definition; for integers."""
        return on_crops(self._run_reference, crops.templates, crops.searches)

    def layers(self, runs: Mapping[str, Run], truth: Mapping[str, Run]) -> dict[str, Any]:
        """Tallies of every neuron layer, by graph and name."""
        return {
            f"{name}/{layer}": asdict(tally(run.values[layer], truth[name].values[layer]))
            for name, run in runs.items()
            for layer in fired_in(self.form.graphs[name])
        }

    def cost(self, run: Run) -> dict[str, Any]:
        """SynOps and energies of the search graph over the crops of a run, summed."""
        self._counter.reset()
        self._counter.add_run(run)
        counts = self._counter.counts("track")
        return {
            "crops": counts.frames,
            "synops": counts.counters.graded,
            "energy_pj": {
                model.name: apply(model, counts.counters).total_pj for model in self._models
            },
        }

    def _run_floats(self, name: str, inputs: Values) -> Run:
        return run_float(self.form.graphs[name], inputs)

    def _run_integers(self, name: str, inputs: Values) -> Run:
        return self._fast[name].run(inputs, keep=self._kept[name])

    def _run_reference(self, name: str, inputs: Values) -> Run:
        run = run_reference(self.form.graphs[name], inputs)
        return Run(run.backend, run.outputs, {key: run.values[key] for key in self._kept[name]})


def fired_in(graph: Graph[Any]) -> list[str]:
    """Names of the layers of a graph whose values are spikes, in its order."""
    return [node.name for node in graph if isinstance(node, Firing)]


def count_differing(first: Mapping[str, Run], second: Mapping[str, Run]) -> dict[str, int]:
    """On how many values two engines were compared, all that `second` kept, and how many differ."""
    values = differing = 0
    for name, run in second.items():
        for node, value in run.values.items():
            values += value.size
            differing += int((value != first[name].values[node]).sum())
    return {"values": values, "differing": differing}


def _fast_engines(model: Model) -> dict[str, FastEngine]:
    return {name: FastEngine(graph) for name, graph in model.graphs.items()}


def on_crops(
    run: Callable[[str, Values], Run], templates: Array, searches: Array
) -> dict[str, Run]:
    """The template graph on (T, S, S, 3), then the search graph on every one of (K, S, S, 3)."""
    template = run("template", {"image": templates.transpose(0, 3, 1, 2)[:, None]})
    memories = {
        name: np.repeat(value, len(searches), axis=1) for name, value in template.outputs.items()
    }
    images = searches.transpose(0, 3, 1, 2)[None]
    return {"template": template, "search": run("search", {"image": images, **memories})}


def _normalised(patches: Array) -> Array:
    """(N, S, S, 3) as the float network takes it, still channels last."""
    return np.stack([normalise(patch) for patch in patches]).transpose(0, 2, 3, 1)
