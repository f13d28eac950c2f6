"""Beside a photograph: where the network found what spoke for its answer."""

import numpy as np
import pytest
from support import tiny_bundle
from support.picture_bytes import encode_png

from plantd import bundle, picture
from plantd_calibration.data import activation_pictures
from plantd_calibration.data.photos import Photo
from plantd_calibration.report.thumbnails import SIDE_PX, thumbnails


@pytest.fixture
def plain(tmp_path):
    return tiny_bundle.make(str(tmp_path / "tiny"))


@pytest.fixture
def shows(plain):
    return bundle.load(tiny_bundle.show_activation(plain))


@pytest.fixture
def half_red(tmp_path):
    """A grey wall with something red in its right half, more of it than the network needs."""
    pixels = tiny_bundle.flat((100, 100, 100), 240, 240)
    pixels[:, 120:] = tiny_bundle.RED
    path = tmp_path / "half_red.png"
    path.write_bytes(encode_png(pixels))
    return path


def test_what_spoke_is_lit_and_the_rest_is_dark(shows, half_red):
    both = activation_pictures.beside(shows, [half_red])[half_red]
    assert both.shape == (240, 480, 3)
    np.testing.assert_array_equal(both[:, :240], picture.read(str(half_red)))
    shown = both[:, 240:]
    assert shown[120, 30].max() < 60
    assert shown[120, 200, 2] > 200


def test_a_bundle_without_maps_shows_none_and_says_what_helps(plain, half_red):
    loaded = bundle.load(plain)
    assert activation_pictures.beside(loaded, [half_red]) == {}
    assert "plantd-import activation" in activation_pictures.told(loaded)


def test_without_a_bundle_there_is_nothing_to_show(half_red):
    assert activation_pictures.beside(None, [half_red]) == {}


def test_thumbnails_are_twice_as_wide_where_the_bundle_shows_it(shows, half_red):
    photos = [Photo(half_red, "hemlock", True)]
    for given, width in ((None, SIDE_PX), (shows, 2 * SIDE_PX)):
        small = picture.decode(thumbnails(photos, given)[half_red.name])
        assert small.shape[:2] == (SIDE_PX, width)
