"""Scenes and pairs depend on their numbers alone, every difficulty occurs, and labels are true."""

import numpy as np
import pytest

from spiketrack.training.generator import CHANCES, FRAME_SIZE, HELD_OUT, make_scene
from spiketrack.training.pairs import Draw, Jitter, data_hash, make_batch, make_group
from spiketrack.training.textures import BANK_SIZE, SIDE, texture_bank

CROP = 64


def test_a_scene_is_a_function_of_its_number() -> None:
    first = make_scene(3, 5)
    make_scene.cache_clear()
    texture_bank.cache_clear()
    again = make_scene(3, 5)
    assert again is not first
    assert np.array_equal(first.frame(7).image, again.frame(7).image)
    assert first.box(7) == again.box(7) and first.attributes == again.attributes


def test_other_numbers_give_other_scenes() -> None:
    pictures = [make_scene(*n).frame(0).image for n in ((3, 5), (3, 6), (4, 5), (3, 5, 1))]
    for i, a in enumerate(pictures):
        assert not any(np.array_equal(a, b) for b in pictures[i + 1 :])


def test_frames_need_no_earlier_frames() -> None:
    scene = make_scene(0, 1)
    in_order = [picture.image for picture, _ in scene.frames(3)]
    assert np.array_equal(scene.frame(2).image, in_order[2])
    assert in_order[0].shape == (FRAME_SIZE[1], FRAME_SIZE[0], 3)


def test_held_out_textures_are_others() -> None:
    ours, theirs = texture_bank(0, 0), texture_bank(HELD_OUT, 0)
    assert ours.shape == (BANK_SIZE, SIDE, SIDE, 3)
    assert not any(np.array_equal(a, b) for a in ours for b in theirs)


def test_every_difficulty_occurs_about_as_often_as_it_should() -> None:
    count = 300
    labels = [make_scene(1, i).attributes for i in range(count)]
    for name, chance in CHANCES.items():
        found = sum(name in one for one in labels)
        assert abs(found - count * chance) < 5 * (count * chance * (1 - chance)) ** 0.5


def test_labels_say_what_the_scene_does() -> None:
    for scene in (make_scene(2, i) for i in range(60)):
        labels = scene.attributes
        assert ("occlusion" in labels) == bool(scene.before)
        assert ("noise" in labels) == (scene.weather.noise > 0)
        assert ("compression" in labels) == (scene.weather.quality is not None)
        assert ("motion blur" in labels) == (scene.weather.shutter > 0)
        assert ("articulation" in labels) == (len(scene.target.parts) > 1)
        assert labels or not scene.behind
        if "out of view" not in labels and "camera motion" not in labels:
            assert all(scene.box(t) is not None for t in range(0, 100, 10))


def test_negative_numbers_are_refused() -> None:
    with pytest.raises(ValueError, match="must not be negative: -1, 0, 0"):
        make_scene(-1, 0)


def test_easy_scenes_have_no_difficulties_and_plain_grounds() -> None:
    plain = [make_scene(1, i, hardness=0.0) for i in range(20)]
    assert {scene.attributes for scene in plain} == {()}
    assert all(not scene.behind and not scene.before for scene in plain)
    half = sum(len(make_scene(1, i, hardness=0.5).attributes) for i in range(200))
    assert half / 200 == pytest.approx(sum(CHANCES.values()) / 2, rel=0.15)


def test_difficulties_rise_along_the_ramp() -> None:
    draw = Draw(CROP, ramp=200)
    assert [draw.hardness(i) for i in (0, 50, 200, 900)] == [0.0, 0.25, 1.0, 1.0]
    assert Draw(CROP).hardness(0) == 1.0


def test_a_group_is_a_function_of_its_number_wherever_it_is_in_a_batch() -> None:
    draw = Draw(CROP, searches=2)
    batch, group = make_batch(0, 2, 4, draw), make_group(0, 9, draw)
    assert np.array_equal(batch.templates[:, 1:2], group.templates)
    assert np.array_equal(batch.searches[2:4], group.searches)
    assert np.array_equal(batch.boxes[2:4], group.boxes)
    assert batch.templates.shape == (1, 4, CROP, CROP, 3)
    assert batch.searches.shape == (8, CROP, CROP, 3) and batch.boxes.shape == (8, 4)


def test_searches_without_jitter_hold_the_target_in_the_middle_at_a_quarter() -> None:
    boxes = make_batch(0, 0, 10, Draw(CROP, jitter=Jitter(0.0, 0.0, 0.0, 0.0))).boxes
    assert boxes[:, :2] == pytest.approx(0.5, abs=1e-6)
    assert boxes[:, 2] * boxes[:, 3] == pytest.approx(1 / 16, rel=1e-5)


def test_jitter_moves_and_scales_but_keeps_the_centre_inside() -> None:
    boxes = make_batch(0, 0, 70, Draw(CROP)).boxes
    assert ((boxes[:, :2] > 0.04) & (boxes[:, :2] < 0.96)).all()
    assert boxes[:, :2].std() > 0.1
    sides = np.sqrt(boxes[:, 2] * boxes[:, 3])
    assert 0.25 * np.exp(-0.5) - 1e-6 <= sides.min() < 0.2 and sides.max() > 0.32


def test_the_hash_tells_data_apart() -> None:
    assert data_hash(0, Draw(CROP), 4) == data_hash(0, Draw(CROP), 4)
    assert data_hash(0, Draw(CROP), 4) != data_hash(1, Draw(CROP), 4)


def test_groups_of_three_templates_begin_like_those_of_one() -> None:
    one, three = (make_batch(0, 0, 12, Draw(CROP, templates=t)) for t in (1, 3))
    assert three.templates.shape == (3, 12, CROP, CROP, 3)
    assert np.array_equal(one.templates[0], three.templates[0])
    assert np.array_equal(one.searches, three.searches) and np.array_equal(one.boxes, three.boxes)
    # A queue is full of the first template at the start of a video, and renewed from the back.
    fresh = [(three.templates[t] != three.templates[0]).any(axis=(1, 2, 3)) for t in (1, 2)]
    assert 0 < fresh[0].sum() < fresh[1].sum() < 12
