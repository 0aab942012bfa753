"""The figures of `accuracy`, by hand: tallies of spikes, and what two scenes say together."""

import numpy as np
import pytest

from spiketrack.pipeline.accuracy.forms import Precision, parse_precisions
from spiketrack.pipeline.accuracy.spikes import LayerTally, tally
from spiketrack.pipeline.accuracy.summary import added, summarise

LOUD = {
    "values": 8, "equal": 6, "active": 4, "active_equal": 3, "spikes": 10, "float_spikes": 12,
}  # fmt: skip
MUTE = {
    "values": 8, "equal": 7, "active": 1, "active_equal": 0, "spikes": 0, "float_spikes": 2,
}  # fmt: skip


def entry(auc: float, held: int, frames: int, synops: int, crops: int) -> dict[str, object]:
    return {
        "auc": auc, "precision": auc, "mean_iou": auc, "held": held, "frames": frames,
        "crops": crops, "synops": synops, "energy_pj": {"a list": 2.0 * synops},
    }  # fmt: skip


LAYERS = {"search/a": LOUD, "search/b": MUTE, "template/c": LOUD}
BOTH = {"float": entry(1, 1, 1, 1, 1), "int8": entry(1, 1, 1, 1, 1)}


def test_a_tally_counts_equal_values_and_those_where_one_fires() -> None:
    ours, theirs = np.array([0, 0, 1, 4, 2]), np.array([0, 3, 1, 3, 0])
    # Equal: 0 = 0 and 1 = 1. Active: all but the first. Active and equal: 1 = 1.
    assert tally(ours, theirs) == LayerTally(
        values=5, equal=2, active=4, active_equal=1, spikes=0 + 0 + 1 + 4 + 2, float_spikes=7
    )


def test_scenes_count_alike_and_counts_are_summed() -> None:
    scenes = [
        {"forms": {"float": entry(0.6, 9, 9, 50, 1), "int4": entry(0.5, 9, 9, 10, 1)}},
        {"forms": {"float": entry(0.8, 2, 8, 50, 3), "int4": entry(0.7, 4, 8, 90, 3)}},
    ]
    found = summarise(scenes, {"float": LAYERS, "int4": LAYERS})["int4"]
    assert found["auc"] == pytest.approx((0.5 + 0.7) / 2)
    assert found["auc_minus_float_points"] == pytest.approx(100 * (0.6 - 0.7))
    assert found["held"] == pytest.approx((9 / 9 + 4 / 8) / 2)
    assert found["crops"] == 1 + 3
    assert found["synops_per_frame"] == (10 + 90) / (1 + 3)
    assert found["energy_pj_per_frame"] == {"a list": 2 * (10 + 90) / (1 + 3)}


def test_spikes_of_a_form_are_those_of_the_layers_of_a_tracked_frame() -> None:
    found = summarise([{"forms": BOTH}], {"float": LAYERS, "int8": LAYERS})["int8"]
    assert found["equal_spikes"] == (6 + 7) / (8 + 8)
    assert found["equal_active"] == (3 + 0) / (4 + 1)
    assert found["mean_integer"] == (10 + 0) / (8 + 8)
    assert found["float_mean_integer"] == (12 + 2) / (8 + 8)
    assert found["layers"]["search/a"]["equal_spikes"] == 6 / 8


def test_a_layer_that_fires_as_floats_alone_is_silenced() -> None:
    found = summarise([{"forms": BOTH}], {"float": LAYERS, "int8": LAYERS})
    assert found["int8"]["silenced"] == ["search/b"]


def test_tallies_of_scenes_are_added() -> None:
    one = {"int8": LAYERS}
    assert added({}, one) == one
    twice = added(one, one)["int8"]["search/a"]
    assert twice == {key: 2 * value for key, value in LOUD.items()}


def test_layers_without_any_spike_agree() -> None:
    quiet = {
        "values": 4, "equal": 4, "active": 0, "active_equal": 0, "spikes": 0, "float_spikes": 0,
    }  # fmt: skip
    scene = {"forms": {"float": entry(1, 1, 1, 1, 1)}}
    found = summarise([scene], {"float": {"search/a": quiet}})["float"]
    assert found["equal_active"] == 1.0 and found["silenced"] == []


def test_floats_come_first_whatever_was_asked_for() -> None:
    names = [precision.name for precision in parse_precisions("int4, int8")]
    assert names == ["float", "int4", "int8"]
    assert parse_precisions("mixed1.5")[1] == Precision("mixed1.5", 8, "fitted", 1.5)
    assert parse_precisions("int4-fitted")[1] == Precision("int4-fitted", 4, "fitted")
    assert parse_precisions("float,int2")[1] == Precision("int2", 2)


@pytest.mark.parametrize(
    ("text", "message"),
    [("int9", "'int9' is neither"), ("int8,int8", "twice"), ("", "'' is neither")],
)
def test_names_of_no_form_are_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse_precisions(text)
