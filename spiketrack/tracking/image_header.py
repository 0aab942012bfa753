"""What an image is, from its header alone, so that nothing is decoded that is not meant to be.

Why: OpenCV chooses its decoder by content, not by name; a JPEG 2000 or a Sun raster named `.png`
reaches a decoder that nobody asked for (OpenCV 4.10 and 4.11 write outside their memory in JPEG
2000). So only the five kinds below are let through, and not before the size is known. An image that
is cut off is refused too: some versions of OpenCV fill the missing part of a JPEG with grey.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass

from spiketrack.tracking.tiff_header import orientation_of, read_directory

_JPEG_WITHOUT_LENGTH = frozenset([0x01, *range(0xD0, 0xD9)])
_JPEG_FRAME_STARTS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_JPEG_EXIF, _JPEG_SCAN = 0xE1, 0xDA
_PNG_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_WEBP_ANIMATION = 0x02
_MOST_PARTS = 2**17


@dataclass(frozen=True)
class ImageHeader:
    """An image as its file states it, before any turning.

    Attributes:
        kind: "PNG", "JPEG", "BMP", "TIFF" or "WebP".
        width: in pixels.
        height: in pixels.
        n_channels: of a pixel as stored.
        bits: of one channel.
        orientation: EXIF's, 1 to 8, that is still to be applied; 1 is upright.
        has_alpha: it states a transparency.
        n_buffer_pixels: pixels that a decoder makes room for at a time; of a TIFF with tiles they
            can be more than the image has.
        has_more: further images follow in the file.
    """

    kind: str
    width: int
    height: int
    n_channels: int
    bits: int
    orientation: int = 1
    has_alpha: bool = False
    n_buffer_pixels: int = 0
    has_more: bool = False


def read_image_header(data: bytes) -> ImageHeader | None:
    """Reads the header of a PNG, JPEG, BMP, TIFF or WebP.

    Args:
        data: the file's bytes.

    Returns:
        What the file states; None for any other kind of content.

    Raises:
        ValueError: one of the five, but cut off, damaged, or a form that is not read; the message
            says which.
    """
    readers = [read for starts, read in _READERS if data.startswith(starts)]
    if not readers:
        return None
    try:
        header = readers[0](data)
    except (struct.error, IndexError, KeyError):
        raise ValueError("unreadable data") from None
    if header is not None and (header.width < 1 or header.height < 1 or header.n_channels < 1):
        raise ValueError("unreadable data")
    return header


def _png(data: bytes) -> ImageHeader:
    width, height, bits, colour = struct.unpack_from(">IIBB", data, 16)
    orientation, is_transparent, at = 1, colour in (4, 6), 8
    for _ in range(_MOST_PARTS):
        length, kind = struct.unpack_from(">I4s", data, at)
        if (kind == b"IHDR") != (at == 8):
            break
        if kind == b"IEND":
            channels = _PNG_CHANNELS[colour]
            return ImageHeader(
                "PNG", width, height, channels, bits, orientation, has_alpha=is_transparent
            )
        if kind == b"eXIf":
            orientation = orientation_of(data[at + 8 : at + 8 + length])
        is_transparent = is_transparent or kind == b"tRNS"
        at += 12 + length
    raise ValueError("unreadable data")


def _jpeg(data: bytes) -> ImageHeader:
    at, orientation = 2, 1
    for _ in range(_MOST_PARTS):
        # Whatever stands before the next marker is passed over, as decoders do.
        at = data.find(b"\xff", at)
        marker = data[at + 1]
        if at < 0 or marker == _JPEG_SCAN:
            break
        if marker in (0x00, 0xFF):
            at += 1
            continue
        if marker in _JPEG_WITHOUT_LENGTH:
            at += 2
            continue
        (length,) = struct.unpack_from(">H", data, at + 2)
        if marker in _JPEG_FRAME_STARTS:
            bits, height, width, channels = struct.unpack_from(">BHHB", data, at + 4)
            if data.rfind(b"\xff\xd9") < at:
                break
            return ImageHeader("JPEG", width, height, channels, bits, orientation)
        if marker == _JPEG_EXIF and data[at + 4 : at + 10] == b"Exif\0\0":
            orientation = orientation_of(data[at + 10 : at + 2 + length])
        at += 2 + length
    raise ValueError("unreadable data")


def _bmp(data: bytes) -> ImageHeader:
    (header_bytes,) = struct.unpack_from("<I", data, 14)
    if header_bytes == 12:
        width, height, _, bits = struct.unpack_from("<HHHH", data, 18)
    else:
        width, height, _, bits = struct.unpack_from("<iiHH", data, 18)
    return ImageHeader("BMP", abs(width), abs(height), max(1, bits // 8), min(bits, 8))


def _tiff(data: bytes) -> ImageHeader:
    if data[2:4] in (b"+\0", b"\0+"):
        raise ValueError("BigTIFF, which is not read")
    directory = read_directory(data)
    width, height = directory.one(256, 0), directory.one(257, 0)
    bits = max(directory.fields.get(258) or (1,))
    if bits > 16 or directory.one(339, 1) == 3:
        raise ValueError(f"samples of {bits} bits or of floating point, which are not read")
    rows = directory.one(278, height)
    tile = directory.one(322, 0) * directory.one(323, 0)
    # Why: 2^32 - 1 is how a TIFF says that all its rows are in one strip.
    strip = width * (height if rows == 2**32 - 1 else rows)
    return ImageHeader(
        "TIFF", width, height, directory.one(277, 1), bits, has_alpha=338 in directory.fields,
        n_buffer_pixels=max(tile, strip), has_more=directory.has_more,
    )  # fmt: skip


def _webp(data: bytes) -> ImageHeader | None:
    (size,) = struct.unpack_from("<I", data, 4)
    if data[8:12] != b"WEBP":
        return None
    form, start = data[12:16], data[20:30]
    if size + 8 > len(data) or len(start) < 10:
        raise ValueError("unreadable data")
    has_alpha, orientation = False, 1
    if form == b"VP8X":
        width, height = (1 + int.from_bytes(start[at : at + 3], "little") for at in (4, 7))
        if start[0] & _WEBP_ANIMATION:
            raise ValueError("an animation, where one image was needed")
        has_alpha, orientation = bool(start[0] & 0x10), _webp_orientation(data)
    elif form == b"VP8L":
        packed = int.from_bytes(start[1:5], "little")
        width, height = 1 + (packed & 0x3FFF), 1 + (packed >> 14 & 0x3FFF)
        has_alpha = bool(packed >> 28 & 1)
    elif form == b"VP8 ":
        width, height = (side & 0x3FFF for side in struct.unpack_from("<HH", start, 6))
    else:
        raise ValueError("unreadable data")
    return ImageHeader("WebP", width, height, 4, 8, orientation, has_alpha=has_alpha)


def _webp_orientation(data: bytes) -> int:
    at = 12
    for _ in range(_MOST_PARTS):
        if at + 8 > len(data):
            break
        kind, length = struct.unpack_from("<4sI", data, at)
        if kind == b"EXIF":
            return orientation_of(data[at + 8 : at + 8 + length].removeprefix(b"Exif\0\0"))
        at += 8 + length + length % 2
    return 1


_READERS: tuple[tuple[tuple[bytes, ...], Callable[[bytes], ImageHeader | None]], ...] = (
    ((b"\x89PNG\r\n\x1a\n",), _png),
    ((b"\xff\xd8",), _jpeg),
    ((b"BM",), _bmp),
    ((b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"), _tiff),
    ((b"RIFF",), _webp),
)
