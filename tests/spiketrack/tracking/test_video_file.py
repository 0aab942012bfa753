"""Frames from video files: whole, cut, holed, turned, with odd names, and playlists in disguise."""

import hashlib
import shutil
import struct
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from spiketrack.errors import VideoError
from spiketrack.tracking import video_file
from spiketrack.tracking.synthetic import make_synthetic_video
from spiketrack.tracking.video import open_source

_ONE = 1 << 16
_WIDTH, _HEIGHT = 64, 48


def _video(path: Path, n_frames: int = 30) -> Path:
    """Frames of noise that can be told apart; MJPEG in AVI and Matroska, MPEG-4 in MP4."""
    code = cv2.VideoWriter.fourcc(*("mp4v" if path.suffix == ".mp4" else "MJPG"))
    writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, code, 25, (_WIDTH, _HEIGHT))
    rng = np.random.default_rng(0)
    for _ in range(n_frames):
        writer.write(rng.integers(0, 255, (_HEIGHT, _WIDTH, 3), dtype=np.uint8))
    writer.release()
    return path


def _read(path: Path) -> tuple[int, str]:
    reading = iter(open_source(path))
    return len(list(reading)), reading.shortfall(None)


def test_a_video_file_can_be_gone_through_twice(tmp_path: Path) -> None:
    made = make_synthetic_video(tmp_path / "v.mp4", 4, (64, 64))
    source = open_source(str(made.path))
    first, second = np.stack(list(source)), np.stack(list(source))
    np.testing.assert_array_equal(first, second)
    assert first.shape == (4, 64, 64, 3) and first.dtype == np.uint8
    assert source.sha256 == hashlib.sha256(made.path.read_bytes()).hexdigest()
    assert source.notes == ()


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "v.mp4").touch()
    with pytest.raises(VideoError, match="video 'v.mp4': needed a video, found an empty file"):
        open_source(tmp_path / "v.mp4")


