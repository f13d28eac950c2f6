"""Pictures for people: small, of pixels that the service made itself, and only as long as kept."""

import numpy as np
import pytest
from support.picture_bytes import encode_png

from plantd import picture
from plantd.activation import Activation
from plantd.camera.scripted import ScriptedCamera
from plantd.config import CameraConfig, Config
from plantd.errors import NotFoundError
from plantd.quality import QualityLimits
from plantd.service import small_pictures

GREY = np.full((480, 640, 3), 128, np.uint8)


def test_a_thumbnail_keeps_the_picture_s_shape() -> None:
    wide = np.zeros((90, 1600, 3), np.uint8)
    made = picture.decode(small_pictures.thumbnail(encode_png(wide)))
    assert made.shape == (18, small_pictures.THUMBNAIL_PX, 3)


def test_what_is_small_already_stays_as_it_is() -> None:
    small = np.zeros((60, 80, 3), np.uint8)
    assert picture.shrunk(small, 320) is small


def test_the_view_says_what_it_lacks() -> None:
    night = np.zeros((720, 1280, 3), np.uint8)
    with ScriptedCamera(CameraConfig(source="fake://"), None, (night,)) as camera:
        seen = small_pictures.view(camera, Config(), QualityLimits(), 0.0)
    assert seen.faults == ("too_dark", "covered", "blurred")
    assert picture.decode(seen.jpeg).shape == (405, small_pictures.VIEW_PX, 3)


def test_what_spoke_is_tinted_where_it_is() -> None:
    values = np.array([[0.0, 4.0], [0.0, 0.0]], np.float32)
    kept = Activation(7, "clover", values, GREY)
    made = picture.decode(small_pictures.overlay(7, lambda: kept)).astype(int)
    assert made[60, 600, 2] > made[420, 40, 2] + 40


def test_what_spoke_is_kept_of_the_newest_answer_alone() -> None:
    kept = Activation(7, "clover", np.ones((2, 2), np.float32), GREY)
    for found in (None, kept):
        with pytest.raises(NotFoundError, match="picture 6 is not kept"):
            small_pictures.overlay(6, lambda found=found: found)
