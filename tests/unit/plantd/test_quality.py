"""What is measured of a picture."""

import re

import numpy as np
import pytest

from plantd import quality
from plantd.quality import Quality, QualityLimits


def measured(grey):
    return quality.measure(grey.astype(np.uint8), 640, 480)


def noise(low, high):
    return np.random.RandomState(0).randint(low, high, (96, 128))


def test_a_sharp_bright_picture_has_no_faults():
    assert quality.faults(measured(noise(40, 200)), QualityLimits()) == ()


def test_blurring_lowers_sharpness():
    sharp = noise(40, 200)
    blurred = (sharp + np.roll(sharp, 1, 0) + np.roll(sharp, 1, 1) + np.roll(sharp, 2, 1)) // 4
    assert measured(blurred).sharpness < measured(sharp).sharpness


def test_black_is_dark_covered_and_blurred():
    black = measured(np.zeros((96, 128)))
    assert black.brightness == 0
    assert black.dark_share == 1
    assert quality.faults(black, QualityLimits()) == ("too_dark", "covered", "blurred")


def test_white_is_blown_out():
    white = measured(np.full((96, 128), 255))
    assert white.bright_share == 1
    assert "blown_out" in quality.faults(white, QualityLimits())


def test_the_size_is_the_pictures_own():
    small = quality.measure(noise(40, 200).astype(np.uint8), 40, 480)
    assert quality.faults(small, QualityLimits()) == ("too_small",)


def test_a_finger_over_half_the_picture_makes_half_of_it_flat():
    picture = noise(40, 200)
    picture[:, :64] = 60
    half = measured(picture)
    assert half.flat_share == 0.5
    assert quality.faults(half, QualityLimits(flat_share_max=0.4)) == ("covered",)
    assert quality.faults(half, QualityLimits()) == ()


def test_motion_leaves_streaks_that_a_picture_out_of_focus_has_not():
    sharp = noise(40, 200).astype(float)
    moved = sum(np.roll(sharp, step, 1) for step in range(8)) / 8
    soft = sum(np.roll(sharp, (i, j), (0, 1)) for i in range(3) for j in range(3)) / 9
    limits = QualityLimits(evenness_min=0.7)
    assert measured(moved).evenness < 0.6 < 0.8 < measured(soft).evenness
    assert quality.faults(measured(moved), limits) == ("blurred",)
    assert quality.faults(measured(soft), limits) == ()
    assert quality.faults(measured(moved), QualityLimits()) == ()


def test_a_picture_without_structure_has_no_streaks():
    assert measured(np.full((96, 128), 90)).evenness == 1.0


def test_a_picture_of_three_pixels_is_one_tile():
    assert quality.measure(np.zeros((3, 3), np.uint8), 3, 3).flat_share == 1.0


def test_nan_is_a_fault_of_every_measure():
    odd = measured(noise(40, 200))._replace(
        brightness=np.nan, contrast=np.nan, sharpness=np.nan, flat_share=np.nan
    )
    streaks = measured(noise(40, 200))._replace(evenness=np.nan)
    assert quality.faults(streaks, QualityLimits()) == ("blurred",)
    assert quality.faults(odd, QualityLimits()) == (
        "too_dark",
        "blown_out",
        "covered",
        "blurred",
    )


def test_a_picture_at_every_limit_is_good_enough():
    at = Quality(96, 96, 8.0, 24.0, 0.85, 0.6, 8.0, 1.0, 0.0)
    assert quality.faults(at, QualityLimits()) == ()
    assert quality.faults(at._replace(brightness=235.0), QualityLimits()) == ()


@pytest.mark.parametrize(
    ("beyond", "fault"),
    [
        ({"width_px": 95}, "too_small"),
        ({"sharpness": 7.9}, "blurred"),
        ({"brightness": 23.9}, "too_dark"),
        ({"brightness": 235.1}, "blown_out"),
        ({"dark_share": 0.86}, "too_dark"),
        ({"bright_share": 0.61}, "blown_out"),
        ({"contrast": 7.9}, "covered"),
        ({"flat_share": 1.01}, "covered"),
    ],
)
def test_a_picture_beyond_one_limit_has_one_fault(beyond, fault):
    at = Quality(96, 96, 8.0, 24.0, 0.85, 0.6, 8.0, 1.0, 0.0)
    assert quality.faults(at._replace(**beyond), QualityLimits()) == (fault,)


def test_what_was_not_measured_is_no_fault():
    bare = Quality(640, 480, 200.0, 120.0, 0.0, 0.0, 50.0)
    assert (bare.flat_share, bare.evenness) == (0.0, 1.0)
    assert QualityLimits().flat_share_max == 1.0


