"""A converted model: what the store keeps in one file and every engine starts from."""

from dataclasses import dataclass, field
from typing import Any

from spiketrack.graph.graph import Graph
from spiketrack.graph.spike_nodes import SpikeNode

Json = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Model:
    """A network as integer graphs, with what it is and where it came from.

    Attributes:
        graphs: by name: "template" ends in the memories, "search" reads them.
        variant: numbers about the network (name, crop_size, grid, n_templates, max_spike, ...).
        provenance: hashes and tool versions, from `spiketrack.provenance`.
        report: what calibration found, and its overflow certificate.
    """

    graphs: dict[str, Graph[SpikeNode]]
    variant: Json
    provenance: Json = field(default_factory=dict)
    report: Json = field(default_factory=dict)
