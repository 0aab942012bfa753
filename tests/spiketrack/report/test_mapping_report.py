"""Pictures and tables of a mapping: every core where it lies, every number beside its picture."""

import csv
import io
import json
from pathlib import Path

import numpy as np

from hardware.mapping import Layout, MapOptions, MappingRecord, map_graph, record_of
from hardware.mapping.mesh import mesh_of
from hardware.target import array_of_chips
from spiketrack.report.mapping_figures import core_grid, mapping_charts
from spiketrack.report.mapping_report import write_mapping_report
from spiketrack.report.mapping_tables import layer_csv, layer_table, mapping_tables
from tests.hardware.mapping.chip_graphs import residual, small_target


def mapped() -> tuple[Layout, MappingRecord]:
    layout = map_graph(residual(), small_target(), MapOptions(moves=50))
    return layout, record_of(layout, {})


def test_cores_are_shown_where_they_lie() -> None:
    # One chip of 2 x 2 routers with 2 cores each: a router is a square of 2 x 2, half of it empty.
    mesh = mesh_of(small_target(), array_of_chips(1))
    grid = core_grid(mesh, np.array([0, 1, 2, 6]), [10, 11, 12, 16])
    assert grid.shape == (4, 4)
    assert grid[0].tolist()[:3] == [10, 11, 12]
    assert grid[2, 2] == 16
    assert np.isnan(grid).sum() == 16 - 4


def test_the_same_layout_is_drawn_with_the_same_bytes() -> None:
    one, other = (mapping_charts(mapped()[0]) for _ in range(2))
    assert [chart.name for chart in one] == [
        "cores_neurons", "cores_memory_bits", "cores_synops", "traffic",
    ]  # fmt: skip
    assert [chart.png for chart in one] == [chart.png for chart in other]


def test_every_picture_has_its_numbers_beside_it(tmp_path: Path) -> None:
    layout, record = mapped()
    written = write_mapping_report(layout, record, tmp_path)
    assert sorted(path.name for path in written) == sorted(p.name for p in tmp_path.iterdir())
    found = json.loads((tmp_path / "cores_synops.json").read_text("utf-8"))
    assert sum(found["values"]) == sum(layout.activity.synops)
    assert (tmp_path / "traffic.png").read_bytes().startswith(b"\x89PNG")


def test_the_layer_table_adds_up() -> None:
    layout, record = mapped()
    rows = list(csv.DictReader(io.StringIO(layer_csv(record))))
    assert [row["layer"] for row in rows] == ["x", "stem", "b", "out"]
    assert sum(int(row["synops"]) for row in rows) == sum(layout.activity.synops)
    on_chip = [row for row in rows if row["runs_on"] != "host"]
    assert sum(int(row["compartments"]) for row in on_chip) == 4 * 36 + 4 * 36 + 2 * 36
    assert len(layer_table(record).rows) == 4


def test_the_tables_name_board_ratio_and_assumptions() -> None:
    text = str([table.rows for table in mapping_tables(mapped()[1])])
    assert "times as many" in text
    assert "assumed" in text
    assert "four" in text
