"""Which video container a file is, by its first bytes, and how FFmpeg is held to it.

Why: FFmpeg chooses its reader by content, not by name. A playlist (HLS, DASH, ffconcat, SDP) called
`.mp4` makes it open other files and network addresses, and a name such as `concat:a.avi` or
`http:x` is read as a protocol, so that another file is opened than was hashed. So a file must begin
as a listed container does, FFmpeg may use the reader of that container alone (a subtitle track can
hold a playlist too) and the file protocol alone, and it is given `file:` and an absolute path.
OpenCV 4.11 on Linux ignores the options, and leaves the first bytes and the path to protect.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from spiketrack.errors import VideoError

_OPTIONS = "OPENCV_FFMPEG_CAPTURE_OPTIONS"
HEAD_BYTES = 512
"""How much of a file `container_of` needs."""


@dataclass(frozen=True)
class Container:
    """One kind of video file.

    Attributes:
        name: for people.
        demuxers: FFmpeg's readers for it, separated by commas.
        signatures: alternatives, each of (offset, bytes) pieces that must all be there.
        states_count: the file states a number of frames; else a length at most.
    """

    name: str
    demuxers: str
    signatures: tuple[tuple[tuple[int, bytes], ...], ...]
    states_count: bool = False


def _starts(*beginnings: bytes) -> tuple[tuple[tuple[int, bytes], ...], ...]:
    return tuple(((0, beginning),) for beginning in beginnings)


_MP4_BOXES = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")

CONTAINERS = (
    Container("MP4 or MOV", "mov", tuple(((4, box),) for box in _MP4_BOXES), states_count=True),
    Container("AVI", "avi", (((0, b"RIFF"), (8, b"AVI ")),), states_count=True),
    Container("Matroska or WebM", "matroska", _starts(b"\x1aE\xdf\xa3")),
    Container(
        "MPEG-TS",
        "mpegts",
        tuple(
            tuple((start + step * i, b"G") for i in range(3))
            for start, step in ((0, 188), (4, 192))
        ),
    ),
    Container("MPEG-PS", "mpeg", _starts(b"\0\0\1\xba")),
    Container("raw MPEG or H.26x", "mpegvideo,m4v,h264,hevc", _starts(b"\0\0\1", b"\0\0\0\1")),
    Container("FLV", "flv", _starts(b"FLV\1")),
    Container("WMV", "asf", _starts(bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c"))),
    Container("Ogg", "ogg", _starts(b"OggS\0")),
    Container("Y4M", "yuv4mpegpipe", _starts(b"YUV4MPEG2 ")),
    Container("IVF", "ivf", _starts(b"DKIF")),
    Container("GIF", "gif", _starts(b"GIF87a", b"GIF89a")),
)
"""In the order of trial: MPEG-PS begins as a raw stream does."""

CONTAINER_NAMES = ", ".join(container.name for container in CONTAINERS)


def container_of(head: bytes) -> Container | None:
    """The container that a file's first `HEAD_BYTES` bytes belong to, or None."""
    for container in CONTAINERS:
        for pieces in container.signatures:
            if all(head[at : at + len(piece)] == piece for at, piece in pieces):
                return container
    return None


def ffmpeg_name(path: Path) -> str:
    """A name that FFmpeg takes for this file and for nothing else, whatever characters it has.

    Raises:
        VideoError: the name is not text; OpenCV ends the whole process on it.
    """
    name = f"file:{path.absolute()}"
    try:
        name.encode()
    except UnicodeEncodeError:
        shown = ascii(path.name)
        advice = "Rename the file or its folder."
        raise VideoError(f"video {shown}", "a path in UTF-8", "other bytes", advice) from None
    return name


@contextmanager
def ffmpeg_held_to(container: Container) -> Iterator[None]:
    """Within the block OpenCV opens files with the container's own readers, and no network."""
    given = os.environ.get(_OPTIONS)
    held = f"protocol_whitelist;file|format_whitelist;{container.demuxers}"
    os.environ[_OPTIONS] = f"{given}|{held}" if given else held
    try:
        yield
    finally:
        if given is None:
            del os.environ[_OPTIONS]
        else:
            os.environ[_OPTIONS] = given
