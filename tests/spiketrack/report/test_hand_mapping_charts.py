"""The pictures of a mapping: colours and words where a placement made by hand puts them."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes

from hardware.mapping import Layout, MapOptions, map_graph
from hardware.mapping.mesh import Routes, mesh_of
from hardware.target import array_of_chips
from spiketrack.report import mapping_figures
from spiketrack.report.mapping_figures import mapping_charts
from tests.hardware.mapping.chip_graphs import small_target, two_layers
from tests.spiketrack.report.painted_charts import catch_paintings


def layout_by_hand() -> Layout:
    """One chip of 2 x 2 routers of 2 cores; three cores: at two corners, and beside the first."""
    target = small_target(neurons_per_core=256)
    made = map_graph(two_layers(4, 8, 3), target, MapOptions(moves=0, spare=0.0))
    assert made.cores.count == 3
    board = array_of_chips(1)
    used = {name: np.array([10, 20, 60]) for name in made.cores.used}
    used["synops"] = np.array([1_500, 0, 4_500])
    routes = Routes(
        traffic_hops=36.0,
        mean_hops=1.2,
        crossings=0.0,
        peak_link=14.0,
        east_west=np.array([[14.0], [3.0]]),
        north_south=np.array([[5.0, 8.0]]),
    )
    return replace(
        made,
        board=board,
        mesh=mesh_of(target, board),
        cores=replace(made.cores, used=used),
        placement=replace(made.placement, places=np.array([0, 6, 1])),
        routes=routes,
        traffic=replace(
            made.traffic,
            senders=np.array([0]),
            receivers=np.array([1]),
            messages=np.array([30.0]),
        ),
    )


@pytest.fixture
def painted(monkeypatch: pytest.MonkeyPatch) -> list[Axes]:
    """The axes of every chart that is drawn, in order."""
    return catch_paintings(monkeypatch, mapping_figures)


def picture(axes: Axes) -> list[list[Any]]:
    """The colours of a picture as the numbers they stand for, None where there is none."""
    shown = np.asarray(axes.images[0].get_array(), np.float64)  # not a number below a mask
    return [[None if np.isnan(one) else one for one in line] for line in shown]


def test_every_core_has_the_colour_of_its_own_number(painted: list[Axes]) -> None:
    charts = {chart.name: chart for chart in mapping_charts(layout_by_hand())}
    # Place 0 and 1 are the cores of the first router, 6 the first of the last one.
    blank = [None, None, None, None]
    assert picture(painted[0]) == [[10.0, 60.0, None, None], blank, [None, None, 20.0, None], blank]
    assert picture(painted[2])[0] == [1500.0, 4500.0, None, None]
    chart = charts["cores_synops"]
    assert (chart.data["peak"], chart.data["mean"]) == (4500.0, 2000.0)
    assert chart.data["values"] == [1500, 0, 4500]
    assert chart.data["places"] == [0, 6, 1]
    assert chart.data["unit"] == "SynOps per frame"
    assert chart.alt.endswith("peak 4.50 k, mean 2 k SynOps per frame")
    # 10, 20 and 60.
    assert charts["cores_neurons"].alt.endswith("peak 60, mean 30 compartments")
    assert charts["cores_memory_bits"].data["unit"] == "bit"


def test_every_router_has_the_colour_of_the_links_at_it(painted: list[Axes]) -> None:
    chart = mapping_charts(layout_by_hand())[-1]
    # A link counts for both its ends: row 0 has 14 between its routers, row 1 has 3; columns 5, 8.
    assert picture(painted[-1]) == [[14.0 + 5.0, 14.0 + 8.0], [3.0 + 5.0, 3.0 + 8.0]]
    assert chart.data["east_west"] == [[14.0], [3.0]]
    assert chart.data["north_south"] == [[5.0, 8.0]]
    assert chart.data["unit"] == "messages per frame"
    assert chart.caption == (
        "XY routing: a message goes along its row, then along its column. 30 messages a frame, "
        "1.20 hops each on average."
    )
    assert chart.alt == "Busiest link 14 messages a frame"
