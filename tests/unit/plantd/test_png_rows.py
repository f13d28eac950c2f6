"""A PNG written row by row is what every reader takes for the same pixels."""

import io

import numpy as np
import pytest
from PIL import Image
from support.picture_bytes import drawn

from plantd import picture
from plantd.formats.png_rows import PngRows


def png_of(*bands: np.ndarray) -> bytes:
    rows = PngRows(bands[0].shape[1])
    for band in bands:
        rows.add(band)
    return rows.finish()


def noise(height_px: int, width_px: int) -> np.ndarray:
    random = np.random.RandomState(height_px * 1000 + width_px)
    return random.randint(0, 256, (height_px, width_px, 3)).astype(np.uint8)


def seen_by_pillow(data: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(data)) as seen:
        assert seen.mode == "RGB"
        return np.asarray(seen)[:, :, ::-1]


@pytest.mark.parametrize("size_px", [(8, 8), (48, 64), (224, 224), (9, 31)])
@pytest.mark.parametrize("level", [None, 0, 255])
def test_ours_and_another_reader_see_the_same_pixels(size_px, level):
    pixels = noise(*size_px) if level is None else np.full((*size_px, 3), level, np.uint8)
    data = png_of(pixels)
    np.testing.assert_array_equal(picture.decode(data), pixels)
    np.testing.assert_array_equal(seen_by_pillow(data), pixels)


def test_bands_lie_one_below_the_other():
    bands = noise(8, 16), noise(24, 16), noise(1, 16)
    np.testing.assert_array_equal(picture.decode(png_of(*bands)), np.concatenate(bands))


def test_one_column_is_enough():
    np.testing.assert_array_equal(seen_by_pillow(png_of(noise(12, 1))), noise(12, 1))


def test_a_view_that_is_not_contiguous_is_taken():
    pixels = noise(40, 60)[4:36:2, 10:50]
    np.testing.assert_array_equal(picture.decode(png_of(pixels)), pixels)


def test_even_pictures_become_small():
    whole = 224 * 224 * 3
    assert len(png_of(np.zeros((224, 224, 3), np.uint8))) < whole / 50
    assert len(png_of(drawn(224, 224))) < whole / 2


def test_another_width_is_refused():
    rows = PngRows(16)
    with pytest.raises(AssertionError, match="equally wide"):
        rows.add(noise(8, 17))
