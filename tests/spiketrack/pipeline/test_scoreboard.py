"""The figures of a model card: every tracker on the same held-out scenes."""

import cv2
import pytest

from simulation.tracking_engines import NetworkEngine
from spiketrack.network import build_network, random_checkpoint
from spiketrack.pipeline.scoreboard import installed_kinds, scoreboard
from spiketrack.training.evaluate import held_out_scene


@pytest.mark.slow
def test_every_tracker_is_scored_on_every_scene() -> None:
    network = build_network("mini64-t1")
    network.load_state_dict(random_checkpoint("mini64-t1", 0))
    done: list[int] = []
    board = scoreboard(
        {"network": lambda: NetworkEngine(network)},
        seed=0, scenes=range(3, 5), frames=4, progress=done.append,
    )  # fmt: skip
    assert done == [1, 2] and board["scenes"] == [3, 4]
    assert set(board["trackers"]) >= {"network", "box at rest", "template matching"}
    for summary in board["trackers"].values():
        assert summary["auc"] == pytest.approx(sum(summary["auc_of_scenes"]) / 2, abs=1e-4)
    hard = held_out_scene(0, 3).attributes
    assert set(hard) <= set(board["trackers"]["box at rest"]["attributes"])


def test_opencvs_trackers_are_named_where_they_are() -> None:
    assert ("KCF" in installed_kinds()) == hasattr(cv2, "TrackerKCF_create")
    board = scoreboard({}, seed=0, scenes=range(1), frames=2)
    assert "network" not in board["trackers"]
