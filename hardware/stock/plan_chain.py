"""The plan of a chain that runs on stock processes only, one step of a frame after another."""

from collections.abc import Collection, Mapping

from hardware.stock.eligible import SpikeGraph
from hardware.stock.limits import stock_obstacles
from hardware.stock.plan import StockPlan
from hardware.stock.plan_stock import plan_stock
from hardware.stock.thresholds import Bounds
from spiketrack.errors import Obstacle, ObstacleError
from spiketrack.graph.retime import retime


def plan_chain(
    graph: SpikeGraph, ranges: Mapping[str, Bounds], proved: Collection[str] = ()
) -> StockPlan:
    """Plans a chain of synapses and LIFs, which may have memory if the graph states delays.

    Args:
        graph: a chain, for as many steps as a frame has.
        ranges: bounds of all values, from `simulation.bounds.ranges.value_ranges`.
        proved: neurons with memory whose registers fit, as `plan_stock` takes them.

    Raises:
        ObstacleError: nodes that no stock process computes.
    """
    obstacles = stock_obstacles(graph)
    if not obstacles:
        # A stock neuron keeps its state between Lava's steps, so that each brings one step of the
        # frame.
        plan = plan_stock(retime(graph, 1), ranges, streamed=True, proved=proved)
        ours = [row for row in plan.rows() if row.role == "own"]
        obstacles = [Obstacle(row.node, row.why, "see `plan_stock`") for row in ours]
    if obstacles:
        raise ObstacleError(f"graph '{graph.name}' on stock processes", tuple(obstacles))
    return plan
