"""Tracking one target through a video, whatever computes the network; NumPy and OpenCV only."""

from spiketrack.tracking.boxes import Box, check_box, iou, parse_box
from spiketrack.tracking.engine import Engine, Maps
from spiketrack.tracking.loop import drive, frames_to_track, track_video
from spiketrack.tracking.metrics import precision_at_20, success_auc
from spiketrack.tracking.preprocess import IMAGE_MEAN, IMAGE_STD, normalise
from spiketrack.tracking.synthetic import make_synthetic_video, synthetic_frames
from spiketrack.tracking.templates import LASOT_POLICY, UpdatePolicy
from spiketrack.tracking.tracker import Phase, Tracker, TrackerState, TrackResult
from spiketrack.tracking.video import open_source
from spiketrack.tracking.video_source import VideoSource
from spiketrack.tracking.video_writer import VideoWriter

__all__ = [
    "IMAGE_MEAN",
    "IMAGE_STD",
    "LASOT_POLICY",
    "Box",
    "Engine",
    "Maps",
    "Phase",
    "TrackResult",
    "Tracker",
    "TrackerState",
    "UpdatePolicy",
    "VideoSource",
    "VideoWriter",
    "check_box",
    "drive",
    "frames_to_track",
    "iou",
    "make_synthetic_video",
    "normalise",
    "open_source",
    "parse_box",
    "precision_at_20",
    "success_auc",
    "synthetic_frames",
    "track_video",
]
