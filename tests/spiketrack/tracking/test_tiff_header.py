"""The table of fields that TIFF and EXIF share."""

import struct

import pytest

from spiketrack.tracking.tiff_header import orientation_of, read_directory
from tests.small_images import exif, tiff


@pytest.mark.parametrize("order", ["<", ">"])
def test_fields_are_read_in_both_byte_orders(order: str) -> None:
    directory = read_directory(tiff({256: (23,), 258: (8, 8, 8)}, order))
    assert directory.fields == {256: (23,), 258: (8, 8, 8)}
    assert (directory.one(256, 0), directory.one(257, 7), directory.has_more) == (23, 7, False)


def test_of_a_long_field_the_first_values_are_read() -> None:
    assert read_directory(tiff({273: tuple(range(100))})).fields[273] == tuple(range(16))


def test_fields_that_hold_no_whole_numbers_are_empty() -> None:
    entry = struct.pack("<HHII", 282, 5, 1, 0)
    data = b"II*\0" + struct.pack("<IH", 8, 1) + entry + bytes(4)
    assert read_directory(data).fields == {282: ()}
    assert read_directory(data).one(282, 3) == 3


def test_a_field_that_stands_twice_is_refused() -> None:
    one = tiff({256: (23,)})
    twice = one[:8] + struct.pack("<H", 2) + one[10:22] * 2 + bytes(4)
    with pytest.raises(ValueError, match="field 256 twice"):
        read_directory(twice)


def test_what_is_no_tiff_is_refused() -> None:
    with pytest.raises(ValueError, match="not a classic TIFF"):
        read_directory(b"II+\0" + bytes(20))


def test_values_outside_the_data_are_refused() -> None:
    with pytest.raises(struct.error):
        read_directory(tiff({258: (8, 8, 8)})[:-1])


@pytest.mark.parametrize(("stated", "read"), [(1, 1), (6, 6), (8, 8), (0, 1), (9, 1)])
def test_an_orientation_that_does_not_exist_is_upright(stated: int, read: int) -> None:
    assert orientation_of(exif(stated)) == read
    assert orientation_of(exif(stated)[:12]) == 1
