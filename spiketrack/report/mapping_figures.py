"""Pictures of a mapping: the board as a grid of cores, and the load of its links.

A picture shows the smallest rectangle of chips that holds every used core; no message leaves it.
"""

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from hardware.mapping import Layout
from hardware.mapping.mesh import Mesh
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


def mapping_charts(layout: Layout) -> tuple[Chart, ...]:
    """Draws heat maps of the cores, and of the traffic between them."""
    maps = [_core_map(layout, name, *words) for name, words in _MAPS.items()]
    return (*maps, _traffic_map(layout))


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


def _core_map(layout: Layout, name: str, title: str, unit: str) -> Chart:
    values = layout.cores.used[name]
    grid = core_grid(layout.mesh, layout.placement.places, values)
    view = _view(layout)
    side = grid.shape[0] // layout.mesh.rows
    peak, mean = float(values.max(initial=0)), float(values.mean())

    def paint(figure: Figure, axes: Axes) -> None:
        image = axes.imshow(view.of(grid, side), cmap=_COLOURS, vmin=0, interpolation="nearest")
        figure.colorbar(image, ax=axes, label=unit, shrink=0.8, format=lambda v, _: count(v))
        axes.set_title(_title(layout, title))
        _chip_borders(axes, view, side, "; grey: unused cores")

    return Chart(
        name=f"cores_{name}",
        title=title,
        caption=(
            f"Every core of {layout.board.name} in its place. Lines are borders of chips; "
            "grey cores are not used."
        ),
        alt=f"{title} on {layout.board.name}: peak {count(peak)}, mean {count(mean)} {unit}",
        png=draw(*view.size, paint),
        data={"unit": unit, "peak": peak, "mean": mean,
              "places": layout.placement.places.tolist(), "values": values.tolist()},
        keeps_colours=True,
    )  # fmt: skip


def _traffic_map(layout: Layout) -> Chart:
    routes = layout.routes
    load = np.zeros((layout.mesh.rows, layout.mesh.columns))
    load[:, :-1] += routes.east_west
    load[:, 1:] += routes.east_west
    load[:-1] += routes.north_south
    load[1:] += routes.north_south
    view = _view(layout)

    def paint(figure: Figure, axes: Axes) -> None:
        image = axes.imshow(view.of(load, 1), cmap="magma", vmin=0, interpolation="nearest")
        figure.colorbar(image, ax=axes, label="messages per frame", shrink=0.8,
                        format=lambda v, _: count(v))  # fmt: skip
        axes.set_title(_title(layout, "Messages over the links of each router"))
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


def _title(layout: Layout, what: str) -> str:
    """Says what is shown and on which board in two lines, since a picture of one chip is narrow."""
    return f"{what}\n{chart_label(f'{layout.board.name}, {layout.target.title}')}"


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


def _view(layout: Layout) -> _View:
    mesh, places = layout.mesh, layout.placement.places
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
