"""Pictures of a mapping: the board as a grid of cores, and the load of its links.

A picture shows the smallest rectangle of chips that holds every used core; no message leaves it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from hardware.mapping import Layout, MappingRecord
from hardware.mapping.mesh import Mesh
from hardware.mapping.record import mesh_of_record
from spiketrack.plain_text import plural
from spiketrack.report.canvas import FAINT, INK, Chart, chart_label, draw
from spiketrack.report.units import count

_MAPS = {
    "neurons": ("Neurons of each core", "compartments"),
    "memory_bits": ("Memory of each core", "bit"),
    "synops": ("SynOps of each core", "SynOps per frame"),
}
_MAX_IN = 12.0
_COLOURS = "viridis"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Floor:
    """Used cores in their places."""

    mesh: Mesh
    places: NDArray[np.int64]
    used: Mapping[str, NDArray[np.int64]]
    chip: str


def mapping_charts(layout: Layout) -> tuple[Chart, ...]:
    """Draws heat maps of the cores, and of the traffic between them."""
    floor = _floor_of(layout)
    maps = [_core_map(floor, name) for name in _MAPS]
    return (*maps, _traffic_map(layout))


def core_map_of(record: MappingRecord) -> Chart:
    """Draws the SynOps of every core of a mapping that was read from its file.

    Args:
        record: a checked mapping.

    Raises:
        MappingError: the file's sizes do not make a board.
    """
    floor = _Floor(
        mesh=mesh_of_record(record),
        places=record.places,
        used=record.used,
        chip=record.fields("target").text("title"),
    )
    return _core_map(floor, "synops")


def _floor_of(layout: Layout) -> _Floor:
    return _Floor(
        mesh=layout.mesh,
        places=layout.placement.places,
        used=layout.cores.used,
        chip=layout.target.title,
    )


def core_grid(mesh: Mesh, places: NDArray[np.int64], values: ArrayLike) -> NDArray[np.float64]:
    """Lays values of cores out as the board does: each router is a small square of its cores.

    Args:
        mesh: the board.
        places: (cores,) place of each core.
        values: (cores,).

    Returns:
        (rows * side, columns * side), NaN where no core is used.
    """
    of_place = np.full(mesh.places + 1, np.nan)
    of_place[places] = values
    per_router = mesh.at.shape[2]
    side = int(np.ceil(np.sqrt(per_router)))
    grid = np.full((mesh.rows, mesh.columns, side * side), np.nan)
    grid[:, :, :per_router] = of_place[np.where(mesh.at < 0, mesh.places, mesh.at)]
    square = grid.reshape(mesh.rows, mesh.columns, side, side).transpose(0, 2, 1, 3)
    return square.reshape(mesh.rows * side, mesh.columns * side)


def _core_map(floor: _Floor, name: str) -> Chart:
    title, unit = _MAPS[name]
    values, board = floor.used[name], floor.mesh.board
    grid = core_grid(floor.mesh, floor.places, values)
    view = _view(floor)
    side = grid.shape[0] // floor.mesh.rows
    peak, mean = float(values.max(initial=0)), float(values.mean())

    def paint(figure: Figure, axes: Axes) -> None:
        image = axes.imshow(view.of(grid, side), cmap=_COLOURS, vmin=0, interpolation="nearest")
        figure.colorbar(image, ax=axes, label=unit, shrink=0.8, format=lambda v, _: count(v))
        axes.set_title(_title(floor, title))
        _chip_borders(axes, view, side, "; grey: unused cores")

    return Chart(
        name=f"cores_{name}",
        title=title,
        caption=(
            f"Every core of {board.name} in its place. Lines are borders of chips; "
            "grey cores are not used."
        ),
        alt=f"{title} on {board.name}: peak {count(peak)}, mean {count(mean)} {unit}",
        png=draw(*view.size, paint),
        data={"unit": unit, "peak": peak, "mean": mean,
              "places": floor.places.tolist(), "values": values.tolist()},
        keeps_colours=True,
    )  # fmt: skip


def _traffic_map(layout: Layout) -> Chart:
    routes = layout.routes
    load = np.zeros((layout.mesh.rows, layout.mesh.columns))
    load[:, :-1] += routes.east_west
    load[:, 1:] += routes.east_west
    load[:-1] += routes.north_south
    load[1:] += routes.north_south
    floor = _floor_of(layout)
    view = _view(floor)

    def paint(figure: Figure, axes: Axes) -> None:
        image = axes.imshow(view.of(load, 1), cmap="magma", vmin=0, interpolation="nearest")
        figure.colorbar(image, ax=axes, label="messages per frame", shrink=0.8,
                        format=lambda v, _: count(v))  # fmt: skip
        axes.set_title(_title(floor, "Messages over the links of each router"))
        _chip_borders(axes, view, 1, "")

    return Chart(
        name="traffic",
        title="Messages over the links of each router",
        caption=(
            "XY routing: a message goes along its row, then along its column. "
            f"{count(layout.traffic.total)} messages a frame, {routes.mean_hops:.2f} hops each on "
            "average."
        ),
        alt=f"Busiest link {count(routes.peak_link)} messages a frame",
        png=draw(*view.size, paint),
        data={
            "unit": "messages per frame",
            "east_west": np.round(routes.east_west, 3).tolist(),
            "north_south": np.round(routes.north_south, 3).tolist(),
        },
        keeps_colours=True,
    )


def _title(floor: _Floor, what: str) -> str:
    """Says what is shown and on which board in two lines, since a picture of one chip is narrow."""
    return f"{what}\n{chart_label(f'{floor.mesh.board.name}, {floor.chip}')}"


@dataclass(frozen=True)
class _View:
    """The chips that a picture shows: first row and column, and those after the last."""

    mesh: Mesh
    rows: tuple[int, int]
    columns: tuple[int, int]

    def of(self, grid: NDArray[np.float64], side: int) -> NDArray[np.float64]:
        """Cuts these chips out of a picture of the whole board.

        Args:
            grid: the whole board, `side` x `side` squares per router.
            side: squares per router along each axis.
        """
        high, wide = side * self.mesh.chip_rows, side * self.mesh.chip_columns
        rows, columns = (slice(*(edge * size for edge in edges))
                         for edges, size in ((self.rows, high), (self.columns, wide)))  # fmt: skip
        return grid[rows, columns]

    @property
    def chips(self) -> tuple[int, int]:
        """Rows and columns of chips."""
        return self.rows[1] - self.rows[0], self.columns[1] - self.columns[0]

    @property
    def size(self) -> tuple[float, float]:
        """Width and height of the picture in inches."""
        rows, columns = self.chips[0] * self.mesh.chip_rows, self.chips[1] * self.mesh.chip_columns
        scale = min(_MAX_IN / max(columns * 1.25, rows), 0.6)
        return max(4.0, columns * scale * 1.25), max(2.2, rows * scale + 0.6)


def _view(floor: _Floor) -> _View:
    mesh, places = floor.mesh, floor.places
    rows = mesh.row[places] // mesh.chip_rows
    columns = mesh.column[places] // mesh.chip_columns
    return _View(
        mesh, (int(rows.min()), int(rows.max()) + 1), (int(columns.min()), int(columns.max()) + 1)
    )


def _chip_borders(axes: Axes, view: _View, side: int, note: str) -> None:
    mesh, (rows, columns) = view.mesh, view.chips
    width = 0.8 if rows * columns <= 64 else 0.3
    for row in range(1, rows):
        axes.axhline(row * mesh.chip_rows * side - 0.5, color="white", lw=width)
    for column in range(1, columns):
        axes.axvline(column * mesh.chip_columns * side - 0.5, color="white", lw=width)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_facecolor(FAINT)
    board = mesh.board
    across, down = columns * mesh.chip_columns, rows * mesh.chip_rows
    axes.set_xlabel(
        f"{plural(across, 'router')}, {columns} of {plural(board.columns, 'chip')}{note}", color=INK
    )
    axes.set_ylabel(f"{plural(down, 'router')}, {rows} of {plural(board.rows, 'chip')}", color=INK)
