"""A `StockPlan` as JSON values beside its two graphs, and back."""

from typing import Any

from hardware.stock.eligible import SpikeGraph
from hardware.stock.plan import StockPlan, Wait
from spiketrack.graph import spike_nodes as s


def plan_to_record(plan: StockPlan) -> dict[str, Any]:
    """Everything but `given` and `graph`."""
    populations = {name: [lif.name for lif in lifs] for name, lifs in plan.populations.items()}
    return {
        "roles": dict(plan.roles),
        "why": dict(plan.why),
        "leaves": {name: list(leaves) for name, leaves in plan.leaves.items()},
        "latency": dict(plan.latency),
        "waits": [list(wait) for wait in plan.waits],
        "populations": populations,
        "streamed": plan.streamed,
        "unproved": list(plan.unproved),
    }


def plan_from_record(record: dict[str, Any], given: SpikeGraph, graph: SpikeGraph) -> StockPlan:
    """The plan that `plan_to_record` took apart."""
    populations = {
        layer: tuple(
            node for node in map(graph.__getitem__, names) if isinstance(node, s.SpikeCubaLIF)
        )
        for layer, names in record["populations"].items()
    }
    return StockPlan(
        given=given,
        graph=graph,
        roles=record["roles"],
        why=record["why"],
        leaves={name: tuple(leaves) for name, leaves in record["leaves"].items()},
        latency=record["latency"],
        waits=tuple(Wait(*wait) for wait in record["waits"]),
        populations=populations,
        streamed=record["streamed"],
        unproved=tuple(record["unproved"]),
    )
