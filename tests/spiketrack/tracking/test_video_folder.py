"""Frames from folders: their order, what is said about it, and images that are not let through."""

import os
import struct
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from spiketrack.errors import VideoError
from spiketrack.tracking.video import open_source
from spiketrack.tracking.video_folder import MAX_FILE_BYTES, in_natural_order, order_notes
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

Pixels = npt.NDArray[np.uint8]


def _image(path: Path, rgb: tuple[int, int, int], size: tuple[int, int] = (20, 10)) -> None:
    pixels = np.zeros((size[1], size[0], 3), dtype=np.uint8)
    pixels[:] = rgb[::-1]
    cv2.imwrite(str(path), pixels)


def test_a_folder_gives_its_images_by_name_as_rgb(tmp_path: Path) -> None:
    _image(tmp_path / "b.png", (0, 200, 0))
    _image(tmp_path / "a.png", (200, 0, 0))
    (tmp_path / "notes.txt").write_text("not a frame")
    source = open_source(tmp_path)
    for _ in range(2):
        assert [frame[0, 0].tolist() for frame in source] == [[200, 0, 0], [0, 200, 0]]
    assert (source.width, source.height, source.frame_count) == (20, 10, 2)
    assert (source.name, source.fps, source.notes) == (tmp_path.name, 30.0, ())
    assert iter(source).shortfall(None).startswith(f"'{tmp_path.name}' gave 0 of the 2 frames")


@pytest.mark.parametrize(
    ("form", "first"), [("{}.png", 2), ("frame_{}.png", 2), ("a2_{}_left.png", 1)]
)
def test_a_folder_is_read_in_the_order_of_its_numbers_and_says_so(
    tmp_path: Path, form: str, first: int
) -> None:
    numbers = range(1, 13)
    for number in numbers:
        _image(tmp_path / form.format(number), (number, 0, 0))
    source = open_source(tmp_path)
    assert [int(frame[0, 0, 0]) for frame in source] == list(numbers)
    (note,) = source.notes
    assert note == (
        f"folder '{tmp_path.name}' is read in the order of its numbers, which is not the order of"
        f" letters: '{form.format(first)}' comes before '{form.format(10)}'"
    )


def test_numbers_of_one_width_need_no_word() -> None:
    assert order_notes([f"{number:04d}.png" for number in range(1, 13)]) == []
    assert order_notes([f"{number:04d}.png" for number in range(0, 50, 5)]) == []


def test_names_sort_as_numbers_then_as_letters() -> None:
    names = ["b1.png", "a10.png", "a9.png", "a.png", "a09.png", "10.png", "9.png", "a9b2.png"]
    assert [path.name for path in in_natural_order([Path(name) for name in names])] == [
        "9.png", "10.png", "a.png", "a09.png", "a9.png", "a9b2.png", "a10.png", "b1.png",
    ]  # fmt: skip


def test_gaps_in_the_numbers_are_told() -> None:
    assert order_notes(["1.png", "2.png", "3.png", "6.png", "7.png"]) == [
        "has gaps in its numbers, passed over: '3.png' to '6.png'"
    ]
    many = [f"{number:03d}.png" for number in (1, 2, 3, 4, 5, 6, 7, 9, 11, 13, 15)]
    assert order_notes(many) == [
        "has gaps in its numbers, passed over: '007.png' to '009.png', '009.png' to '011.png',"
        " '011.png' to '013.png' and 1 more"
    ]


def test_images_of_several_kinds_and_forms_of_name_are_told() -> None:
    assert order_notes(["1.png", "2.jpg", "3.JPG"]) == [
        "holds images of more than one kind, read as one sequence: 2 .jpg, 1 .png"
    ]
    assert order_notes(["a1.png", "a2.png", "b1.png", "c.png", "d.png"]) == [
        "holds names of more than one form, read as one sequence: 2 'a#', 1 'b#', 1 'c', ..."
    ]


def test_a_folders_hash_changes_with_a_name(tmp_path: Path) -> None:
    _image(tmp_path / "a.png", (1, 2, 3))
    before = open_source(tmp_path).sha256
    os.replace(tmp_path / "a.png", tmp_path / "b.png")
    assert open_source(tmp_path).sha256 != before


def test_a_folder_without_images_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("not a frame")
    with pytest.raises(VideoError, match=r"needed images \(.bmp .*\), found none"):
        open_source(tmp_path)


def test_a_folder_that_cannot_be_listed_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", refuse)
    with pytest.raises(VideoError, match="needed a readable folder, found Permission denied"):
        open_source(tmp_path)


