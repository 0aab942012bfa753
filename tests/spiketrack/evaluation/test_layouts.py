"""Tiny folders of every layout, with the odd files that benchmarks have."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from spiketrack.errors import DatasetError
from spiketrack.evaluation import Dataset, Sequence, export_scenes, images_of, open_dataset
from tests.spiketrack.evaluation import trees

Maker = Callable[[Path], Path]


def names(dataset: Dataset) -> list[str]:
    return [sequence.name for sequence in dataset.sequences]


def only(dataset: Dataset, name: str) -> Sequence:
    return next(sequence for sequence in dataset.sequences if sequence.name == name)


@pytest.mark.parametrize(
    ("layout", "make", "wanted"),
    [
        ("got10k", trees.got10k, ["GOT-10k_Val_000001", "GOT-10k_Val_000002"]),
        ("lasot", trees.lasot, ["airplane-2", "bear-1"]),
        ("tnl2k", trees.tnl2k, ["test_001"]),
        ("trackingnet", trees.trackingnet, ["0-6LB4FqxoE_0", "1-0"]),
        ("nfs", trees.nfs, ["airboard_1"]),
        ("folder", trees.folder, ["mine"]),
        ("uav123", trees.uav123, ["bike1", "car8_2"]),
        (
            "otb",
            trees.otb,
            ["Basketball", "BlurCar1", "David", "Jogging-1", "Jogging-2", "Skating2-1",
             "Skating2-2", "Tiger1"],
        ),
    ],
)  # fmt: skip
def test_every_layout_lists_its_sequences(
    layout: str, make: Maker, wanted: list[str], tmp_path: Path
) -> None:
    dataset = open_dataset(make(tmp_path), layout)
    assert (names(dataset), dataset.unreadable) == (wanted, ())
    for sequence in dataset.sequences:
        assert len(sequence.truth) in (1, sequence.count)
        assert len(sequence.in_view) == sequence.count
        assert next(images_of(sequence)).shape == (48, 64, 3)


def test_got10k_marks_what_is_covered_and_what_the_border_cuts(tmp_path: Path) -> None:
    sequence = open_dataset(trees.got10k(tmp_path), "got10k").sequences[0]
    assert sequence.in_view.tolist() == [True, False, True, True]
    assert sequence.attributes == ("absence", "cut by image")


def test_lasot_joins_occlusion_and_view(tmp_path: Path) -> None:
    root = trees.lasot(tmp_path)
    bear = only(open_dataset(root, "lasot"), "bear-1")
    assert bear.in_view.tolist() == [True, False, False, True]
    assert bear.attributes == ("illumination variation", "fast motion")
    everything = open_dataset(root, "lasot", "all")
    assert names(everything) == ["airplane-1", "airplane-2", "bear-1"]


def test_a_lasot_folder_without_its_list_is_taken_whole_and_says_so(tmp_path: Path) -> None:
    root = trees.lasot(tmp_path)
    (root / "testing_set.txt").unlink()
    dataset = open_dataset(root, "lasot")
    assert len(dataset.sequences) == 3
    assert "no testing_set.txt" in dataset.notes[0]


def test_otb_cuts_its_special_sequences(tmp_path: Path) -> None:
    dataset = open_dataset(trees.otb(tmp_path), "otb")
    david, tiger = only(dataset, "David"), only(dataset, "Tiger1")
    assert isinstance(david.frames, tuple)
    assert [path.name for path in david.frames][0] == "0300.jpg"
    assert isinstance(tiger.frames, tuple)
    assert [path.name for path in tiger.frames] == [f"000{n}.jpg" for n in range(6, 10)]
    assert len(tiger.truth) == 4


def test_uav123_takes_the_published_part_of_a_shared_folder(tmp_path: Path) -> None:
    dataset = open_dataset(trees.uav123(tmp_path), "uav123")
    part, bike = only(dataset, "car8_2"), only(dataset, "bike1")
    assert isinstance(part.frames, tuple)
    assert [path.name for path in part.frames] == [f"00{n}.jpg" for n in range(1357, 1361)]
    assert np.isnan(bike.truth[1]).all()
    assert bike.attributes == ("low resolution", "similar object")


def test_trackingnet_counts_from_0_in_the_order_of_numbers(tmp_path: Path) -> None:
    sequence = open_dataset(trees.trackingnet(tmp_path), "trackingnet").sequences[0]
    assert isinstance(sequence.frames, tuple)
    assert [path.name for path in sequence.frames][-2:] == ["9.jpg", "10.jpg"]
    assert not sequence.is_scored


def test_nfs_takes_every_eighth_box_and_its_flags(tmp_path: Path) -> None:
    sequence = open_dataset(trees.nfs(tmp_path), "nfs").sequences[0]
    assert sequence.truth.tolist() == [[0, 5, 10, 20], [8, 5, 10, 20], [16, 5, 10, 20]]
    assert sequence.in_view.tolist() == [True, True, False]


def test_generated_scenes_need_no_folder() -> None:
    dataset = open_dataset("3", "synthetic", limit=2)
    assert names(dataset) == ["0", "1"]
    assert next(images_of(dataset.sequences[0])).dtype == np.uint8
    assert dataset.sequences[0].sha256() != dataset.sequences[1].sha256()


@pytest.mark.parametrize("layout", ["got10k", "otb"])
def test_exported_scenes_are_read_back(layout: str, tmp_path: Path) -> None:
    export_scenes(tmp_path, layout, 0, [0, 1], 3)  # type: ignore[arg-type]
    dataset = open_dataset(tmp_path, layout)
    made = open_dataset("0", "synthetic", limit=2)
    for read, generated in zip(dataset.sequences, made.sequences, strict=True):
        assert read.truth == pytest.approx(np.nan_to_num(generated.truth[:3]), abs=1e-3)


def test_a_sequence_that_cannot_be_read_costs_nothing_else(tmp_path: Path) -> None:
    root = trees.got10k(tmp_path)
    trees.text(root / "val" / "GOT-10k_Val_000001" / "groundtruth.txt", ["1,2,x,4"])
    dataset = open_dataset(root, "got10k")
    assert names(dataset) == ["GOT-10k_Val_000002"]
    assert "found 'x'" in dataset.unreadable[0].reason


@pytest.mark.parametrize(
    ("lines", "words"),
    [(["0,0,0,0", *trees.rows()[1:]], "size above 0"), ([], "size above 0"), (["1,2,3"], "four")],
)
def test_a_sequence_that_cannot_begin_says_why(
    lines: list[str], words: str, tmp_path: Path
) -> None:
    root = trees.folder(tmp_path)
    trees.text(root / "mine" / "groundtruth.txt", lines)
    assert words in open_dataset(root, "folder").unreadable[0].reason


def test_missing_and_surplus_boxes_are_noted(tmp_path: Path) -> None:
    root = trees.folder(tmp_path)
    trees.text(root / "mine" / "groundtruth.txt", trees.rows()[:2])
    short = open_dataset(root, "folder").sequences[0]
    assert np.isnan(short.truth[2:]).all()
    assert "the last have none" in short.notes[0]
    trees.text(root / "mine" / "groundtruth.txt", trees.rows() * 2)
    long = open_dataset(root, "folder").sequences[0]
    assert (len(long.truth), "left out" in long.notes[0]) == (4, True)


@pytest.mark.parametrize(
    ("layout", "subset", "chosen", "words"),
    [
        ("folder", None, ["other"], "none of that name"),
        ("otb", None, None, "in the layout 'otb'"),
    ],
)
def test_a_folder_without_what_was_asked_for_is_refused(
    layout: str, subset: str | None, chosen: list[str] | None, words: str, tmp_path: Path
) -> None:
    with pytest.raises(DatasetError, match=words):
        open_dataset(trees.folder(tmp_path), layout, subset, only=chosen)


def test_a_missing_folder_and_a_wrong_seed_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="nothing there"):
        open_dataset(tmp_path / "no", "otb")
    with pytest.raises(DatasetError, match="whole number"):
        open_dataset("x", "synthetic")
    with pytest.raises(DatasetError, match="number of a scene"):
        open_dataset("0", "synthetic", only=["x"])


def test_a_wrong_layout_or_subset_is_a_wrong_argument(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="format: needed one of"):
        open_dataset(tmp_path, "vot")
    with pytest.raises(ValueError, match="subset: needed one of"):
        open_dataset(tmp_path, "got10k", "tset")
