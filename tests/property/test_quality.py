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


# Halving leaves a last odd row or column out, so turning an odd picture leaves out another one.
@given(pictures.map(lambda grey: np.repeat(np.repeat(grey, 2, axis=0), 2, axis=1)))
def test_evenness_knows_neither_up_nor_left_nor_negative(grey):
    as_it_is = measured(grey).evenness
    for turned in (grey.T, grey[::-1], grey[:, ::-1], 255 - grey):
        assert measured(np.ascontiguousarray(turned)).evenness == pytest.approx(as_it_is, abs=1e-5)


@given(seeds, st.floats(0.0, 180.0), st.integers(8, 25))
def test_a_camera_that_moved_in_any_direction_leaves_a_less_even_picture(seed, angle, length):
    still = _grain(seed)
    turn = np.deg2rad(angle)
    steps = [(round(i * np.sin(turn)), round(i * np.cos(turn))) for i in range(length)]
    moved = sum(np.roll(still, step, (0, 1)) for step in steps) / length
    before, after = (measured(grey.astype(np.uint8)).evenness for grey in (still, moved))
    assert after < 0.8 * before


def _grain(seed: int) -> np.ndarray:
    """Return (128, 128) structure of every size, as plants have it and plain noise has not."""
    random = np.random.RandomState(seed)
    layers = []
    for size in (1, 2, 4, 8):
        coarse = random.randint(0, 64, (128 // size, 128 // size)).astype(float)
        layers.append(np.repeat(np.repeat(coarse, size, axis=0), size, axis=1))
    return np.asarray(sum(layers))
