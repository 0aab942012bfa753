"""`spiketrack map`: tables for people, one JSON value for programs, one line for errors."""

import json
from pathlib import Path

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from simulation.random_graphs import grow
from spiketrack.cli.commands_map import map_board
from spiketrack.cli.group import OneLineGroup
from spiketrack.graph.model import Model
from spiketrack.graph.store import save_model

app = typer.Typer(cls=OneLineGroup, pretty_exceptions_enable=False)
app.command("map")(map_board)
app.callback()(lambda: None)


@pytest.fixture
def model_file(tmp_path: Path) -> Path:
    graph, _ = grow(np.random.default_rng(5), batch=1, n_moves=14)
    path = tmp_path / "model.stk"
    save_model(path, Model({graph.name: graph}, {"kind": "generic", "source": "random"}))
    return path


def run(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["map", *(str(one) for one in arguments)])
    return result.exit_code, result.output


@pytest.mark.slow
def test_map_writes_the_mapping_its_table_and_its_pictures(
    model_file: Path, tmp_path: Path
) -> None:
    code, text = run(model_file, "-o", tmp_path / "out")
    assert code == 0
    assert "Intel Loihi 2" in text
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert {"mapping.json", "layers.csv", "traffic.png", "traffic.json"} <= names


@pytest.mark.slow
def test_json_is_one_value(model_file: Path, tmp_path: Path) -> None:
    code, text = run(model_file, "-o", tmp_path / "out", "--target", "loihi1", "--json")
    assert code == 0
    found = json.loads(text)
    assert found["target"] == "loihi1"
    assert found["board"]["cores_used"] >= 1


def test_board_and_chips_together_are_wrong_usage(model_file: Path, tmp_path: Path) -> None:
    code, text = run(model_file, "-o", tmp_path / "out", "--board", "vpx", "--chips", "3")
    assert code == 2
    assert "do not go together" in text


def test_an_unknown_target_is_one_line_and_writes_nothing(model_file: Path, tmp_path: Path) -> None:
    code, text = run(model_file, "-o", tmp_path / "out", "--target", "loihi9")
    assert code == 1
    assert "target 'loihi9'" in text
    assert not (tmp_path / "out").exists()
