"""Headers of images, against files that OpenCV writes and against files that lie."""

import struct

import cv2
import numpy as np
import pytest

from spiketrack.tracking.image_header import ImageHeader, read_image_header
from tests.small_images import (
    bmp,
    exif,
    jpeg,
    jpeg_with_exif,
    png,
    png_with_exif,
    tiff,
    webp,
    webp_extended,
    webp_with_exif,
)

_PIXELS = np.random.default_rng(0).integers(0, 255, (11, 23, 3), dtype=np.uint8)
_KINDS = {".png": "PNG", ".jpg": "JPEG", ".bmp": "BMP", ".tif": "TIFF", ".webp": "WebP"}


def _encoded(suffix: str) -> bytes:
    return bytes(cv2.imencode(suffix, _PIXELS)[1].tobytes())


def _read(data: bytes) -> ImageHeader:
    header = read_image_header(data)
    assert header is not None
    return header


@pytest.mark.parametrize("suffix", sorted(_KINDS))
def test_kind_and_size_stand_in_the_header(suffix: str) -> None:
    header = _read(_encoded(suffix))
    assert (header.kind, header.width, header.height) == (_KINDS[suffix], 23, 11)
    assert (header.bits, header.orientation, header.has_alpha) == (8, 1, False)


@pytest.mark.parametrize("suffix", sorted(_KINDS))
def test_a_header_cut_anywhere_gives_the_size_or_an_error(suffix: str) -> None:
    data = _encoded(suffix)
    for length in range(len(data)):
        try:
            header = read_image_header(data[:length])
        except ValueError:
            continue
        assert header is None or (header.width, header.height) == (23, 11)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp"])
def test_an_image_without_its_end_is_refused(suffix: str) -> None:
    with pytest.raises(ValueError, match="unreadable data"):
        read_image_header(_encoded(suffix)[:-8])


@pytest.mark.parametrize(
    "data", [b"", b"P6 1 1 255 ", b"\0\0\0\x0cjP  ", b"RIFF\x10\0\0\0AVI ", b"GIF89a", b"hello"]
)
def test_any_other_content_is_no_image(data: bytes) -> None:
    assert read_image_header(data) is None


def test_a_jpegs_fill_bytes_stray_bytes_and_markers_without_length_are_skipped() -> None:
    data = jpeg(23, 11)
    header = _read(data[:2] + b"\xff\xff\x01" + b"stray \xff\0" + data[2:])
    assert (header.width, header.height, header.n_channels) == (23, 11, 3)


@pytest.mark.parametrize("orientation", [1, 6, 8])
@pytest.mark.parametrize("order", ["<", ">"])
def test_the_orientation_is_found_in_jpeg_png_and_webp(orientation: int, order: str) -> None:
    data = exif(orientation, order)
    assert _read(jpeg_with_exif(_encoded(".jpg"), data)).orientation == orientation
    assert _read(png_with_exif(_encoded(".png"), data)).orientation == orientation
    assert _read(webp_with_exif(_encoded(".webp"), (23, 11), data)).orientation == orientation


def test_broken_exif_is_no_reason_to_refuse_a_picture() -> None:
    for data in (b"", b"II*\0", exif(9), exif(0), b"junk" * 9):
        assert _read(jpeg_with_exif(_encoded(".jpg"), data)).orientation == 1


def test_a_webp_without_the_exif_it_promises_is_upright() -> None:
    assert _read(webp(webp_extended(5, 4, 0x08), (b"VP8 ", bytes(10)))).orientation == 1


@pytest.mark.parametrize(
    ("data", "channels", "bits", "has_alpha"),
    [
        (png(5, 4, 16, 0), 1, 16, False),
        (png(5, 4, 8, 6), 4, 8, True),
        (png(5, 4, 1, 0), 1, 1, False),
        (bmp(5, -4, 32), 4, 8, False),
        (jpeg(5, 4, 4), 4, 8, False),
        (tiff({256: (5,), 257: (4,), 258: (16, 16, 16), 277: (3,)}, ">"), 3, 16, False),
        (tiff({256: (5,), 257: (4,), 258: (8, 8, 8, 8), 277: (4,), 338: (2,)}), 4, 8, True),
        (
            webp((b"VP8L", b"\x2f" + struct.pack("<I", 4 | 3 << 14 | 1 << 28) + bytes(8))),
            4,
            8,
            True,
        ),
    ],
)
def test_depth_channels_and_transparency_are_read(
    data: bytes, channels: int, bits: int, has_alpha: bool
) -> None:
    header = _read(data)
    assert (header.width, header.height) == (5, 4)
    assert (header.n_channels, header.bits, header.has_alpha) == (channels, bits, has_alpha)


def test_an_old_bmp_header_is_read() -> None:
    data = b"BM" + struct.pack("<IHHI", 26, 0, 0, 26) + struct.pack("<IHHHH", 12, 5, 4, 1, 24)
    assert (_read(data + bytes(8)).width, _read(data + bytes(8)).height) == (5, 4)


def test_the_room_that_a_tiffs_strips_and_tiles_need_is_read() -> None:
    size = {256: (5,), 257: (4,)}
    assert _read(tiff(size)).n_buffer_pixels == 20
    assert _read(tiff({**size, 278: (2**32 - 1,)})).n_buffer_pixels == 20
    assert _read(tiff({**size, 278: (10**6,)})).n_buffer_pixels == 5 * 10**6
    assert _read(tiff({**size, 322: (4096,), 323: (2048,)})).n_buffer_pixels == 2**23


def test_a_tiff_with_more_pages_says_so() -> None:
    size = {256: (5,), 257: (4,)}
    assert not _read(tiff(size)).has_more
    assert _read(tiff(size, following=8)).has_more


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"II+\0" + bytes(20), "BigTIFF, which is not read"),
        (tiff({256: (5,), 257: (4,), 258: (32,)}), "samples of 32 bits or of floating point"),
        (tiff({256: (5,), 257: (4,), 258: (16,), 339: (3,)}), "of floating point, which are not"),
        (webp(webp_extended(5, 4, 0x02), (b"ANIM", bytes(10))), "an animation"),
        (webp((b"XXXX", bytes(20))), "unreadable data"),
        (webp((b"VP8 ", bytes(20))), "unreadable data"),
        (png(0, 4), "unreadable data"),
        (png(5, 4, 8, 5), "unreadable data"),
        (png(5, 4)[:8] + png(5, 4)[33:], "unreadable data"),
        (png(5, 4)[:33] + png(9, 9)[8:], "unreadable data"),
        (jpeg(5, 0), "unreadable data"),
        (b"\xff\xd8\xff\xda" + bytes(20), "unreadable data"),
        (b"\xff\xd8" + bytes(20), "unreadable data"),
        (b"II*\0\x08\0\0\0\xff\xff", "unreadable data"),
    ],
)  # fmt: skip
def test_a_header_that_is_not_read_is_named(data: bytes, found: str) -> None:
    with pytest.raises(ValueError, match=found):
        read_image_header(data)
