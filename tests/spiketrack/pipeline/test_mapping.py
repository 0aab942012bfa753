"""Mapping a model file: the right graph, the board that was asked for, provenance."""

from pathlib import Path

import numpy as np
import pytest

from hardware.mapping import read_mapping
from hardware.target import load_target
from simulation.random_graphs import grow
from spiketrack.errors import CapacityError, StoreError, TargetError
from spiketrack.graph.model import Model
from spiketrack.graph.store import save_model
from spiketrack.pipeline.mapping import MapRequest, board_of, map_model, write_mapping
from spiketrack.provenance import sha256_file


@pytest.fixture
def model_file(tmp_path: Path) -> Path:
    graph, _ = grow(np.random.default_rng(5), batch=1, n_moves=14)
    path = tmp_path / "model.stk"
    save_model(path, Model({graph.name: graph}, {"kind": "generic", "source": "random"}))
    return path


def test_a_model_is_mapped_and_its_file_says_what_from(model_file: Path, tmp_path: Path) -> None:
    result = map_model(model_file, MapRequest(seed=4), command=["spiketrack", "map"])
    path = write_mapping(result.record, tmp_path / "out")
    found = read_mapping(path)
    assert found.provenance["sha256"]["model"] == sha256_file(model_file)
    assert set(found.provenance["sha256"]) == {"model", "target"}
    assert found.provenance["seed"] == 4
    assert found.board["name"] == "oheo-gulch"


def test_a_number_of_chips_takes_the_board_of_that_size_or_makes_one() -> None:
    target = load_target("loihi2")
    named = board_of(target, MapRequest(chips=8))
    made = board_of(target, MapRequest(chips=12))
    assert named is not None and made is not None
    assert (named.name, made.rows, made.columns) == ("kapoho-point", 3, 4)
    assert board_of(target, MapRequest()) is None


def test_a_board_by_name_and_by_number_at_once_is_refused() -> None:
    with pytest.raises(TargetError, match="a name or a number of chips, found both"):
        board_of(load_target("loihi2"), MapRequest(board="vpx", chips=3))


def test_an_unknown_board_is_refused_before_the_model_is_read(tmp_path: Path) -> None:
    with pytest.raises(TargetError, match="board 'x' of loihi2"):
        map_model(tmp_path / "none.stk", MapRequest(board="x"))


def test_a_file_that_is_no_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="a model"):
        map_model(tmp_path / "none.txt", MapRequest())


def test_a_chip_of_your_own_too_small_is_refused(model_file: Path, tmp_path: Path) -> None:
    text = Path(load_file("loihi2")).read_text("utf-8")
    path = tmp_path / "tiny.toml"
    path.write_text(text.replace("{ value = 8192,", "{ value = 1,").replace(
        "{ value = 128,", "{ value = 1,"), "utf-8")  # fmt: skip
    with pytest.raises(CapacityError, match="bind"):
        map_model(model_file, MapRequest(target=str(path), chips=1))


def load_file(name: str) -> Path:
    from hardware.target import FOLDER

    return FOLDER / f"{name}.toml"
