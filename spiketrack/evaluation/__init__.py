"""Benchmarks of trackers: their folders, their protocols, and what their scores are computed by."""

from spiketrack.evaluation.box_files import read_boxes
from spiketrack.evaluation.export import export_scenes
from spiketrack.evaluation.layouts import open_dataset
from spiketrack.evaluation.metrics import Curves, Scores, curves_of, mean_curves, score
from spiketrack.evaluation.protocols import FORMATS, Protocol, protocol_of
from spiketrack.evaluation.sequences import Dataset, Sequence, Unreadable, images_of

__all__ = [
    "FORMATS",
    "Curves",
    "Dataset",
    "Protocol",
    "Scores",
    "Sequence",
    "Unreadable",
    "curves_of",
    "export_scenes",
    "images_of",
    "mean_curves",
    "open_dataset",
    "protocol_of",
    "read_boxes",
    "score",
]