def test_every_fault_has_advice_in_plain_words():
    worst = Quality(1, 1, 0.0, 0.0, 1.0, 1.0, 0.0, 2.0)
    assert set(quality.ADVICE) == set(quality.faults(worst, QualityLimits()))
    for line in quality.ADVICE.values():
        assert re.match("[a-z ,;']*$", line)


@pytest.mark.parametrize(
    ("level", "dark", "bright"), [(16, 1, 0), (17, 0, 0), (245, 0, 1), (244, 0, 0)]
)
def test_dark_and_bright_begin_at_a_level(level, dark, bright):
    flat = measured(np.full((96, 128), level))
    assert (flat.dark_share, flat.bright_share) == (dark, bright)


def test_a_tile_with_a_contrast_of_two_is_not_flat():
    board = np.indices((96, 128)).sum(axis=0) % 2
    assert measured(100 + 4 * board).flat_share == 0.0
    assert measured(100 + 2 * board).flat_share == 1.0


@pytest.mark.parametrize("turned", [False, True])
def test_a_picture_smaller_than_its_tiles_is_one_tile(turned):
    halves = np.zeros((4, 4))
    halves[:, 2:] = 100
    assert measured(halves.T if turned else halves).flat_share == 0.0


def test_sharpness_is_the_variance_of_the_laplacian():
    dot = np.zeros((5, 5))
    dot[2, 2] = 16
    assert measured(dot).sharpness == pytest.approx((64**2 + 4 * 16**2) / 9)


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("block", [[[1, -1], [-1, 1]], [[1, 1], [-1, -1]], [[1, -1], [1, -1]]])
def test_streaks_of_the_last_third_that_noise_hides_are_seen_at_half_the_size(block, turned):
    random = np.random.RandomState(0)
    noise_that_halving_takes = np.kron(random.choice([-60, 60], (24, 48)), block)
    streaks = np.tile(np.repeat(random.randint(100, 156, 24), 4), (48, 1))
    picture = np.full((144, 96), 128)
    picture[96:] = streaks + noise_that_halving_takes
    assert measured(picture.T if turned else picture).evenness < 0.2


AT = Quality(96, 96, 8.0, 24.0, 0.85, 0.6, 8.0, 1.0, 0.0)


def test_of_light_cover_and_size_the_poorest_of_a_burst_counts():
    other = Quality(640, 80, 8.0, 100.0, 0.1, 0.7, 7.0, 0.3, 0.0)
    found = quality.burst_quality([AT, other, AT], QualityLimits())
    assert found == Quality(96, 80, 8.0, 24.0, 0.85, 0.7, 7.0, 1.0, 0.0)


def test_one_picture_is_a_burst_of_its_own():
    assert quality.burst_quality([AT], QualityLimits()) == AT


@pytest.mark.parametrize(
    ("sharpnesses", "middle"),
    [((9, 20), 9), ((9, 30, 20), 20), ((1, 30, 2), 2), ((9, 40, 20, 30), 20), ((1, 2, 3, 9, 9), 3)],
)
def test_a_burst_is_as_sharp_as_its_middle_frame(sharpnesses, middle):
    frames = [AT._replace(sharpness=float(each)) for each in sharpnesses]
    for order in (frames, frames[::-1]):
        assert quality.burst_quality(order, QualityLimits()).sharpness == middle


def test_frames_with_streaks_are_not_sharp_however_strong_those_are():
    limits = QualityLimits(evenness_min=0.5)
    still, moved = AT._replace(evenness=0.9), AT._replace(sharpness=99.0, evenness=0.1)
    assert quality.faults(quality.burst_quality([moved, moved, still], limits), limits) == (
        "blurred",
    )
    assert quality.faults(quality.burst_quality([moved, still, still], limits), limits) == ()


@pytest.mark.parametrize(
    ("levels", "counts"),
    [((120, 60), 60), ((120, 150), 150), ((30, 225), 30), ((23, 225), 23), ((30, 236), 236)],
)
def test_the_brightness_nearest_to_a_limit_counts(levels, counts):
    frames = [AT._replace(brightness=level) for level in levels]
    for order in (frames, frames[::-1]):
        assert quality.burst_quality(order, QualityLimits()).brightness == counts


@pytest.mark.parametrize("name", Quality._fields[2:])
def test_what_is_no_number_of_one_frame_of_two_is_none_of_both(name):
    odd = AT._replace(**{name: np.nan})
    for order in ([AT, odd], [odd, AT]):
        assert np.isnan(getattr(quality.burst_quality(order, QualityLimits()), name))


def test_diagonal_streaks_are_streaks():
    distances = np.abs(np.subtract.outer(np.arange(128), np.arange(128)))
    assert measured(noise(40, 200).ravel()[distances]).evenness < 0.1
