"""Opens frames from a video file, a folder of images or a camera, as RGB uint8 with provenance.

Why: everything is refused as early as it can be seen (kind and size in the header, first frame at
opening), since a run over a video is long. The decoder's own chatter on stderr is switched off; its
failures become a `VideoError`.
"""

from pathlib import Path

from spiketrack.errors import VideoError
from spiketrack.tracking.video_file import CAMERA_PREFIX, open_camera, open_video_file
from spiketrack.tracking.video_folder import open_folder
from spiketrack.tracking.video_source import VideoSource


def open_source(where: str | Path) -> VideoSource:
    """Opens a video file, a folder of images (by number and name) or a camera; tries one frame.

    Args:
        where: a path, or `camera:N`.

    Raises:
        VideoError: missing, empty, unreadable, a kind of file that is not read, without images, or
            larger than `video_source.MAX_SIDE` and `video_source.MAX_FRAME_BYTES` allow.
    """
    text = str(where)
    if text.startswith(CAMERA_PREFIX):
        return open_camera(text)
    path = Path(where)
    if path.is_dir():
        return open_folder(path)
    if not path.is_file():
        raise VideoError(f"'{text}'", "a video file, an image folder or camera:N", "nothing there")
    return open_video_file(path)
