"""What holds for every picture that is measured."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from plantd import quality

pictures = arrays(np.uint8, array_shapes(min_dims=2, max_dims=2, min_side=3, max_side=40))
seeds = st.integers(0, 10000)


def measured(grey):
    return quality.measure(grey, 640, 480)


@given(pictures)
def test_every_measure_is_a_number_within_its_range(grey):
    found = measured(grey)
    for share in (found.dark_share, found.bright_share, found.flat_share, found.evenness):
        assert 0.0 <= share <= 1.0
    assert 0.0 <= found.brightness <= 255.0
    assert found.sharpness >= 0.0
    assert found.contrast >= 0.0


@given(pictures)
def test_evenness_knows_neither_up_nor_left_nor_negative(grey):
    as_it_is = measured(grey).evenness
    for turned in (grey.T, grey[::-1], grey[:, ::-1], 255 - grey):
        assert measured(np.ascontiguousarray(turned)).evenness == pytest.approx(as_it_is, abs=1e-5)


@given(seeds, st.floats(0.0, 180.0), st.integers(6, 25))
def test_a_camera_that_moved_in_any_direction_leaves_a_less_even_picture(seed, angle, length):
    noise = np.random.RandomState(seed).randint(0, 256, (120, 120)).astype(float)
    grain = sum(np.roll(noise, (i, j), (0, 1)) for i in range(2) for j in range(2)) / 4
    turn = np.deg2rad(angle)
    steps = [(round(i * np.sin(turn)), round(i * np.cos(turn))) for i in range(length)]
    moved = sum(np.roll(grain, step, (0, 1)) for step in steps) / length
    assert (
        measured(moved.astype(np.uint8)).evenness
        < 0.7
        < 0.9
        < measured(grain.astype(np.uint8)).evenness
    )
