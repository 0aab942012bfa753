"""A scene's boxes are exact, its squares are cut out of its frames, and what hides is counted."""

import math

import numpy as np
import pytest

from spiketrack.tracking import Box
from spiketrack.tracking.crop import crop_around
from spiketrack.tracking.engine import Image
from spiketrack.training.motion import Wave
from spiketrack.training.scenes import View, Weather
from tests.spiketrack.training.scenes_by_hand import SIZE, box_body, scene, still_camera


def extent_of_bright(image: Image) -> tuple[float, float, float, float]:
    """Where more than half of the light of a white body is: left, top, width, height."""
    rows, columns = np.nonzero(image[..., 0] > 127)
    left, top = float(columns.min()), float(rows.min())
    return left, top, float(columns.max()) + 1 - left, float(rows.max()) + 1 - top


def test_a_square_has_the_box_of_its_corners() -> None:
    assert scene(box_body(60, 50, 10)).box(0) == pytest.approx((50, 40, 20, 20))


def test_the_pixels_fill_the_box() -> None:
    made = scene(box_body(60, 50, 10))
    assert extent_of_bright(made.frame(0).image) == (50, 40, 20, 20)


@pytest.mark.parametrize("angle", [0.0, 0.3, math.pi / 4, 2.0])
@pytest.mark.parametrize("zoom", [1.0, 1.4])
def test_the_pixels_fill_the_box_turned_zoomed_and_shifted(angle: float, zoom: float) -> None:
    camera = still_camera(dx=7.25, dy=-3.5, zoom=zoom, roll=0.1)
    made = scene(box_body(70.3, 55.6, 12, angle=angle), camera=camera)
    box = made.box(0)
    assert box is not None
    # A sharp corner covers less than half of the pixel at its tip.
    assert extent_of_bright(made.frame(0).image) == pytest.approx(tuple(box), abs=1.5)


def test_a_turned_square_is_wider_by_the_sine_and_cosine() -> None:
    box = scene(box_body(60, 50, 10, angle=math.pi / 6)).box(0)
    side = 20 * (math.cos(math.pi / 6) + math.sin(math.pi / 6))
    assert box == pytest.approx((60 - side / 2, 50 - side / 2, side, side))


def test_the_camera_zooms_about_the_middle_of_the_frame() -> None:
    made = scene(box_body(90, 60, 10), camera=still_camera(dx=5, zoom=2.0))
    # The middle is (80, 60): x 90 is 10 to the right, twice that is 20, and the shift adds 5.
    assert made.box(0) == pytest.approx((80 + 20 + 5 - 20, 60 - 20, 40, 40))


def test_a_body_moves_as_its_waves_say() -> None:
    made = scene(box_body(60, 50, 10, drift=30))
    assert [made.full_box(t).x for t in (0, 1, 2)] == pytest.approx([50, 80, 50])


def test_a_box_is_clipped_to_the_frame_and_gone_outside_it() -> None:
    assert scene(box_body(0, 50, 10)).box(0) == pytest.approx((0, 40, 10, 20))
    assert scene(box_body(-30, 50, 10)).box(0) is None
    assert scene(box_body(-30, 50, 10)).full_box(0) == pytest.approx((-40, 40, 20, 20))


def test_what_hides_the_target_makes_it_less_visible() -> None:
    target = box_body(60, 50, 10)
    assert scene(target).frame(0).visible == 1
    half = scene(target, before=(box_body(70, 50, 10, value=90),))
    assert half.frame(0).visible == pytest.approx(0.5, abs=0.05)
    assert half.box(0) == scene(target).box(0)
    assert scene(target, before=(box_body(60, 50, 14, value=90),)).frame(0).visible == 0


def test_half_a_target_outside_the_frame_is_half_visible() -> None:
    assert scene(box_body(0, 50, 10)).frame(0).visible == pytest.approx(0.5)
    assert scene(box_body(-30, 50, 10)).frame(0).visible == 0


def test_a_square_is_what_the_tracker_would_cut_out_of_the_frame() -> None:
    made = scene(box_body(60, 50, 10), ground=40)
    cut, factor = crop_around(made.frame(0).image, Box(50, 40, 20, 20), 4.0, 40)
    assert factor == 0.5
    drawn = made.square(0, View(left=20, top=10, side=80, pixels=40)).image
    edges = np.abs(cut.astype(int) - drawn).max(axis=2) > 40
    assert edges.mean() < 0.06  # only along the outline, which is drawn at another size
    assert (cut[20, 20] == drawn[20, 20]).all()


def test_a_square_is_black_outside_the_frame() -> None:
    made = scene(box_body(10, 10, 5), ground=40)
    image = made.square(0, View(left=-20, top=-10, side=80, pixels=40)).image
    assert (image[:5] == 0).all() and (image[:, :10] == 0).all()
    assert (image[6:, 11:] > 0).all()
    width, height = SIZE
    far = made.square(0, View(left=width - 40, top=height - 20, side=80, pixels=80)).image
    assert (far[:20, :40] > 0).all() and (far[20:] == 0).all() and (far[:, 40:] == 0).all()


def test_light_scales_with_the_gain() -> None:
    made = scene(box_body(60, 50, 10), weather=Weather(gain=Wave(0.5), tint=(1, 1, 0.5)), ground=80)
    assert made.frame(0).image[100, 100].tolist() == [40, 40, 20]


def test_blur_follows_the_targets_motion() -> None:
    sharp = scene(box_body(60, 50, 10, drift=12))
    smeared = scene(box_body(60, 50, 10, drift=12), weather=Weather(shutter=1.0))
    profile = smeared.frame(0).image[50, :, 0]
    rising = np.flatnonzero((profile > 10) & (profile < 245))
    assert len(rising) >= 18  # twelve pixels on either side
    assert (
        (sharp.frame(0).image[50, :, 0] > 10) & (sharp.frame(0).image[50, :, 0] < 245)
    ).sum() < 6
    column = smeared.frame(0).image[:, 60, 0]
    assert ((column > 10) & (column < 245)).sum() < 6


def test_noise_and_compression_change_pixels_and_not_boxes() -> None:
    clean = scene(box_body(60, 50, 10), ground=120)
    noisy = scene(box_body(60, 50, 10), ground=120, weather=Weather(noise=8.0))
    squeezed = scene(box_body(60, 50, 10), ground=120, weather=Weather(quality=10))
    far = noisy.frame(0).image[60:, 100:].astype(float)
    assert far.std() == pytest.approx(8.0, rel=0.05)
    assert not np.array_equal(squeezed.frame(0).image, clean.frame(0).image)
    assert clean.box(0) == noisy.box(0) == squeezed.box(0)
    assert np.array_equal(noisy.frame(3).image, noisy.frame(3).image)
    assert not np.array_equal(noisy.frame(3).image, noisy.frame(4).image)
