"""Writes tracked frames to an mp4 file with the box drawn in.

Why: the encoder reports no error when a disk is full, so the finished file is opened again and its
frames are counted before it takes its name; until then it is a hidden temporary file beside it.
"""

from pathlib import Path
from types import TracebackType

import cv2
import numpy as np
from typing_extensions import Self

from spiketrack.errors import VideoError
from spiketrack.files.atomic import PartFile
from spiketrack.tracking.boxes import Box
from spiketrack.tracking.engine import Image
from spiketrack.tracking.opencv_log import quiet_opencv
from spiketrack.tracking.video_container import ffmpeg_name
from spiketrack.tracking.video_source import MAX_SIDE

BOX_COLOUR_RGB = (255, 32, 32)
_NEEDED = "a place that can be written"


class VideoWriter:
    """A context manager; the file exists only after the block ended without an error.

    The codec (MPEG-4 part 2) drops the last column or row of frames with an odd side.
    """

    def __init__(self, path: str | Path, fps: float, width: int, height: int) -> None:
        """Opens a temporary file beside `path`.

        Args:
            path: the file to write, ending in `.mp4`.
            fps: frames per second.
            width: of every frame, in pixels.
            height: of every frame, in pixels.

        Raises:
            VideoError: not an mp4 name, a folder that cannot be written, or an encoder that
                refuses.
        """
        self._path = Path(path)
        self._size = (width, height)
        self._n_written = 0
        if self._path.suffix.lower() != ".mp4":
            raise VideoError(f"video '{path}'", "a name ending in .mp4", f"'{self._path.name}'")
        if not (0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE and 0 < fps < 1000):
            raise VideoError(
                f"video '{path}'",
                f"frames of 1 to {MAX_SIDE} pixels a side at 0 to 1000 per second",
                f"{width}x{height} at {fps:g}",
            )
        # Why here: a name that cannot be opened is refused before anything is made.
        ffmpeg_name(self._path)
        try:
            self._part = PartFile(self._path, ".mp4")
        except OSError as error:
            found = str(error.strerror)
            raise VideoError(f"video '{path}'", _NEEDED, found) from None
        code = cv2.VideoWriter.fourcc(*"mp4v")
        with quiet_opencv():
            name = ffmpeg_name(self._part.path)
            self._writer = cv2.VideoWriter(name, cv2.CAP_FFMPEG, code, fps, self._size)
        if not self._writer.isOpened():
            self.discard()
            raise VideoError(f"video '{path}'", "an encoder for mp4", "none that opens")

    def write(self, frame_rgb: Image, box: Box | None = None) -> None:
        """Appends a frame; the frame itself is not changed.

        Args:
            frame_rgb: uint8 RGB (height, width, 3).
            box: drawn if given, image pixels.

        Raises:
            VideoError: the frame has another size.
        """
        if frame_rgb.shape != (self._size[1], self._size[0], 3):
            width, height = self._size
            raise VideoError(
                f"frame for '{self._path.name}'", f"{width}x{height} RGB", f"{frame_rgb.shape}"
            )
        self._writer.write(cv2.cvtColor(draw_box(frame_rgb, box), cv2.COLOR_RGB2BGR))
        self._n_written += 1

    def close(self) -> None:
        """Finishes the file and gives it its name.

        Raises:
            VideoError: nothing was written, or the file does not hold what was written (disk full).
        """
        self._writer.release()
        n_stored = _count_frames(self._part.path)
        if self._n_written == 0 or n_stored != self._n_written:
            self.discard()
            raise VideoError(
                f"video '{self._path}'",
                f"{max(self._n_written, 1)} frames on disk",
                f"{n_stored}",
                "Nothing was kept. Is the disk full?" if self._n_written else "No frame was given.",
            )
        try:
            self._part.publish()
        except OSError as error:
            self.discard()
            found = str(error.strerror)
            raise VideoError(f"video '{self._path}'", _NEEDED, found) from None

    def discard(self) -> None:
        """Stops and removes the temporary file."""
        self._writer.release()
        self._part.discard()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.discard()


def draw_box(frame_rgb: Image, box: Box | None) -> Image:
    """A copy of the frame with the box's outline, two pixels wide; uint8 RGB (H, W, 3)."""
    drawn = np.array(frame_rgb, dtype=np.uint8, order="C")
    if box is not None:
        # Corners far outside would leave the range of OpenCV's fixed-point coordinates.
        low, high = -MAX_SIDE, 2 * MAX_SIDE
        corners = [box.x, box.y, box.x + box.w, box.y + box.h]
        x0, y0, x1, y1 = (int(min(max(value, low), high)) for value in corners)
        cv2.rectangle(drawn, (x0, y0), (x1, y1), BOX_COLOUR_RGB, 2)
    return drawn


def _count_frames(path: Path) -> int:
    with quiet_opencv():
        capture = cv2.VideoCapture(ffmpeg_name(path), cv2.CAP_FFMPEG)
    try:
        return int(capture.get(cv2.CAP_PROP_FRAME_COUNT)) if capture.isOpened() else 0
    finally:
        capture.release()
