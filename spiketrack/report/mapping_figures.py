"""Pictures of a mapping: the board as a grid of cores, and the load of its links."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from hardware.mapping import Layout
from hardware.mapping.mesh import Mesh
from spiketrack.report.canvas import FAINT, INK, Chart, draw
from spiketrack.report.units import count

_MAPS = {
    "neurons": ("Neurons of each core", "compartments"),
    "memory_bits": ("Memory of each core", "bit"),
    "synops": ("SynOps of each core", "SynOps per frame"),
}
_MAX_IN = 12.0
_COLOURS = "viridis"


def mapping_charts(layout: Layout) -> tuple[Chart, ...]:
    """Heat maps of cores, and of traffic."""
    maps = [_core_map(layout, name, *words) for name, words in _MAPS.items()]
    return (*maps, _traffic_map(layout))


def core_grid(mesh: Mesh, places: NDArray[np.int64], values: Any) -> NDArray[np.float64]:
    """Values of cores where they lie: routers of the board, each a small square of its cores.

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
    peak, mean = float(values.max(initial=0)), float(values.mean())

    def paint(figure: Figure, axes: Axes) -> None:
        image = axes.imshow(grid, cmap=_COLOURS, vmin=0, interpolation="nearest")
        figure.colorbar(image, ax=axes, label=unit, shrink=0.8, format=lambda v, _: count(v))
        axes.set_title(f"{title} ({layout.board.name}, {layout.target.title})")
        _chip_borders(axes, layout.mesh, grid.shape[0] // layout.mesh.rows)

    return Chart(
        name=f"cores_{name}",
        title=title,
        caption=f"Every core of {layout.board.name} where it lies; lines are borders of chips.",
        alt=f"{title} on {layout.board.name}: peak {count(peak)}, mean {count(mean)} {unit}",
        png=draw(*_size(layout.mesh), paint),
        data={"unit": unit, "peak": peak, "mean": mean,
              "places": layout.placement.places.tolist(), "values": values.tolist()},
    )  # fmt: skip


def _traffic_map(layout: Layout) -> Chart:
    routes = layout.routes
    load = np.zeros((layout.mesh.rows, layout.mesh.columns))
    load[:, :-1] += routes.east_west
    load[:, 1:] += routes.east_west
    load[:-1] += routes.north_south
    load[1:] += routes.north_south

    def paint(figure: Figure, axes: Axes) -> None:
        image = axes.imshow(load, cmap="magma", vmin=0, interpolation="nearest")
        figure.colorbar(image, ax=axes, label="messages per frame", shrink=0.8,
                        format=lambda v, _: count(v))  # fmt: skip
        axes.set_title(f"Messages over the links of each router ({layout.board.name})")
        _chip_borders(axes, layout.mesh, 1)

    return Chart(
        name="traffic",
        title="Messages over the links of each router",
        caption=(
            f"XY routing; {count(layout.traffic.total)} messages a frame, "
            f"{routes.mean_hops:.2f} hops each."
        ),
        alt=f"Busiest link {count(routes.peak_link)} messages a frame",
        png=draw(*_size(layout.mesh), paint),
        data={
            "unit": "messages per frame",
            "east_west": np.round(routes.east_west, 3).tolist(),
            "north_south": np.round(routes.north_south, 3).tolist(),
        },
    )


def _chip_borders(axes: Axes, mesh: Mesh, side: int) -> None:
    width = 0.8 if mesh.board.chips <= 64 else 0.2
    for row in range(1, mesh.board.rows):
        axes.axhline(row * mesh.chip_rows * side - 0.5, color="white", lw=width)
    for column in range(1, mesh.board.columns):
        axes.axvline(column * mesh.chip_columns * side - 0.5, color="white", lw=width)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_facecolor(FAINT)
    axes.set_xlabel(f"{mesh.columns} routers", color=INK)
    axes.set_ylabel(f"{mesh.rows} routers", color=INK)


def _size(mesh: Mesh) -> tuple[float, float]:
    scale = _MAX_IN / max(mesh.columns * 1.25, mesh.rows)
    scale = min(scale, 0.6)
    return max(4.0, mesh.columns * scale * 1.25), max(2.2, mesh.rows * scale + 0.6)
