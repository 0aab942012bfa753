"""Frames from a folder of images, in the order of their numbers, turned as a viewer shows them."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np

from spiketrack.errors import VideoError
from spiketrack.provenance import sha256_bytes
from spiketrack.tracking.engine import Image
from spiketrack.tracking.image_header import ImageHeader, read_image_header
from spiketrack.tracking.opencv_log import quiet_opencv
from spiketrack.tracking.video_file import hash_of
from spiketrack.tracking.video_source import (
    ASSUMED_FPS,
    MAX_FRAME_BYTES,
    VideoSource,
    check_frame_size,
)

IMAGE_SUFFIXES = frozenset([".bmp", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"])
MAX_FILE_BYTES = MAX_FRAME_BYTES + 2**24
"""Largest image file, in bytes: a frame that is not compressed, and room for what else it holds."""

_NUMBER = re.compile(r"([0-9]+)")
_MOST_GAPS_TOLD = 3
# EXIF's orientation -> quarter turns to the right, after mirroring left and right where True.
_TURNS = {
    2: (0, True), 3: (2, False), 4: (2, True), 5: (3, True), 6: (1, False), 7: (1, True),
    8: (3, False),
}  # fmt: skip


def open_folder(folder: Path) -> VideoSource:
    """Opens a folder's images and decodes the first; says in `notes` what may surprise.

    Raises:
        VideoError: the folder or its first image cannot be read, or it holds no image.
    """
    try:
        files = [path for path in folder.iterdir() if path.is_file()]
    except OSError as error:
        raise VideoError(
            f"folder '{folder.name}'", "a readable folder", str(error.strerror)
        ) from None
    paths = in_natural_order([path for path in files if path.suffix.lower() in IMAGE_SUFFIXES])
    if not paths:
        kinds = " ".join(sorted(IMAGE_SUFFIXES))
        raise VideoError(f"folder '{folder.name}'", f"images ({kinds})", "none")
    for path in paths:
        _check_file_size(path)
    header, first = _read(paths[0])
    listing = "".join(f"{hash_of(path)} {path.name}\n" for path in paths)
    notes = (*order_notes([path.name for path in paths]), *_header_notes(paths[0].name, header))
    return VideoSource(
        name=folder.name,
        fps=ASSUMED_FPS,
        width=first.shape[1],
        height=first.shape[0],
        frame_count=len(paths),
        sha256=sha256_bytes(listing.encode(errors="surrogateescape")),
        _open=lambda: (_read(path)[1] for path in paths),
        notes=tuple(f"folder '{folder.name}' {note}" for note in notes),
    )


def read_image(path: Path) -> Image:
    """Decodes one image file, uint8 RGB (H, W, 3), turned as a viewer shows it.

    Raises:
        VideoError: it cannot be read or decoded, or is too large.
    """
    return _read(path)[1]


def in_natural_order(paths: Sequence[Path]) -> list[Path]:
    """Sorted by name, where digits count as the number they write: 9 comes before 10."""
    return sorted(paths, key=lambda path: (_parts(path.stem), path.name))


def order_notes(names: Sequence[str]) -> list[str]:
    """What is worth saying about names in natural order, each continuing "folder 'x' ...".

    Args:
        names: in natural order.
    """
    return [*_order_note(names), *_kind_note(names), *_gap_note(names)]


def _parts(name: str) -> list[str | int]:
    """Text and numbers by turns: a split with a group begins with text, empty if need be."""
    pieces = _NUMBER.split(name)
    return [int(piece) if index % 2 else piece for index, piece in enumerate(pieces)]


def _order_note(names: Sequence[str]) -> Iterator[str]:
    for ours, of_letters in zip(names, sorted(names), strict=True):
        if ours != of_letters:
            yield (
                "is read in the order of its numbers, which is not the order of letters:"
                f" '{ours}' comes before '{of_letters}'"
            )
            return


def _kind_note(names: Sequence[str]) -> Iterator[str]:
    kinds = Counter(Path(name).suffix.lower() for name in names)
    if len(kinds) > 1:
        told = ", ".join(f"{n} {kind}" for kind, n in sorted(kinds.items()))
        yield f"holds images of more than one kind, read as one sequence: {told}"
    patterns = Counter(_NUMBER.sub("#", Path(name).stem) for name in names)
    if len(patterns) > 1 and any("#" in pattern for pattern in patterns):
        told = ", ".join(f"{n} '{pattern}'" for pattern, n in patterns.most_common(3))
        more = ", ..." if len(patterns) > 3 else ""
        yield f"holds names of more than one form, read as one sequence: {told}{more}"


def _gap_note(names: Sequence[str]) -> Iterator[str]:
    """Numbers left out, where one number tells the names apart; every fifth frame has no gap."""
    rows = [_parts(Path(name).stem) for name in names]
    if len({len(row) for row in rows}) != 1:
        return
    varying = [column for column in zip(*rows, strict=True) if len(set(column)) > 1]
    numbers = [value for value in varying[0] if isinstance(value, int)] if varying else []
    if len(varying) != 1 or len(numbers) < 3:
        return
    steps = [after - before for before, after in zip(numbers, numbers[1:], strict=False)]
    usual = Counter(steps).most_common(1)[0][0]
    gaps = [
        f"'{names[index]}' to '{names[index + 1]}'"
        for index, step in enumerate(steps)
        if step > usual
    ]
    if gaps:
        told = ", ".join(gaps[:_MOST_GAPS_TOLD])
        more = f" and {len(gaps) - _MOST_GAPS_TOLD} more" if len(gaps) > _MOST_GAPS_TOLD else ""
        yield f"has gaps in its numbers, passed over: {told}{more}"


def _header_notes(name: str, header: ImageHeader) -> Iterator[str]:
    if header.bits > 8:
        yield f"holds {header.bits} bits a channel, of which the upper 8 are used ('{name}')"
    if header.has_alpha:
        yield f"holds transparency, which is left out ('{name}')"
    if header.has_more:
        yield f"holds several images in one file, of which the first is used ('{name}')"


def _check_file_size(path: Path) -> None:
    try:
        n_bytes = path.stat().st_size
    except OSError as error:
        raise VideoError(f"image '{path.name}'", "a readable file", str(error.strerror)) from None
    if n_bytes > MAX_FILE_BYTES:
        raise VideoError(
            f"image '{path.name}'", f"a file of up to {MAX_FILE_BYTES >> 20} MiB",
            f"{n_bytes >> 20} MiB",
        )  # fmt: skip


def _read(path: Path) -> tuple[ImageHeader, Image]:
    _check_file_size(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise VideoError(f"image '{path.name}'", "a readable file", str(error.strerror)) from None
    header = _checked_header(path.name, data)
    try:
        with quiet_opencv():
            flags = cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION
            bgr = cv2.imdecode(np.frombuffer(data, dtype=np.uint8), flags)
    except cv2.error:
        bgr = None
    if bgr is None:
        raise _undecodable(path.name, "unreadable data")
    turned = _turned(np.asarray(bgr, dtype=np.uint8), header.orientation)
    return header, np.asarray(cv2.cvtColor(turned, cv2.COLOR_BGR2RGB), dtype=np.uint8)


def _checked_header(name: str, data: bytes) -> ImageHeader:
    try:
        header = read_image_header(data)
    except ValueError as error:
        raise _undecodable(name, str(error)) from None
    if header is None:
        found = "another kind of content" if data else "an empty file"
        raise _undecodable(name, found)
    channel_bytes = (header.bits + 7) // 8
    check_frame_size(name, header.width, header.height, header.n_channels, channel_bytes)
    n_buffer_bytes = header.n_buffer_pixels * header.n_channels * channel_bytes
    if n_buffer_bytes > MAX_FRAME_BYTES:
        found = f"strips or tiles of {n_buffer_bytes >> 20} MiB"
        raise VideoError(f"'{name}'", f"up to {MAX_FRAME_BYTES >> 20} MiB at a time", found)
    return header


def _undecodable(name: str, found: str) -> VideoError:
    kinds = "PNG, JPEG, BMP, TIFF, WebP"
    return VideoError(f"image '{name}'", f"an image that can be decoded ({kinds})", found)


def _turned(bgr: Image, orientation: int) -> Image:
    """The image as a viewer shows it.

    Why here: OpenCV's versions differ in which kinds of image they turn by themselves.
    """
    n_quarters, is_mirrored = _TURNS.get(orientation, (0, False))
    mirrored = bgr[:, ::-1] if is_mirrored else bgr
    return np.ascontiguousarray(np.rot90(mirrored, -n_quarters))
