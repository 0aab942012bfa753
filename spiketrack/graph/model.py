"""A converted model is what the store keeps in one file and every engine starts from."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from spiketrack.errors import StoreError, reason_of
from spiketrack.graph.graph import Graph
from spiketrack.graph.spike_nodes import SpikeNode
from spiketrack.json_fields import texts_in

Json = dict[str, Any]
_STUMBLES = (KeyError, TypeError, AttributeError, ValueError, IndexError, OverflowError)


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

    @property
    def alarms(self) -> tuple[str, ...]:
        """What its conversion warned of; empty where nothing was measured.

        Raises:
            StoreError: the report holds something else in their place.
        """
        what = f"alarms in the report of model '{self.variant.get('name')}'"
        return texts_in(what, self.report.get("alarms", []), StoreError)


@contextmanager
def reading_facts(what: str) -> Iterator[None]:
    """Guards code that reads variant, provenance or report, where a file may hold any JSON value.

    Raises:
        StoreError: a fact is missing or of another type.
    """
    try:
        yield
    except _STUMBLES as error:
        found = reason_of(error)[:160]
        needed = "the facts that spiketrack writes into a model"
        raise StoreError(what, needed, found, "Convert the network again") from error
