"""`spiketrack constants`: every published number with its mark and source."""

import json

from typer.testing import CliRunner

from spiketrack import constants
from spiketrack.cli.app import app
from spiketrack.constants import MARKS, Constant


def test_every_constant_of_the_house_is_listed_with_its_mark() -> None:
    result = CliRunner().invoke(app, ["constants", "--json"])
    assert result.exit_code == 0
    rows = json.loads(result.output)
    listed = {row["name"]: row for row in rows if row["group"] == "prices and thresholds"}
    for name, one in vars(constants).items():
        if isinstance(one, Constant):
            row = listed[name]
            assert (row["value"], row["unit"], row["mark"]) == (one.value, one.unit, one.mark)
    groups = {row["group"] for row in rows}
    assert {"target loihi1", "target loihi2", "record ntidigits", "claims"} <= groups
    assert all(row["mark"] in MARKS and row["mark"] != "U" and row["source"] for row in rows)
    assert len({(row["group"], row["name"]) for row in rows}) == len(rows)


def test_a_person_sees_them_as_tables() -> None:
    result = CliRunner().invoke(app, ["constants"], env={"COLUMNS": "200"})
    assert result.exit_code == 0
    assert "LOIHI1_SYNOP" in result.output and "Marks: H read in a primary source" in result.output
