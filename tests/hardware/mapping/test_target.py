"""Targets: complete, sourced, and refused with the key's name where they are not."""

import sys
from pathlib import Path
from typing import Any

import pytest

from hardware.mapping.mesh import mesh_of
from hardware.target import FOLDER, array_of_chips, load_target, target_from
from spiketrack.errors import TargetError
from tests.hardware.mapping.chip_graphs import small_target

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


def document() -> dict[str, Any]:
    found: dict[str, Any] = tomllib.loads((FOLDER / "loihi2.toml").read_text("utf-8"))
    return found


def test_loihi1_has_what_davies_2018_says() -> None:
    target = load_target("loihi1")
    assert target["cores_per_chip"] == 128
    assert target["neurons_per_core"] == 1024
    assert target["synapse_memory_per_core"] == 16_384 * 64
    assert not target.has("graded_spikes")


def test_loihi2_has_192_kilobytes_and_8192_neurons_a_core() -> None:
    target = load_target("loihi2")
    assert target["memory_per_core"] == 192 * 1024 * 8
    assert target["neurons_per_core"] == 8192
    assert target.has("graded_spikes")


@pytest.mark.parametrize(
    ("name", "chips"), [("loihi1", [1, 2, 8, 32, 768]), ("loihi2", [1, 8, 16, 32, 1152])]
)
def test_every_quantity_has_a_source_and_boards_are_those_that_were_built(
    name: str, chips: list[int]
) -> None:
    target = load_target(name)
    assert all(one.source and one.unit for one in target.quantities.values())
    assert [board.chips for board in target.boards] == chips
    assert all(board.source for board in target.boards)


def test_what_is_not_public_says_that_it_is_assumed() -> None:
    assumed = " ".join(load_target("loihi2").assumed())
    assert "in_axons_per_core" in assumed
    assert "idle_visit_ns" in assumed and "synop_ns = 0.66" not in assumed


def test_a_target_of_your_own_is_read_by_its_path(tmp_path: Path) -> None:
    text = (FOLDER / "loihi2.toml").read_text("utf-8").replace('name = "loihi2"', 'name = "mine"')
    path = tmp_path / "mine.toml"
    path.write_text(text, "utf-8")
    assert load_target(str(path)).name == "mine"


def test_the_smallest_board_is_the_first_with_enough_cores() -> None:
    target = small_target()
    assert [one and one.name for one in map(target.smallest_board, (8, 9, 512, 513))] == [
        "one", "four", "many", None,
    ]  # fmt: skip


def test_any_number_of_chips_becomes_a_rectangle() -> None:
    board = array_of_chips(12)
    assert (board.rows, board.columns) == (3, 4)


@pytest.mark.parametrize("chips", [0, -1, 1 << 20])
def test_a_senseless_number_of_chips_is_refused(chips: int) -> None:
    with pytest.raises(TargetError, match="number of chips: needed 1..16384"):
        array_of_chips(chips)


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(TargetError, match=r"target 'loihi3': needed loihi1, loihi2 or the path"):
        load_target("loihi3")


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TargetError, match="a readable file, found No such file"):
        load_target(str(tmp_path / "none.toml"))


def test_a_file_that_is_not_toml_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    path.write_text("= 3", "utf-8")
    with pytest.raises(TargetError, match="needed TOML"):
        load_target(str(path))


def test_a_huge_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "big.toml"
    path.write_bytes(b"#" * ((1 << 20) + 1))
    with pytest.raises(TargetError, match="at most 1048576 bytes"):
        load_target(str(path))


def test_an_unknown_board_is_refused_with_the_known_ones() -> None:
    with pytest.raises(TargetError, match=r"board 'x' of small: needed one of one \(1\), four"):
        small_target().board("x")


def test_a_missing_limit_is_refused() -> None:
    found = document()
    del found["limits"]["in_axons_per_core"]
    with pytest.raises(TargetError, match="a key 'in_axons_per_core', found none"):
        target_from(found)


def test_an_unknown_key_is_refused() -> None:
    found = document()
    found["limits"]["colour"] = {"value": 1, "unit": "x", "source": "y"}
    with pytest.raises(TargetError, match="found 'colour'"):
        target_from(found)


@pytest.mark.parametrize(
    ("section", "key", "value", "needed"),
    [
        ("limits", "neurons_per_core", 0, "a positive number"),
        ("limits", "neurons_per_core", -5, "a positive number"),
        ("limits", "neurons_per_core", 1.5, "a whole number"),
        ("limits", "neurons_per_core", True, "a number"),
        ("limits", "neurons_per_core", "many", "a number"),
        ("time", "synop_ns", float("nan"), "a positive number"),
        ("features", "microcode", 1, "true or false"),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused(
    section: str, key: str, value: object, needed: str
) -> None:
    found = document()
    found[section][key]["value"] = value
    with pytest.raises(TargetError, match=f"{key}: needed {needed}"):
        target_from(found)


def test_an_entry_without_a_source_is_refused() -> None:
    found = document()
    found["limits"]["neurons_per_core"]["source"] = " "
    with pytest.raises(TargetError, match="neurons_per_core, source: needed text"):
        target_from(found)


def test_an_entry_that_is_no_table_is_refused() -> None:
    found = document()
    found["limits"]["neurons_per_core"] = 8192
    with pytest.raises(TargetError, match="neurons_per_core: needed a table, found int"):
        target_from(found)


def test_a_board_whose_rows_and_columns_do_not_agree_is_refused() -> None:
    found = document()
    found["boards"]["vpx"]["rows"] = 3
    with pytest.raises(TargetError, match="board 'vpx': needed 3 x 4 chips, found 16"):
        target_from(found)


def test_a_board_of_no_chips_is_refused() -> None:
    found = document()
    found["boards"]["vpx"]["chips"] = 0
    with pytest.raises(TargetError, match=r"board 'vpx', chips: needed a whole number"):
        target_from(found)


def test_a_target_without_boards_is_refused() -> None:
    found = document()
    found["boards"] = {}
    with pytest.raises(TargetError, match="at least one board"):
        target_from(found)


def test_a_mesh_with_fewer_places_than_cores_is_refused() -> None:
    with pytest.raises(TargetError, match="a place for each of 8 cores, found 4 places"):
        small_target(router_rows=1)


def test_a_mesh_too_large_to_hold_is_refused() -> None:
    with pytest.raises(TargetError, match="mesh: needed at most 4,194,304 places on 64 chips"):
        small_target(router_rows=1 << 30)
    with pytest.raises(TargetError, match="16384 chips of small: needed at most 4,194,304 cores"):
        mesh_of(small_target(cores_per_chip=512, router_rows=128), array_of_chips(1 << 14))


def test_a_board_may_have_fewer_cores_than_its_chips() -> None:
    target = load_target("loihi2")
    board = target.board("hala-point")
    assert target.cores_on(board) == 140_544
    assert target.smallest_board(32 * 128 + 1) == board
    assert target.smallest_board(140_545) is None
    mesh = mesh_of(target, board)
    assert mesh.places == 140_544
    assert sorted(mesh.at[mesh.at >= 0].tolist()) == list(range(140_544))


@pytest.mark.parametrize("cores", [0, 129, 1.5, True])
def test_a_board_with_more_usable_cores_than_a_chip_has_is_refused(cores: object) -> None:
    found = document()
    found["boards"]["vpx"]["usable_cores"] = cores
    with pytest.raises(TargetError, match="board 'vpx'.*(usable cores|a whole number)"):
        target_from(found)