def test_an_image_that_cannot_be_read_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _image(tmp_path / "a.png", (1, 2, 3))
    source = open_source(tmp_path)
    with monkeypatch.context() as patch:

        def refuse(_: Path) -> None:
            raise PermissionError(13, "Permission denied")

        patch.setattr(Path, "read_bytes", refuse)
        with pytest.raises(VideoError, match="'a.png': needed a readable file, found Permission"):
            list(source)
    (tmp_path / "a.png").unlink()
    with pytest.raises(VideoError, match="image 'a.png': needed a readable file, found No such"):
        list(source)


@pytest.mark.parametrize("length", [0, 40])
def test_a_damaged_image_is_refused_with_one_line(
    tmp_path: Path, length: int, capfd: pytest.CaptureFixture[str]
) -> None:
    _image(tmp_path / "a.png", (1, 2, 3))
    (tmp_path / "a.png").write_bytes((tmp_path / "a.png").read_bytes()[:length])
    with pytest.raises(VideoError, match="image 'a.png': needed an image that can be decoded"):
        open_source(tmp_path)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".bmp", ".tif", ".webp"])
def test_an_image_that_is_cut_off_is_refused(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    pixels = np.random.default_rng(0).integers(0, 255, (90, 120, 3), dtype=np.uint8)
    cv2.imwrite(str(path), pixels)
    assert open_source(tmp_path).width == 120
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    with pytest.raises(VideoError, match="needed an image that can be decoded .* unreadable data"):
        open_source(tmp_path)


def test_images_of_changing_size_are_refused_where_they_change(tmp_path: Path) -> None:
    _image(tmp_path / "a.png", (1, 2, 3), (20, 10))
    _image(tmp_path / "b.png", (1, 2, 3), (22, 10))
    frames = iter(open_source(tmp_path))
    next(frames)
    with pytest.raises(VideoError, match="frame 1 of .* needed 20x10 as before, found 22x10"):
        next(frames)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (png(100_000, 9), "needed frames up to 16384x16384, found 100000x9"),
        (bmp(9, -(2**31)), "needed frames up to 16384x16384, found 9x2147483648"),
        (tiff({256: (9,), 257: (20_000,)}), "needed frames up to 16384x16384, found 9x20000"),
        (jpeg(65_535, 9), "needed frames up to 16384x16384, found 65535x9"),
        (webp(webp_extended(2**24, 9, 0), (b"VP8 ", bytes(9))), "found 16777216x9"),
        (
            png(16_384, 16_384),
            "needed frames of up to 256 MiB when decoded, found 16384x16384 with",
        ),
        (png(8_000, 8_000, 16, 6), "found 8000x8000 with 488 MiB"),
        (jpeg(16_000, 16_000, 1), "found 16000x16000 with 732 MiB"),
        (tiff({256: (8_000,), 257: (8_000,), 258: (16,) * 3, 277: (3,)}), "with 366 MiB"),
        (webp(webp_extended(16_000, 16_000, 0), (b"VP8 ", bytes(9))), "with 976 MiB"),
        (tiff({256: (9,), 257: (9,), 322: (32_768,), 323: (32_768,)}), "tiles of 1024 MiB"),
        (tiff({256: (9,), 257: (9,), 277: (65_535,)}), "can be decoded|when decoded"),
    ],
)
def test_an_oversized_image_is_refused_before_it_is_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: bytes, message: str
) -> None:
    (tmp_path / "a.png").write_bytes(data)
    monkeypatch.setattr(cv2, "imdecode", lambda *_: None)
    with pytest.raises(VideoError, match=message):
        open_source(tmp_path)


def test_a_sparse_file_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.png").write_bytes(png(5, 4))
    os.truncate(tmp_path / "a.png", MAX_FILE_BYTES + 2**20)
    monkeypatch.setattr(Path, "read_bytes", None)
    with pytest.raises(VideoError, match="needed a file of up to 272 MiB, found 273 MiB"):
        open_source(tmp_path)


def _float_pixels() -> npt.NDArray[np.float32]:
    return np.ones((4, 5, 3), dtype=np.float32)


