"""Graphs of float nodes and of integer nodes: their law, their text form, their file.

    from spiketrack.graph import dump, load_model, neuron_layers

    graph = load_model("net.stk").graphs["search"]
    print(dump(graph))
    print([layer.name for layer in neuron_layers(graph)])

The nodes themselves stand in `spiketrack.graph.float_nodes`, `spiketrack.graph.spike_nodes` and
`spiketrack.graph.structural_nodes`; what kind of node each is, in `spiketrack.graph.kinds`.

Why late imports: whoever builds a graph must not wait for h5py, which only files need.
"""

from typing import TYPE_CHECKING

from spiketrack.late_names import late_names

if TYPE_CHECKING:
    from spiketrack.graph.graph import Graph
    from spiketrack.graph.kinds import kind_of
    from spiketrack.graph.model import Model
    from spiketrack.graph.signals import neuron_layers
    from spiketrack.graph.store import load_model, save_model
    from spiketrack.graph.text import dump
else:
    __getattr__ = late_names(
        __name__,
        {
            "Graph": "spiketrack.graph.graph",
            "Model": "spiketrack.graph.model",
            "dump": "spiketrack.graph.text",
            "kind_of": "spiketrack.graph.kinds",
            "load_model": "spiketrack.graph.store",
            "neuron_layers": "spiketrack.graph.signals",
            "save_model": "spiketrack.graph.store",
        },
    )

__all__ = [
    "Graph",
    "Model",
    "dump",
    "kind_of",
    "load_model",
    "neuron_layers",
    "save_model",
]