def test_garbage_is_refused_with_one_line(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    for junk in (bytes(range(256)) * 40, b"\0\0\0\x20ftypisom" + bytes(5000)):
        (tmp_path / "v.mp4").write_bytes(junk)
        with pytest.raises(VideoError, match="needed something that can be decoded"):
            open_source(tmp_path / "v.mp4")
    assert capfd.readouterr() == ("", "")


def test_an_mp4_without_its_index_is_refused(tmp_path: Path) -> None:
    made = make_synthetic_video(tmp_path / "v.mp4", 4, (64, 64))
    made.path.write_bytes(made.path.read_bytes()[:-300])
    with pytest.raises(VideoError, match="needed something that can be decoded"):
        open_source(made.path)


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(VideoError, match="video 'v.mp4': needed a readable file, found No such"):
        video_file.open_video_file(tmp_path / "v.mp4")
    with pytest.raises(VideoError, match="needed a file that can be read"):
        video_file.hash_of(tmp_path / "v.mp4")


@pytest.mark.parametrize("suffix", [".avi", ".mkv", ".mp4"])
def test_a_whole_video_misses_nothing(tmp_path: Path, suffix: str) -> None:
    assert _read(_video(tmp_path / f"v{suffix}")) == (30, "")


@pytest.mark.parametrize(
    ("suffix", "words"),
    [
        (".avi", "of the 30 frames that it states: it is cut off"),
        (".mkv", "make about 30: it is cut"),
    ],
)
def test_a_video_that_is_cut_off_says_so(tmp_path: Path, suffix: str, words: str) -> None:
    path = _video(tmp_path / f"v{suffix}")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    n_read, missing = _read(path)
    assert 5 < n_read < 25
    assert missing.startswith(f"'v{suffix}' gave {n_read} ") and words in missing


def test_a_video_with_a_hole_in_its_middle_says_so(tmp_path: Path) -> None:
    path = _video(tmp_path / "v.avi")
    data = bytearray(path.read_bytes())
    middle, length = len(data) // 2, len(data) // 10
    data[middle : middle + length] = bytes(length)
    path.write_bytes(data)
    n_read, missing = _read(path)
    assert 20 < n_read < 30 and f"gave {n_read} of the 30 frames" in missing


def test_fewer_frames_than_asked_for_are_told(tmp_path: Path) -> None:
    path = _video(tmp_path / "v.avi", 6)
    reading = iter(open_source(path))
    list(reading)
    assert reading.shortfall(5) == "" and reading.shortfall(None) == ""
    assert reading.shortfall(6) == "'v.avi' ended after 6 frames (6 after the first were asked for)"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    reading = iter(open_source(path))
    n_read = len(list(reading))
    assert reading.shortfall(n_read - 1) == ""
    assert f"gave {n_read} of the 6 frames that it states (5 after" in reading.shortfall(5)


def _box(data: bytearray, path: Sequence[bytes]) -> int:
    """Where the size of a box of an MP4 stands, found through the boxes around it."""
    at = 0
    for name in path:
        at = data.index(name, at)
    return at - 4


def test_frames_that_an_edit_list_leaves_out_are_told(tmp_path: Path) -> None:
    path = _video(tmp_path / "v.mp4", 12)
    data = bytearray(path.read_bytes())
    at = _box(data, [b"moov", b"elst"]) + 16
    (duration,) = struct.unpack_from(">I", data, at)
    struct.pack_into(">I", data, at, duration // 2)
    path.write_bytes(data)
    n_read, missing = _read(path)
    assert n_read < 12 and f"gave {n_read} of the 12 frames" in missing
    assert missing.endswith("or trimmed by an edit list")


def test_a_varying_frame_rate_misses_nothing(tmp_path: Path) -> None:
    path = _video(tmp_path / "v.mp4", 12)
    data = bytearray(path.read_bytes())
    at = _box(data, [b"moov", b"stts"])
    (delta,) = struct.unpack_from(">I", data, at + 20)
    # Half of the frames stand three times as long: a second entry of 8 bytes in the time table.
    data[at + 12 : at + 24] = struct.pack(">5I", 2, 6, delta // 2, 6, 3 * delta // 2)
    for name in (b"stts", b"stbl", b"minf", b"mdia", b"trak", b"moov"):
        place = _box(data, [b"moov", name])
        (size,) = struct.unpack_from(">I", data, place)
        struct.pack_into(">I", data, place, size + 8)
    path.write_bytes(data)
    source = open_source(path)
    assert source.fps == pytest.approx(25, rel=0.2) and source.frame_count == 12
    assert _read(path) == (12, "")


def _quarters(path: Path) -> str:
    """The colours of a video's first frame, its quarters read as a text."""
    frame = next(iter(open_source(path)))
    rows, columns = frame.shape[0] // 4, frame.shape[1] // 4
    names = {(255, 0, 0): "R", (0, 255, 0): "G", (0, 0, 255): "B", (255, 255, 255): "W"}
    seen = [frame[y, x].astype(int) for y in (rows, 3 * rows) for x in (columns, 3 * columns)]
    return "".join(
        min(names.items(), key=lambda item: int(np.abs(np.array(item[0]) - pixel).sum()))[1]
        for pixel in seen
    )


@pytest.mark.parametrize(
    ("degrees", "matrix", "size", "colours"),
    [
        (0, (_ONE, 0, 0, _ONE), (_WIDTH, _HEIGHT), "RGBW"),
        (90, (0, _ONE, -_ONE, 0), (_HEIGHT, _WIDTH), "BRWG"),
        (180, (-_ONE, 0, 0, -_ONE), (_WIDTH, _HEIGHT), "WBGR"),
        (270, (0, -_ONE, _ONE, 0), (_HEIGHT, _WIDTH), "GWRB"),
        (45, (46341, 46341, -46341, 46341), (_WIDTH, _HEIGHT), "RGBW"),
    ],
)
def test_a_video_is_turned_as_a_player_shows_it(
    tmp_path: Path,
    degrees: int,
    matrix: tuple[int, int, int, int],
    size: tuple[int, int],
    colours: str,
) -> None:
    frame: npt.NDArray[np.uint8] = np.full((_HEIGHT, _WIDTH, 3), 255, dtype=np.uint8)
    frame[: _HEIGHT // 2, : _WIDTH // 2] = (0, 0, 255)
    frame[: _HEIGHT // 2, _WIDTH // 2 :] = (0, 255, 0)
    frame[_HEIGHT // 2 :, : _WIDTH // 2] = (255, 0, 0)
    path = tmp_path / "v.mp4"
    code = cv2.VideoWriter.fourcc(*"mp4v")
    writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, code, 25, (_WIDTH, _HEIGHT))
    writer.write(frame)
    writer.release()
    data = bytearray(path.read_bytes())
    a, b, c, d = matrix
    # The display matrix of a version 0 track header: its third row only moves the picture.
    struct.pack_into(">6i", data, data.index(b"tkhd") + 44, a, b, 0, c, d, 0)
    path.write_bytes(data)
    source = open_source(path)
    assert (source.width, source.height) == size
    assert _quarters(path) == colours
    told = "'v.mp4' asks to be turned by 45 degrees: its frames are taken unturned"
    assert source.notes == ((told,) if degrees == 45 else ())


def test_pixels_that_are_not_square_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    class Capture:
        def get(self, what: int) -> float:
            return {cv2.CAP_PROP_SAR_NUM: 4.0, cv2.CAP_PROP_SAR_DEN: 3.0}.get(what, 0.0)

    notes = list(video_file._notes(Capture(), "v.avi"))  # type: ignore[arg-type]
    assert len(notes) == 1 and notes[0].startswith("'v.avi' has pixels of 4:3, which a player")


@pytest.mark.parametrize(
    "name",
    ["concat:other.avi", "http:x.avi", "a:b.avi", "f%03d.avi", "a%20b.avi", "subfile,,a.avi"],
)
def test_the_file_that_is_hashed_is_the_one_that_is_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    _video(Path("other.avi"), 9)
    shutil.copy(_video(Path("this.avi"), 3), name)
    source = open_source(name)
    assert source.sha256 == hashlib.sha256(Path(name).read_bytes()).hexdigest()
    assert len(list(source)) == 3


def test_a_name_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "\udcff.avi"
    try:
        shutil.copy(_video(tmp_path / "v.avi", 2), path)
    except (OSError, UnicodeError):
        pytest.skip("this file system takes no such names")
    with pytest.raises(VideoError, match="needed a path in UTF-8, found other bytes. Rename"):
        open_source(path)


@pytest.mark.parametrize(
    "text",
    [
        "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:1,\nother.avi\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile 'other.avi'\n",
        "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 9 RTP/AVP 96\n",
        "<?xml version='1.0'?><MPD xmlns='urn:mpeg:dash:schema:mpd:2011'></MPD>",
    ],
)
def test_a_playlist_called_mp4_is_refused(tmp_path: Path, text: str) -> None:
    _video(tmp_path / "other.avi", 3)
    (tmp_path / "v.mp4").write_text(text, encoding="utf-8")
    with pytest.raises(VideoError, match="found none of these. A playlist is not followed"):
        open_source(tmp_path / "v.mp4")


def test_ffmpeg_keeps_to_the_container_that_was_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if cv2.__version__.startswith("4.11."):
        pytest.skip("OpenCV 4.11 ignores what is set for FFmpeg; pyproject.toml excludes it")
    mp4 = video_file._container(_video(tmp_path / "v.mp4", 3))
    _video(tmp_path / "v.avi", 3)
    monkeypatch.setattr(video_file, "container_of", lambda head: mp4)
    with pytest.raises(VideoError, match="needed something that can be decoded, found unreadable"):
        open_source(tmp_path / "v.avi")
