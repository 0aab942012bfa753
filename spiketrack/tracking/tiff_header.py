"""The first directory of a TIFF, which is also what EXIF data are: a table of numbered fields."""

import struct
from dataclasses import dataclass

ORIENTATION = 274
_SIZES = {1: "B", 3: "H", 4: "I"}
_MOST_VALUES = 16


@dataclass(frozen=True)
class Directory:
    """The fields of a directory that hold whole numbers.

    Attributes:
        fields: number of the field -> its values, of long fields the first 16.
        has_more: another directory follows.
    """

    fields: dict[int, tuple[int, ...]]
    has_more: bool

    def one(self, field: int, default: int) -> int:
        """The first value of a field."""
        return (self.fields.get(field) or (default,))[0]


def read_directory(data: bytes) -> Directory:
    """Reads the first directory.

    Args:
        data: the bytes from the TIFF header on.

    Raises:
        ValueError: not a classic TIFF, a field twice, or a field that lies outside the data.
        struct.error: cut off.
    """
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(data[:4])
    if order is None:
        raise ValueError("not a classic TIFF")
    (at,) = struct.unpack_from(f"{order}I", data, 4)
    (n_fields,) = struct.unpack_from(f"{order}H", data, at)
    fields: dict[int, tuple[int, ...]] = {}
    for index in range(n_fields):
        entry = at + 2 + 12 * index
        field, kind, count = struct.unpack_from(f"{order}HHI", data, entry)
        # Why: which of two a decoder takes is its own affair, so that a check could be passed by.
        if field in fields:
            raise ValueError(f"field {field} twice")
        code = _SIZES.get(kind)
        layout = f"{order}{min(count, _MOST_VALUES)}{code}" if code else ""
        place = entry + 8
        if code and struct.calcsize(f"={code}") * count > 4:
            (place,) = struct.unpack_from(f"{order}I", data, place)
        fields[field] = struct.unpack_from(layout, data, place) if layout else ()
    following = struct.unpack_from(f"{order}I", data, at + 2 + 12 * n_fields)
    return Directory(fields, has_more=following != (0,))


def orientation_of(exif: bytes) -> int:
    """EXIF's orientation, 1 to 8; 1 where none can be read."""
    try:
        value = read_directory(exif).one(ORIENTATION, 1)
    except (ValueError, struct.error):
        return 1
    return value if 1 <= value <= 8 else 1
