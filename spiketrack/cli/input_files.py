"""Files that a command reads are missed before anything heavy is imported.

Why here: the readers import torch, h5py or OpenCV, which takes seconds, and a wrong name is the
commonest error. The readers check again, since a file may go or change in between.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from spiketrack.cli.group import state
from spiketrack.errors import StoreError, VideoError

CAMERA = "camera:"
INPUT_FILES: Mapping[str, tuple[str, ...]] = {
    "accuracy": ("checkpoints",),
    "audit": ("profile_path", "mapping", "reproduce"),
    "check": ("path",),
    "convert": ("source", "video", "calibration"),
    "count": ("inputs",),
    "export": ("source",),
    "fit": ("measurements",),
    "inspect": ("path",),
    "map": ("model", "profile"),
    "profile": ("model", "video", "spikes", "beside"),
    "selftest": ("replayed",),
    "simulate": ("model", "spikes"),
    "track": ("model", "video"),
    "train": ("start",),
}
"""By command, the parameters that name a file or a folder which must be there."""


def require_inputs() -> None:
    """Checks that every file and folder that the running command is to read is there.

    Commands call it (`steps` does) once their options make sense: wrong usage is told first.

    Raises:
        StoreError, VideoError: one is not there.
    """
    context = state.context
    if context is None:
        return
    for parameter in INPUT_FILES.get(str(context.info_name), ()):
        for name in _names(context.params.get(parameter)):
            if name.startswith(CAMERA) or Path(name).exists():
                continue
            if parameter == "video":
                needed = "a video file, an image folder or camera:N"
                raise VideoError(f"'{name}'", needed, "nothing there")
            raise StoreError(f"'{name}'", "a readable file", "No such file or directory")


def _names(value: Any) -> Iterator[str]:
    if isinstance(value, list | tuple):
        for part in value:
            yield from _names(part)
    elif value is not None:
        yield str(value)
