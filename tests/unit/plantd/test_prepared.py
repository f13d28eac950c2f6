"""A frame is brought to the network's size while its quality is measured elsewhere."""

import threading

import numpy as np
from support import tiny_bundle
from support.picture_bytes import drawn

from plantd import picture, tensor
from plantd.prepared import Preparation, kept_at

SPEC = tiny_bundle.INPUT
LONG_ENOUGH_S = 20.0


def measuring_threads():
    return {thread for thread in threading.enumerate() if thread.name.startswith("quality")}


def test_a_prepared_frame_is_what_tensor_and_quality_say_of_it():
    pixels = drawn(320, 240)
    seen = Preparation(SPEC).prepare(pixels)
    assert seen.pixels is pixels
    np.testing.assert_array_equal(seen.resized, tensor.resize(pixels, SPEC))
    assert seen.quality == picture.quality_of(pixels)
    assert seen.frame is None


def striped(level, strength):
    """Pixels of one grey, on the whole: the stronger its stripes, the sharper."""
    pixels = np.full((64, 64, 3), level, np.uint8)
    pixels[::2] -= strength
    pixels[1::2] += strength
    return pixels


def kept_of(*burst):
    """Return which frame of a burst of pixels is kept."""
    preparation = Preparation(SPEC)
    return kept_at([preparation.prepare(pixels) for pixels in burst])


def test_the_sharpest_frame_is_kept_and_of_equally_sharp_ones_the_first():
    flat, sharp = striped(90, 2), striped(90, 40)
    assert kept_of(flat, sharp, sharp.copy(), flat) == 1


def test_one_that_looks_like_no_other_is_not_kept_however_sharp():
    """Spoilt bytes in a frame make broken blocks, which look sharp, and other colours."""
    assert kept_of(striped(90, 20), striped(120, 60), striped(92, 30)) == 2


def test_a_hand_that_moved_makes_no_frame_look_like_no_other():
    assert kept_of(striped(90, 20), striped(96, 60), striped(90, 30)) == 1


def test_where_all_differ_those_that_differ_least_are_looked_at():
    assert kept_of(striped(60, 20), striped(160, 60), striped(80, 30), striped(105, 40)) == 3


def test_of_two_frames_nobody_knows_which_is_odd():
    assert kept_of(striped(90, 20), striped(160, 60)) == 1


def test_a_network_that_sees_less_than_the_cells_is_no_trouble():
    small = SPEC._replace(width_px=3, height_px=5)
    preparation = Preparation(small)
    burst = [preparation.prepare(striped(level, 20)) for level in (90, 91, 200)]
    assert kept_at(burst) == 0


def test_its_thread_ends_with_it():
    before = measuring_threads()
    preparation = Preparation(SPEC)
    assert preparation.prepare(drawn()).quality.width_px == 64
    (own,) = measuring_threads() - before
    assert own.is_alive()
    del preparation
    own.join(LONG_ENOUGH_S)
    assert not own.is_alive()
