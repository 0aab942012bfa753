"""Files of boxes and flags, in every form in which benchmarks publish them."""

from pathlib import Path

import numpy as np
import pytest

from spiketrack.errors import DatasetError
from spiketrack.evaluation import read_boxes
from spiketrack.evaluation.box_files import read_flags
from tests.spiketrack.evaluation.trees import text


@pytest.mark.parametrize("line", ["1,2,3,4", "1\t2\t3\t4", "1 2 3 4", "1;2;3;4", " 1.0, 2, 3 ,4 "])
def test_boxes_are_parted_as_they_come(line: str, tmp_path: Path) -> None:
    assert read_boxes(text(tmp_path / "b.txt", [line])).tolist() == [[1, 2, 3, 4]]


def test_frames_without_a_target_are_nan(tmp_path: Path) -> None:
    file = text(tmp_path / "b.txt", ["1,2,3,4", "NaN,NaN,NaN,NaN", "", "NaN", "0,0,0,0"])
    boxes = read_boxes(file)
    assert np.isnan(boxes[1:4]).all()
    assert boxes[4].tolist() == [0, 0, 0, 0]


def test_four_corners_become_the_upright_box_around_them(tmp_path: Path) -> None:
    file = text(tmp_path / "b.txt", ["5,0,10,5,5,10,0,5"])
    assert read_boxes(file).tolist() == [[0, 0, 10, 10]]


@pytest.mark.parametrize(
    ("line", "words"), [("1,2,3", "four or eight numbers"), ("a,2,3,4", "numbers, found 'a'")]
)
def test_a_line_that_is_no_box_is_named(line: str, words: str, tmp_path: Path) -> None:
    file = text(tmp_path / "b.txt", ["1,2,3,4", line])
    with pytest.raises(DatasetError, match=f"line 2 of .*{words}"):
        read_boxes(file)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="a readable file"):
        read_boxes(tmp_path / "b.txt")


@pytest.mark.parametrize("lines", [["0,1,0"], ["0", "1", "0"], ["0,1,0,1,1"], ["0 1"]])
def test_flags_stand_on_one_line_or_on_many(lines: list[str], tmp_path: Path) -> None:
    assert read_flags(text(tmp_path / "f.txt", lines), 3).tolist() == [False, True, False]


def test_a_file_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spiketrack.evaluation.box_files.MAX_BYTES", 3)
    with pytest.raises(DatasetError, match="found more"):
        read_boxes(text(tmp_path / "b.txt", ["1,2,3,4"]))
