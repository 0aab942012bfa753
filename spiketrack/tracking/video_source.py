"""What a source of frames is: its size, rate and hash, and a reading that knows how far it came.

Why: a decoder ends at damage as it ends at the end, without an error. So a reading compares the
frames it gave with those that the source states, and says what is missing.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from typing_extensions import Self

from spiketrack.errors import VideoError
from spiketrack.tracking.engine import Image

MAX_SIDE = 16384
"""Largest frame width or height, in pixels."""

MAX_FRAME_BYTES = 2**28
"""Largest frame as decoded, all channels, in bytes."""

ASSUMED_FPS = 30.0
"""Frame rate for folders, and for files and cameras that state none."""

_ESTIMATE_SLACK = 0.01


@dataclass(frozen=True)
class VideoSource:
    """Frames that can be gone through more than once (a camera gives new ones each time).

    Attributes:
        name: file or folder name, or `camera:0`.
        fps: frames per second; `ASSUMED_FPS` where none is stated.
        width: of every frame, in pixels, as a player shows it.
        height: of every frame, in pixels, as a player shows it.
        frame_count: as the file states it (an estimate in some formats), exact for a folder, None
            for a camera.
        sha256: of the file's bytes; for a folder of the lines `sha256 name` in the order of
            reading; None for a camera.
        is_count_estimated: `frame_count` is the stated length times the rate, not a count.
        notes: sentences about how the frames are taken that a person should know (an order other
            than that of letters, missing numbers, dropped transparency).
    """

    name: str
    fps: float
    width: int
    height: int
    frame_count: int | None
    sha256: str | None
    _open: Callable[[], Iterator[Image]] = field(repr=False)
    is_count_estimated: bool = False
    notes: tuple[str, ...] = ()

    def __iter__(self) -> "Reading":
        """A new pass over the frames; raises `VideoError` where the source breaks off."""
        return Reading(self, self._open())


class Reading:
    """One pass over a source: an iterator of uint8 RGB (height, width, 3) that counts.

    Attributes:
        n_read: frames given so far.
    """

    def __init__(self, source: VideoSource, frames: Iterator[Image]) -> None:
        self._source = source
        self._frames = frames
        self.n_read = 0

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Image:
        """The next frame.

        Raises:
            VideoError: the frame cannot be read or has another size than the first.
        """
        frame = next(self._frames)
        height, width = frame.shape[:2]
        source = self._source
        if (width, height) != (source.width, source.height):
            raise VideoError(
                f"frame {self.n_read} of '{source.name}'",
                f"{source.width}x{source.height} as before",
                f"{width}x{height}",
            )
        self.n_read += 1
        return frame

    def shortfall(self, frames: int | None) -> str:
        """A sentence about the frames that are missing after a pass has ended; empty if none is.

        Args:
            frames: how many were asked for after the first; None is all there are.
        """
        if frames is not None and self.n_read > frames:
            return ""
        asked = "" if frames is None else f" ({frames} after the first were asked for)"
        name, stated = f"'{self._source.name}'", self._source.frame_count or 0
        if not self._source.is_count_estimated and self.n_read < stated:
            return (
                f"{name} gave {self.n_read} of the {stated} frames that it states{asked}: it is cut"
                " off, damaged (frames behind the damage may have moved forward) or trimmed by an"
                " edit list"
            )
        if self.n_read + 1 < stated * (1 - _ESTIMATE_SLACK):
            return (
                f"{name} gave {self.n_read} frames{asked}, where its stated length and rate"
                f" make about {stated}: it is cut off or damaged, its rate varies, or its sound"
                " is longer"
            )
        return f"{name} ended after {self.n_read} frames{asked}" if asked else ""


def check_frame_size(
    name: str, width: int, height: int, n_channels: int = 3, channel_bytes: int = 1
) -> None:
    """Refuses a frame too large to decode.

    Args:
        name: of the file, for the message.
        width: in pixels.
        height: in pixels.
        n_channels: as stored; at least three are charged, since frames become RGB.
        channel_bytes: bytes of one channel of one pixel as stored.

    Raises:
        VideoError: a side is above `MAX_SIDE`, or the decoded frame above `MAX_FRAME_BYTES`.
    """
    if width > MAX_SIDE or height > MAX_SIDE:
        raise VideoError(f"'{name}'", f"frames up to {MAX_SIDE}x{MAX_SIDE}", f"{width}x{height}")
    n_bytes = width * height * max(3, n_channels) * channel_bytes
    if n_bytes > MAX_FRAME_BYTES:
        raise VideoError(
            f"'{name}'",
            f"frames of up to {MAX_FRAME_BYTES >> 20} MiB when decoded",
            f"{width}x{height} with {n_bytes >> 20} MiB",
        )