@pytest.mark.parametrize(
    ("suffix", "pixels"),
    [
        (".jp2", lambda: np.zeros((64, 64, 3), np.uint8)),
        (".ppm", lambda: np.zeros((4, 5, 3), np.uint8)),
        (".ras", lambda: np.zeros((4, 5, 3), np.uint8)),
        (".hdr", _float_pixels),
        (".pfm", _float_pixels),
    ],
)
def test_an_image_of_another_kind_called_png_reaches_no_decoder(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    suffix: str,
    pixels: Callable[[], npt.NDArray[np.generic]],
) -> None:
    done, data = cv2.imencode(suffix, np.asarray(pixels()))
    assert done
    (tmp_path / "a.png").write_bytes(data.tobytes())
    monkeypatch.setattr(cv2, "imdecode", None)
    with pytest.raises(
        VideoError, match=r"decoded \(PNG, JPEG, BMP, TIFF, WebP\), found another kind of content"
    ):
        open_source(tmp_path)


def test_a_decoder_that_fails_is_a_typed_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise cv2.error("assertion failed")

    _image(tmp_path / "a.png", (1, 2, 3))
    monkeypatch.setattr(cv2, "imdecode", fail)
    with pytest.raises(VideoError, match="found unreadable data"):
        open_source(tmp_path)


# How a viewer shows the picture 1 2 / 3 4 with each of EXIF's orientations.
_SHOWN = {
    1: "12/34", 2: "21/43", 3: "43/21", 4: "34/12", 5: "13/24", 6: "31/42", 7: "42/31", 8: "24/13",
}  # fmt: skip


@pytest.mark.parametrize("orientation", sorted(_SHOWN))
@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".tif"])
def test_a_photograph_is_turned_as_a_viewer_shows_it(
    tmp_path: Path, suffix: str, orientation: int
) -> None:
    quarters = np.array([[40, 90], [140, 190]], dtype=np.uint8)
    picture: Pixels = np.repeat(np.kron(quarters, np.ones((8, 16), np.uint8))[..., None], 3, axis=2)
    data = cv2.imencode(suffix, picture)[1].tobytes()
    fields = exif(orientation)
    if suffix == ".jpg":
        data = jpeg_with_exif(data, fields)
    elif suffix == ".png":
        data = png_with_exif(data, fields)
    elif suffix == ".webp":
        data = webp_with_exif(data, (32, 16), fields)
    else:
        data = _tiff_with_orientation(picture, orientation)
    (tmp_path / f"a{suffix}").write_bytes(data)
    frame = next(iter(open_source(tmp_path)))
    rows, columns = frame.shape[0] // 2, frame.shape[1] // 2
    assert (rows, columns) == ((8, 16) if orientation < 5 else (16, 8))
    levels = [frame[y, x, 0] for y in (rows - 4, rows + 4) for x in (columns - 4, columns + 4)]
    seen = [str(round((int(level) - 40) / 50) + 1) for level in levels]
    assert "".join(seen[:2]) + "/" + "".join(seen[2:]) == _SHOWN[orientation]


def _tiff_with_orientation(picture: Pixels, orientation: int) -> bytes:
    height, width = picture.shape[:2]
    start = 8 + 2 + 12 * 8 + 4
    fields = [
        (256, width), (257, height), (258, 8), (262, 1), (273, start), (274, orientation),
        (278, height), (279, height * width),
    ]  # fmt: skip
    entries = b"".join(struct.pack("<HHII", number, 4, 1, value) for number, value in fields)
    header = b"II*\0" + struct.pack("<IH", 8, len(fields)) + entries + bytes(4)
    return header + picture[..., 0].tobytes()


def test_what_is_lost_from_a_picture_is_told(tmp_path: Path) -> None:
    row = b"\0" + struct.pack(">4H", 0x12FF, 0x8000, 0xFFFF, 0x0100) * 5
    (tmp_path / "a.png").write_bytes(png(5, 4, 16, 6, row * 4))
    source = open_source(tmp_path)
    assert next(iter(source))[0, 0].tolist() == [0x12, 0x80, 0xFF]
    name = tmp_path.name
    assert source.notes == (
        f"folder '{name}' holds 16 bits a channel, of which the upper 8 are used ('a.png')",
        f"folder '{name}' holds transparency, which is left out ('a.png')",
    )


def test_the_pages_behind_the_first_are_told(tmp_path: Path) -> None:
    pixels = np.zeros((4, 5, 3), dtype=np.uint8)
    assert cv2.imwritemulti(str(tmp_path / "a.tif"), [pixels, pixels])
    (note,) = open_source(tmp_path).notes
    assert note.endswith("holds several images in one file, of which the first is used ('a.tif')")


def test_a_grey_picture_is_rgb(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), np.full((4, 5), 77, dtype=np.uint8))
    source = open_source(tmp_path)
    assert next(iter(source))[0, 0].tolist() == [77, 77, 77] and source.notes == ()
