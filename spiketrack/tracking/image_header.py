"""Image size from the header alone, so that an oversized image is refused undecoded."""

import struct

_JPEG_WITHOUT_LENGTH = frozenset([0x01, *range(0xD0, 0xD9)])
_JPEG_FRAME_STARTS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def image_size(data: bytes) -> tuple[int, int] | None:
    """Reads width and height of a PNG, JPEG or BMP.

    Args:
        data: the file's bytes.

    Returns:
        Width and height in pixels as stored (before any rotation by metadata), or None for another
        or damaged format, which the decoder has to judge.
    """
    try:
        if data.startswith(b"\x89PNG\r\n\x1a\n"):
            width, height = struct.unpack_from(">II", data, 16)
            return width, height
        if data.startswith(b"BM"):
            width, height = struct.unpack_from("<ii", data, 18)
            return abs(width), abs(height)
        return _jpeg_size(data) if data.startswith(b"\xff\xd8") else None
    except struct.error:
        return None


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    position = 2
    while position + 2 <= len(data) and data[position] == 0xFF:
        marker = data[position + 1]
        if marker == 0xFF:
            position += 1
        elif marker in _JPEG_WITHOUT_LENGTH:
            position += 2
        elif marker in _JPEG_FRAME_STARTS:
            height, width = struct.unpack_from(">HH", data, position + 5)
            return width, height
        else:
            position += 2 + int(struct.unpack_from(">H", data, position + 2)[0])
    return None
