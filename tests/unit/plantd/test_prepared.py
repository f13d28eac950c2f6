"""A frame is brought to the network's size while its quality is measured elsewhere."""

import threading

import numpy as np
from support import tiny_bundle
from support.picture_bytes import drawn

from plantd import picture, tensor
from plantd.prepared import Preparation, sharpest

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


def test_of_equally_sharp_frames_the_first_is_kept():
    preparation = Preparation(SPEC)
    flat, sharp = np.full((64, 64, 3), 90, np.uint8), np.zeros((64, 64, 3), np.uint8)
    sharp[::2] = 255
    burst = [preparation.prepare(pixels) for pixels in (flat, sharp, sharp.copy(), flat)]
    assert sharpest(burst) is burst[1]


def test_its_thread_ends_with_it():
    before = measuring_threads()
    preparation = Preparation(SPEC)
    assert preparation.prepare(drawn()).quality.width_px == 64
    (own,) = measuring_threads() - before
    assert own.is_alive()
    del preparation
    own.join(LONG_ENOUGH_S)
    assert not own.is_alive()
