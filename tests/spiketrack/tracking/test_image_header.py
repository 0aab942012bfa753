"""Image sizes from headers, against files that OpenCV writes."""

import cv2
import numpy as np
import pytest

from spiketrack.tracking.image_header import image_size

_PIXELS = np.zeros((11, 23, 3), dtype=np.uint8)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".bmp"])
def test_the_size_stands_in_the_header(suffix: str) -> None:
    data = cv2.imencode(suffix, _PIXELS)[1].tobytes()
    assert image_size(data) == (23, 11)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".bmp"])
def test_a_header_cut_anywhere_is_left_to_the_decoder(suffix: str) -> None:
    data = cv2.imencode(suffix, _PIXELS)[1].tobytes()
    for length in range(len(data)):
        assert image_size(data[:length]) in (None, (23, 11))


def test_an_unknown_format_is_left_to_the_decoder() -> None:
    assert image_size(b"II*\0 a tiff") is None


def test_fill_bytes_and_markers_without_length_are_skipped() -> None:
    frame = bytes([0xFF, 0xC0, 0, 17, 8, 0, 11, 0, 23])
    assert image_size(b"\xff\xd8" + b"\xff\xff\x01" + frame) == (23, 11)
