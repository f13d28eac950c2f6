"""What is measured of a picture."""

import numpy as np

from plantd import quality
from plantd.quality import QualityLimits


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
