"""Containers by their first bytes, names that FFmpeg cannot misread, and what it is held to."""

import os
from pathlib import Path

import pytest

from spiketrack.errors import VideoError
from spiketrack.tracking.video_container import (
    CONTAINERS,
    container_of,
    ffmpeg_held_to,
    ffmpeg_name,
)

_OPTIONS = "OPENCV_FFMPEG_CAPTURE_OPTIONS"


@pytest.mark.parametrize(
    ("head", "demuxers"),
    [
        (b"\0\0\0\x20ftypisom", "mov"),
        (b"\0\0\x10\0moov", "mov"),
        (b"RIFFJc\0\0AVI LIST", "avi"),
        (b"\x1aE\xdf\xa3\xa3B\x86\x81", "matroska"),
        ((b"G" + bytes(187)) * 3, "mpegts"),
        (bytes(4) + (b"G" + bytes(191)) * 3, "mpegts"),
        (b"\0\0\1\xba!\0\1\0", "mpeg"),
        (b"\0\0\1\xb3" + bytes(9), "mpegvideo,m4v,h264,hevc"),
        (b"\0\0\0\1\x67" + bytes(9), "mpegvideo,m4v,h264,hevc"),
        (b"FLV\1\5", "flv"),
        (b"OggS\0\2", "ogg"),
        (b"YUV4MPEG2 W8 H6 F25:1", "yuv4mpegpipe"),
        (b"DKIF\0\0\x20\0", "ivf"),
        (b"GIF89a", "gif"),
        (bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c"), "asf"),
    ],
)
def test_a_container_is_known_by_its_beginning(head: bytes, demuxers: str) -> None:
    container = container_of(head)
    assert container is not None and container.demuxers == demuxers


def test_no_reader_of_playlists_is_ever_allowed() -> None:
    allowed = {name for container in CONTAINERS for name in container.demuxers.split(",")}
    followers = {"hls", "applehttp", "dash", "concat", "sdp", "rtsp", "image2", "imf", "webm_dash"}
    assert allowed and not allowed & followers


@pytest.mark.parametrize(
    "head",
    [
        b"", b"G", b"#EXTM3U\n", b"ffconcat version 1.0\n", b"v=0\no=- 0 0 IN IP4 127.0.0.1\n",
        b"<?xml version='1.0'?><MPD>", b"[playlist]\n", b"\x89PNG\r\n\x1a\n", b"RIFF\0\0\0\0WAVE",
        b"G" + bytes(400),
    ],
)  # fmt: skip
def test_playlists_and_other_content_are_no_container(head: bytes) -> None:
    assert container_of(head) is None


def test_a_name_is_given_as_a_file_from_the_root() -> None:
    assert ffmpeg_name(Path("http:x%03d.avi")) == f"file:{Path.cwd() / 'http:x%03d.avi'}"


def test_a_name_that_is_no_text_is_refused() -> None:
    with pytest.raises(
        VideoError, match=r"'\\udcff.avi': needed a path in UTF-8. *found other bytes"
    ):
        ffmpeg_name(Path("\udcff.avi"))


def test_what_was_set_for_ffmpeg_before_stays_and_comes_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    held = "protocol_whitelist;file|format_whitelist;mov"
    for before, within in ((None, held), ("hwaccel;none", f"hwaccel;none|{held}")):
        if before is None:
            monkeypatch.delenv(_OPTIONS, raising=False)
        else:
            monkeypatch.setenv(_OPTIONS, before)
        with ffmpeg_held_to(CONTAINERS[0]):
            assert os.environ[_OPTIONS] == within
        assert os.environ.get(_OPTIONS) == before
