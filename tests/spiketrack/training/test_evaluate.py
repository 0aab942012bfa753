"""Closed-loop scores: against boxes whose scores can be worked out."""

import numpy as np
import pytest
import torch

from spiketrack.network import build_network, random_checkpoint
from spiketrack.tracking import Box
from spiketrack.tracking.engine import Image
from spiketrack.training.evaluate import (
    LOST_FRAMES,
    Stationary,
    crop_iou,
    evaluate,
    frames_held,
    held_out_scene,
    mean_scores,
    score_boxes,
    score_scene,
)
from spiketrack.training.generator import HELD_OUT, make_scene
from tests.spiketrack.training.scenes_by_hand import box_body, scene


class Oracle:
    """Knows the truth."""

    def __init__(self, truth: list[Box]) -> None:
        self.truth = iter(truth)

    def start(self, frame: Image, box: Box) -> None:
        assert next(self.truth) == box

    def follow(self, frame: Image) -> Box:
        return next(self.truth)


def test_an_oracle_is_perfect_and_a_box_at_rest_is_not() -> None:
    made = scene(box_body(60, 50, 10, drift=40))  # x swings: 60, 100, 60, 20, 60
    truth = [made.box(t) for t in range(5)]
    boxes = [box for box in truth if box is not None]
    oracle, still = score_scene(made, 0, 5, [Oracle(boxes), Stationary()])
    assert (oracle.mean_iou, oracle.precision, oracle.held) == (1.0, 1.0, 4)
    assert oracle.auc == pytest.approx(20 / 21)
    # Two of the four frames are at the start's place, two are 40 pixels off.
    assert still.mean_iou == pytest.approx(0.5)
    assert still.precision == 0.5


def test_frames_without_a_truth_do_not_count() -> None:
    box = Box(0, 0, 10, 10)
    score = score_boxes([box, box, box], [box, None, Box(100, 0, 10, 10)], 7, ("noise",))
    assert (score.index, score.attributes, score.frames) == (7, ("noise",), 2)
    assert score.mean_iou == 0.5


def test_a_target_is_lost_once_it_stays_lost() -> None:
    overlaps = np.ones(40)
    overlaps[5 : 5 + LOST_FRAMES - 1] = 0
    assert frames_held(overlaps) == 40
    overlaps[20 : 20 + LOST_FRAMES] = 0.05
    assert frames_held(overlaps) == 20


def test_held_out_scenes_are_of_another_seed_and_show_their_target() -> None:
    for index in range(4):
        made = held_out_scene(0, index)
        assert made.seed[0] == HELD_OUT
        assert made.frame(0).visible >= 0.7
        assert not np.array_equal(made.frame(0).image, make_scene(0, index).frame(0).image)


def test_every_follower_sees_every_scene() -> None:
    done: list[int] = []
    scores = evaluate(
        {"one": Stationary, "other": Stationary}, seed=0, indices=(2, 5), frames=4,
        progress=done.append,
    )  # fmt: skip
    assert done == [1, 2]
    assert [s.index for s in scores["one"]] == [2, 5]
    assert scores["one"] == scores["other"]
    means = mean_scores(scores["one"])
    assert means["auc"] == pytest.approx(np.mean([s.auc for s in scores["one"]]))


def test_crop_iou_of_an_untrained_network_is_low_but_a_number() -> None:
    network = build_network("mini64-t1")
    network.load_state_dict(random_checkpoint("mini64-t1", 0))
    torch.manual_seed(0)
    assert 0 <= crop_iou(network, 0, 4, batch=4) < 0.5
