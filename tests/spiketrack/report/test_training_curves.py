"""The picture of a training run."""

from pathlib import Path

import cv2

from spiketrack.report.training_curves import write_training_curves

ROW = {"step": 19, "loss": 3.0, "focal": 2.0, "giou": 0.6, "l1": 0.05}
CHECK = {"step": 20, "crop_iou": 0.3, "tracker": {"auc": 0.4}, "stationary": {"auc": 0.3}}


def test_the_same_run_gives_the_same_picture(tmp_path: Path) -> None:
    curves = {
        "rows": [ROW, ROW | {"step": 39, "loss": 2.0}],
        "checks": [CHECK, CHECK | {"step": 40}],
    }
    first, second = (write_training_curves(curves, tmp_path / f"{n}.png") for n in "ab")
    assert first.read_bytes() == second.read_bytes()
    picture = cv2.imread(str(first))
    assert picture is not None
    # The picture grows where a text would leave it.
    assert abs(picture.shape[0] - 600) <= 2 and abs(picture.shape[1] - 960) <= 2
