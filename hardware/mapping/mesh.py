"""Where cores lie: routers in rows and columns on a chip, chips in rows and columns on a board.

A message goes along its row to the right column, then along the column (XY routing). Its distance
is the number of routers it passes on to, and `chip_crossing_hops` more for every border between
chips. Cores of one router are at distance 0.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from hardware.mapping.reach import Float64, Int64
from hardware.mapping.traffic import Traffic
from hardware.target import KEYS, MAX_PLACES, Board, Target
from spiketrack.errors import TargetError


@dataclass(frozen=True, slots=True, eq=False)
class Mesh:
    """All places for cores on a board.

    Attributes:
        board: chips.
        rows: routers of the board from north to south.
        columns: routers of the board from west to east.
        chip_rows: routers of one chip.
        chip_columns: routers of one chip.
        crossing: further hops per border between chips.
        row: (places,) router row of each place; places are numbered chip by chip, router by router.
        column: (places,) router column.
        at: (rows, columns, cores per router) place, -1 where a router has fewer cores.
    """

    board: Board
    rows: int
    columns: int
    chip_rows: int
    chip_columns: int
    crossing: int
    row: Int64
    column: Int64
    at: Int64

    @property
    def places(self) -> int:
        """Number of cores."""
        return len(self.row)

    def distance(self, one: Int64, other: Int64) -> Int64:
        """Hops between places, element by element."""
        rows = np.abs(self.row[one] - self.row[other])
        columns = np.abs(self.column[one] - self.column[other])
        hops: Int64 = rows + columns + self.crossing * self.borders(one, other)
        return hops

    def borders(self, one: Int64, other: Int64) -> Int64:
        """Borders between chips on the way, element by element."""
        rows = self.row[one] // self.chip_rows - self.row[other] // self.chip_rows
        columns = self.column[one] // self.chip_columns - self.column[other] // self.chip_columns
        borders: Int64 = np.abs(rows) + np.abs(columns)
        return borders


def mesh_of(target: Target, board: Board) -> Mesh:
    """The mesh of a board.

    Raises:
        TargetError: it has more places than a mapper can hold.
    """
    # The check comes before the arrays, which hold every place several times.
    if target.cores_on(board) > MAX_PLACES:
        needed, found = f"at most {MAX_PLACES:,} cores", f"{target.cores_on(board):,}"
        raise TargetError(f"{board.name} of {target.name}", needed, found)
    return mesh_from({key: target[key] for key in KEYS["mesh"]}, board, target.per_chip(board))


def mesh_from(sizes: Mapping[str, int], board: Board, per_chip: int) -> Mesh:
    """The mesh of a board from plain numbers.

    Args:
        sizes: the quantities of a target's [mesh].
        board: chips.
        per_chip: cores of each chip, no more than its routers have.
    """
    chip_rows, chip_columns = sizes["router_rows"], sizes["router_columns"]
    per_router = sizes["cores_per_router"]
    core = np.arange(per_chip)
    router = core // per_router
    chip = np.arange(board.chips)
    row = (chip // board.columns * chip_rows)[:, None] + router // chip_columns
    column = (chip % board.columns * chip_columns)[:, None] + router % chip_columns
    rows, columns = board.rows * chip_rows, board.columns * chip_columns
    # A chip may use fewer cores than its routers have: those places stay at -1.
    at = np.full((rows, columns, per_router), -1, np.int64)
    places = np.arange(board.chips * per_chip).reshape(board.chips, per_chip)
    at[row, column, np.broadcast_to(core % per_router, row.shape)] = places
    return Mesh(board, rows, columns, chip_rows, chip_columns, sizes["chip_crossing_hops"],
                row.reshape(-1), column.reshape(-1), at)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Routes:
    """What a placement costs.

    Attributes:
        traffic_hops: messages x hops per frame, borders counted with their weight.
        mean_hops: the same per message.
        crossings: messages x borders between chips per frame.
        peak_link: messages per frame over the busiest link between neighbouring routers.
        east_west: (rows, columns - 1) messages per frame over each horizontal link.
        north_south: (rows - 1, columns) over each vertical link.
    """

    traffic_hops: float
    mean_hops: float
    crossings: float
    peak_link: float
    east_west: Float64
    north_south: Float64

    @property
    def east_west_hops(self) -> float:
        """Messages x hops along rows, per frame; borders between chips add nothing."""
        return float(self.east_west.sum())

    @property
    def north_south_hops(self) -> float:
        """The same along columns."""
        return float(self.north_south.sum())


def hop_sum(mesh: Mesh, traffic: Traffic, places: Int64) -> float:
    """Messages x hops of a placement."""
    one, other = places[traffic.senders], places[traffic.receivers]
    return float((mesh.distance(one, other) * traffic.messages).sum())


def route(mesh: Mesh, traffic: Traffic, places: Int64) -> Routes:
    """XY routing of all messages.

    Args:
        mesh: the board.
        traffic: between cores.
        places: (cores,) place of each core.
    """
    one, other = places[traffic.senders], places[traffic.receivers]
    row, column = mesh.row[one], mesh.column[one]
    to_row, to_column = mesh.row[other], mesh.column[other]
    horizontal = np.zeros((mesh.rows, mesh.columns))
    vertical = np.zeros((mesh.rows, mesh.columns))
    # A way along a row adds at its start and takes off at its end; the running sum is the load of
    # every link.
    np.add.at(horizontal, (row, np.minimum(column, to_column)), traffic.messages)
    np.add.at(horizontal, (row, np.maximum(column, to_column)), -traffic.messages)
    np.add.at(vertical, (np.minimum(row, to_row), to_column), traffic.messages)
    np.add.at(vertical, (np.maximum(row, to_row), to_column), -traffic.messages)
    # Rounding can leave a sum a little below 0, which a load cannot be.
    east_west = np.maximum(np.cumsum(horizontal, 1)[:, :-1], 0.0)
    north_south = np.maximum(np.cumsum(vertical, 0)[:-1], 0.0)
    hops = hop_sum(mesh, traffic, places)
    peak = max(east_west.max(initial=0.0), north_south.max(initial=0.0))
    return Routes(
        traffic_hops=hops,
        mean_hops=hops / traffic.total if traffic.total else 0.0,
        crossings=float((mesh.borders(one, other) * traffic.messages).sum()),
        peak_link=float(peak),
        east_west=east_west,
        north_south=north_south,
    )
