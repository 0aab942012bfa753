"""A finished mapping as plain data: what the file holds and what reports show."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, NamedTuple

import numpy as np

from hardware.energy.records import step_scores
from hardware.mapping.connections import MEMORY_BITS
from hardware.mapping.demand import LIMIT_OF, RESOURCES, can_share, unrolling
from hardware.mapping.layer_runs_on import runs_on
from hardware.mapping.mapper import Layout
from hardware.mapping.mesh import Mesh, mesh_from
from hardware.mapping.packing import USED, tile_synops
from hardware.mapping.partition import tile_demands
from hardware.mapping.populations import Network, Population
from hardware.mapping.reach import Int64
from hardware.stock.not_stock import NotStock
from hardware.target import KEYS, MAX_PLACES, Board
from hardware.time_table import TimeTable
from spiketrack.errors import MappingError
from spiketrack.json_fields import Fields

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerRecord:
    """One population on the board.

    Attributes:
        name: of the value it holds.
        kind: of neuron or stream.
        runs_on: "host", "stock", "microcode" or "not on this chip".
        why: why not stock.
        shape: (C, H, W); of a memory (heads * d_v, d_k, 1).
        n_steps: T.
        compartments: per neuron.
        parts: tiles along channels, rows, columns.
        cores: core of every tile, in the order row, column, channel.
        utilisation: per resource, mean share of a core's limit that a tile fills.
        weights: stored weights, once per core that needs them.
        duplicated_weights: of these, copies.
        contents: stored entries of memories (q M), once per core and channel that reads them.
        duplicated_contents: of these, copies.
        synops: per frame.
        messages: per frame to other cores.
        nodes: names of the graph's nodes that live in it.
        register_bits: widest register that the model declares in it, which takes a whole word of
            the chip; 0 of floats, or in a file of before this was kept.
    """

    name: str
    kind: str
    runs_on: str
    why: str
    shape: tuple[int, int, int]
    n_steps: int
    compartments: int
    parts: tuple[int, int, int]
    cores: tuple[int, ...]
    utilisation: dict[str, float]
    weights: int
    duplicated_weights: int
    contents: int
    duplicated_contents: int
    synops: int
    messages: float
    nodes: tuple[str, ...]
    register_bits: int = 0

    @property
    def neurons(self) -> int:
        """Compartments of the whole layer."""
        return self.shape[0] * self.shape[1] * self.shape[2] * self.compartments


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MappingRecord:
    """A mapping.

    Attributes:
        graph: name of the graph.
        target: name, limits, boards and sources, as in its file.
        board: name, chips, rows, columns, cores, cores_used, chips_filled
            (if they were filled one by one), chips_touched.
        layers: in network order, those of the host without cores.
        places: (cores,) place of each core on the board.
        used: per resource, "synops" and "updates" of a frame, (cores,).
        summary: totals, ratios, times, assumptions.
        provenance: hashes, seed, versions.
    """

    graph: str
    target: Json
    board: Json
    layers: tuple[LayerRecord, ...]
    places: Int64
    used: dict[str, Int64]
    summary: Json
    provenance: Json

    def fields(self, part: Literal["target", "board", "summary"]) -> Fields:
        """A part whose figures are read by name; a missing one is a MappingError that names it.

        Args:
            part: "target", "board" or "summary".
        """
        parts = {"target": self.target, "board": self.board, "summary": self.summary}
        advice = "Map again with this version: spiketrack map"
        return Fields(f"mapping '{part}'", parts[part], MappingError, advice)


def mesh_of_record(record: MappingRecord) -> Mesh:
    """The mesh that a mapping was placed on, from what its file says of chip and board.

    Args:
        record: a checked mapping.

    Raises:
        MappingError: a size is missing, or the sizes do not make a board.
    """
    quantities = record.fields("target").inner("quantities")
    sizes = {key: int(quantities.inner(key).number("value")) for key in KEYS["mesh"]}
    facts = record.fields("board")
    rows, columns, cores = (facts.whole(key) for key in ("rows", "columns", "cores"))
    chips = rows * columns
    routers = sizes["router_rows"] * sizes["router_columns"] * sizes["cores_per_router"]
    # Why bounds here: the file is untrusted, and the mesh allocates a cell for every place.
    if not (0 < chips <= cores <= chips * routers <= MAX_PLACES and cores % chips == 0):
        raise MappingError(
            "mapping 'board'",
            f"chips of equally many cores, at most {routers} each, at most {MAX_PLACES:,} in all",
            f"{rows} x {columns} chips with {cores} cores",
        )
    board = Board(facts.text("name"), chips, rows, columns, "the mapping's file")
    return mesh_from(sizes, board, cores // chips)


def record_of(
    layout: Layout, provenance: Json, reasons: Mapping[str, NotStock] | None = None
) -> MappingRecord:
    """The plain data of a layout, which mapping.json holds.

    Args:
        layout: what `map_graph` returned.
        provenance: hashes, seed and versions, as JSON values.
        reasons: what keeps each node of an integer graph from stock processes; None of floats.
    """
    target = layout.target
    limits = {key: asdict(one) for key, one in target.quantities.items()}
    per_chip = target.per_chip(layout.board)
    chips_used = len(np.unique(layout.placement.places // per_chip))
    board = {
        "name": layout.board.name,
        "chips": layout.board.chips,
        "rows": layout.board.rows,
        "columns": layout.board.columns,
        "cores": layout.board.chips * per_chip,
        "cores_used": layout.cores.count,
        "chips_filled": -(-layout.cores.count // per_chip),
        "chips_touched": chips_used,
    }
    return MappingRecord(
        graph=layout.network.name,
        target={"name": target.name, "title": target.title, "quantities": limits},
        board=board,
        layers=_layers(layout, reasons),
        places=layout.placement.places,
        used={name: layout.cores.used[name] for name in USED},
        summary=_summary(layout),
        provenance=provenance,
    )


def _layers(layout: Layout, reasons: Mapping[str, NotStock] | None) -> tuple[LayerRecord, ...]:
    demands = tile_demands(layout.network, layout.target, layout.tilings)
    return tuple(
        _layer(
            layout, population, demands.get(population.index, {}),
            runs_on(layout.network, population, layout.target, reasons),
        )
        for population in layout.network.populations
    )  # fmt: skip


def _layer(
    layout: Layout, population: Population, demand: dict[str, Any], place: tuple[str, str]
) -> LayerRecord:
    network, target, index = layout.network, layout.target, population.index
    tiling = layout.tilings.get(index)
    stored = stored_of(network, population, layout) if tiling else Stored(0, 0, 0, 0)
    synops = tile_synops(network, layout.activity, index, layout.tilings) if tiling else [0]
    return LayerRecord(
        name=population.name,
        kind=population.kind,
        runs_on=place[0],
        why=place[1],
        shape=population.shape,
        n_steps=population.n_steps,
        compartments=unrolling(population, "spikes", target),
        parts=tiling.parts if tiling else (0, 0, 0),
        cores=tuple(layout.cores.cores_of(index, tiling).tolist()) if tiling else (),
        utilisation={
            name: round(float(demand[name].mean()) / target[LIMIT_OF[name]], 6)
            for name in (RESOURCES if demand else ())
        },
        weights=stored.weights,
        duplicated_weights=stored.weights - stored.distinct_weights,
        contents=stored.contents,
        duplicated_contents=stored.contents - stored.distinct_contents,
        synops=int(np.sum(synops)),
        messages=round(layout.traffic.per_population.get(index, 0.0), 3),
        nodes=population.nodes,
        register_bits=population.register_bits,
    )


class Stored(NamedTuple):
    """Weights and memory entries of a layer, with and without copies."""

    weights: int
    distinct_weights: int
    contents: int
    distinct_contents: int


def stored_of(network: Network, population: Population, layout: Layout) -> Stored:
    """What the cores of a layer store: each core the channels of which it has a tile, once."""
    tiling = layout.tilings[population.index]
    channels, rows, columns = population.shape
    cores = layout.cores.cores_of(population.index, tiling)
    part = np.arange(tiling.tiles) % tiling.parts[0]
    held = np.unique(cores * tiling.parts[0] + part) % tiling.parts[0]
    copies = int(np.diff(tiling.borders[0])[held].sum())
    stored = Stored(0, 0, 0, 0)
    for link in network.into[population.index]:
        entries = link.state_per_channel // MEMORY_BITS
        per_channel, whole = link.weights_per_channel, link.whole_weights
        shares = can_share(link, layout.target)
        stored = Stored(
            stored.weights
            + per_channel * (copies if shares else channels * rows * columns)
            + whole * (len(np.unique(cores)) if shares else rows * columns * tiling.parts[0]),
            stored.distinct_weights + per_channel * channels + whole,
            stored.contents + entries * copies,
            stored.distinct_contents + entries * channels,
        )
    return stored


def _summary(layout: Layout) -> Json:
    target = layout.target
    return {
        "activity": layout.activity.source,
        "is_measured": layout.activity.is_measured,
        "tiles": sum(tiling.tiles for tiling in layout.tilings.values()),
        "fewest_cores": layout.fewest_cores,
        "per_core": _per_core(layout),
        "chips_per_board": [
            {"board": one.name, "chips": one.chips,
             "holds_it": target.cores_on(one) >= layout.fewest_cores}
            for one in target.boards
        ],
        "traffic": _traffic(layout),
        "timing": _timing(layout),
        "assumed": target.assumed(),
        "not_in_it": list(NOT_IN_IT),
    }  # fmt: skip


def _per_core(layout: Layout) -> Json:
    by_quantity: Json = {}
    for name, values in layout.cores.used.items():
        mean = round(float(values.mean()), 3) if len(values) else 0.0
        by_quantity[name] = {
            "total": int(values.sum()), "peak": int(values.max(initial=0)), "mean": mean,
        }  # fmt: skip
    for name, limit in LIMIT_OF.items():
        by_quantity[name]["limit"] = layout.target[limit]
        by_quantity[name]["mean_share"] = round(by_quantity[name]["mean"] / layout.target[limit], 6)
    return by_quantity


def _traffic(layout: Layout) -> Json:
    placement, routes = layout.placement, layout.routes
    return {
        "messages": layout.traffic.total,
        "local_messages": layout.traffic.local,
        "messages_from_host": layout.traffic.from_host,
        "messages_to_host": layout.traffic.to_host,
        "traffic_hops": placement.traffic_hops,
        "baseline_traffic_hops": placement.baseline,
        "random_traffic_hops": placement.random,
        "mean_hops": routes.mean_hops,
        "east_west_hops": routes.east_west_hops,
        "north_south_hops": routes.north_south_hops,
        "chip_crossings": routes.crossings,
        "peak_link": routes.peak_link,
        "method": placement.method,
    }


def _timing(layout: Layout) -> Json:
    """Counted steps and loads; the estimates of the target's own table; those of every table."""
    timing, target = layout.timing, layout.target
    own = asdict(timing.own)
    estimates = [
        {
            **asdict(times),
            "constants": _constants(table),
            "scores": [{**asdict(one), "ratio": round(one.ratio, 4)} for one in step_scores(table)],
        }
        for times, table in zip(timing.times, target.times, strict=True)
    ]
    return {
        "peak_synops": timing.peak_synops,
        "mean_synops": timing.mean_synops,
        "depth": timing.depth,
        "interval_steps": timing.interval_steps,
        **{key: value for key, value in own.items() if key.endswith("_us")},
        "constants": _constants(target.times[0]),
        "estimates": estimates,
    }


def _constants(table: TimeTable) -> list[str]:
    return [
        f"{key} = {one.value:g} {one.unit} ({one.source}; mark {one.mark})"
        for key, one in table.times.items()
    ]


NOT_IN_IT = (
    "messages on their way take no time: congestion comes on top of the step time",
    "SynOps are the mean of a frame: a step waits for the busiest core of its busiest moment",
    "within a layer messages are spread evenly: a profile has one number per layer",
    "the ways of messages between host and chip, the time the host takes, and the barrier tree",
    "writing the template memories into the cores (once per template)",
    "registers that hold a residual stream back while its branch computes: frames that follow each "
    "other need them",
    "tiles of one layer on one core are sent to apart, as if they could not share axons",
)
"""What the figures leave out."""
