"""Places that cannot be written are told apart early."""

import os
from pathlib import Path

import pytest

from spiketrack.errors import StoreError
from spiketrack.files.places import (
    check_output_file,
    check_output_folder,
    make_folder,
)


def test_a_folder_is_made_with_those_above_it(tmp_path: Path) -> None:
    assert make_folder(make_folder(tmp_path / "a" / "b")).is_dir()
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="file/b.*a folder that can be made"):
        make_folder(tmp_path / "file" / "b")


def test_checking_a_place_makes_nothing(tmp_path: Path) -> None:
    check_output_folder(tmp_path / "new" / "folder")
    check_output_file(tmp_path / "new" / "file.json")
    check_output_file(Path("file.json"))
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="file': needed a folder or a new name, found a file"):
        check_output_folder(tmp_path / "file")
    with pytest.raises(StoreError, match="which is no folder"):
        check_output_file(tmp_path / "file" / "deep" / "out.json")
    with pytest.raises(StoreError, match="needed a file name, found a folder"):
        check_output_file(tmp_path)
    monkeypatch.setattr(os, "access", lambda place, mode: False)
    with pytest.raises(StoreError, match="needed a folder that can be written"):
        check_output_folder(tmp_path / "new")
