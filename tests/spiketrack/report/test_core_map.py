"""The load of cores drawn from a mapping's file is the picture that was drawn when it was made."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from hardware.mapping import Layout, MapOptions, from_text, map_graph, record_of, to_text
from hardware.mapping.record import mesh_of_record
from spiketrack.errors import MappingError
from spiketrack.report.mapping_figures import core_map_of, mapping_charts
from tests.hardware.mapping.chip_graphs import residual, small_target


@pytest.fixture(scope="module")
def layout() -> Layout:
    return map_graph(residual(), small_target(), MapOptions(moves=50))


def test_the_file_gives_the_same_picture(layout: Layout) -> None:
    record = from_text(to_text(record_of(layout, {})))
    drawn, made = core_map_of(record), {chart.name: chart for chart in mapping_charts(layout)}
    assert drawn == made["cores_synops"]
    mesh = mesh_of_record(record)
    for name in ("rows", "columns", "chip_rows", "chip_columns", "crossing"):
        assert getattr(mesh, name) == getattr(layout.mesh, name)
    for name in ("row", "column", "at"):
        assert np.array_equal(getattr(mesh, name), getattr(layout.mesh, name))


@pytest.mark.parametrize(
    ("sizes", "board"),
    [
        ({"router_rows": 1 << 40}, {}),
        ({"router_rows": 0}, {}),
        ({}, {"rows": 1 << 40}),
        ({}, {"columns": 0}),
        ({}, {"cores": 7}),
    ],
)
def test_sizes_that_make_no_board_are_refused_before_anything_is_allocated(
    layout: Layout, sizes: dict[str, int], board: dict[str, int]
) -> None:
    record = record_of(layout, {})
    quantities: dict[str, Any] = dict(record.target["quantities"])
    for key, value in sizes.items():
        quantities[key] = {**quantities[key], "value": value}
    changed = replace(
        record,
        target={**record.target, "quantities": quantities},
        board={**record.board, "rows": 1, "columns": 2, "cores": 16, **board},
    )
    with pytest.raises(MappingError, match="mapping 'board': needed chips of equally many cores"):
        core_map_of(changed)
