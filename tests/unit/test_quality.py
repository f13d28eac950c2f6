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
