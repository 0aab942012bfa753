"""Where the rows of a chart are on its picture, and what is said of them."""

import cv2
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hardware.energy.phases import main_phase
from spiketrack.counts import profile_from
from spiketrack.report.canvas import RowNote, draw_rows
from spiketrack.report.layer_figures import synops_by_stage
from tests.spiketrack.report.hand_profile import hand_profile

COLOURS = ("#ff0000", "#00ff00", "#0000ff")


def test_a_spot_covers_its_row_and_no_other() -> None:
    def paint(_: Figure, axes: Axes) -> None:
        axes.barh(range(3), [1, 2, 3], color=COLOURS, height=0.9)
        axes.set_yticks(range(3), ["a very long name of a row", "b", "c"])
        axes.set_ylim(2.5, -0.5)
        axes.set_title("A title\nof two lines")
        axes.set_xlabel("something")

    notes = [RowNote(name, f"note of {name}", row) for row, name in enumerate("abc")]
    png, spots = draw_rows(5, 2, paint, notes)
    decoded = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)
    assert decoded is not None
    picture = decoded[:, :, ::-1]
    for spot, colour in zip(spots, COLOURS, strict=True):
        wanted = [int(colour[at : at + 2], 16) for at in (1, 3, 5)]
        rows = np.flatnonzero((picture == wanted).all(axis=2).any(axis=1))
        top, bottom = spot.top * len(picture), spot.bottom * len(picture)
        # The bar fills nine tenths of its row; edges fall between pixels.
        assert top - 1 <= rows.min() and rows.max() <= bottom + 1
        assert rows.max() - rows.min() + 1 >= 0.9 * (bottom - top) - 2
    assert [spot.text for spot in spots] == ["note of a", "note of b", "note of c"]
    assert spots[0].bottom == spots[1].top and spots[1].bottom == spots[2].top


def test_a_stage_tells_the_numbers_that_the_json_beside_the_picture_holds() -> None:
    profile = profile_from(hand_profile())
    chart = synops_by_stage(main_phase(profile))
    assert [spot.name for spot in chart.spots] == chart.data["stages"]
    for row, spot in enumerate(chart.spots):
        graded, unary, dense = (chart.data[key][row] for key in ("graded", "unary", "dense"))
        words = f"{graded:,.1f} graded and {unary:,.1f} unary SynOps of {dense:,.1f} dense MACs"
        assert spot.text == words
