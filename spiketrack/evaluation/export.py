"""Writes generated scenes as folders in the layout of a benchmark, for trials and for tests."""

from collections.abc import Iterable
from pathlib import Path
from typing import Literal

import cv2
import numpy as np

from spiketrack.files.atomic import write_bytes, write_text
from spiketrack.files.places import make_folder
from spiketrack.training.evaluate import held_out_scene

Layout = Literal["got10k", "otb"]
_QUALITY = 95


def export_scenes(
    root: Path, layout: Layout, seed: int, indices: Iterable[int], frames: int
) -> Path:
    """Writes held-out scenes with their boxes; a frame without the target has a box of zeros.

    Args:
        root: folder of the benchmark, made if it is not there.
        layout: "got10k" (subset val) or "otb".
        seed: of the data that a tracker was trained on.
        indices: which scenes.
        frames: frames of each.

    Returns:
        The folder.

    Raises:
        StoreError: a file cannot be written.
    """
    names = []
    for index in indices:
        name = f"Scene{index:03d}"
        names.append(name)
        folder = root / "val" / name if layout == "got10k" else root / name
        images = make_folder(folder if layout == "got10k" else folder / "img")
        digits = 8 if layout == "got10k" else 4
        boxes = []
        scene = held_out_scene(seed, index)
        for number, (picture, box) in enumerate(scene.frames(frames), 1):
            bgr = cv2.cvtColor(picture.image, cv2.COLOR_RGB2BGR)
            _, data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
            write_bytes(images / f"{number:0{digits}d}.jpg", np.asarray(data).tobytes())
            boxes.append([0.0] * 4 if box is None else [round(float(v), 4) for v in box])
        text = "".join(",".join(f"{value:.4f}" for value in box) + "\n" for box in boxes)
        if layout == "got10k":
            write_text(folder / "groundtruth.txt", text)
            absent = "".join(f"{int(box[2] <= 0)}\n" for box in boxes)
            write_text(folder / "absence.label", absent)
        else:
            write_text(folder / "groundtruth_rect.txt", text)
            write_text(folder / "attrs.txt", "".join(f"{a}\n" for a in sorted(scene.attributes)))
    if layout == "got10k":
        write_text(root / "val" / "list.txt", "".join(f"{name}\n" for name in names))
    return root
