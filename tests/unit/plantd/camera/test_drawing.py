import cv2
import numpy as np
import pytest

from plantd.camera.drawing import draw_plant, jpeg_of_plant


def test_a_seed_draws_the_same_plant_every_time() -> None:
    assert (draw_plant(160, 120, 5) == draw_plant(160, 120, 5)).all()
    assert (draw_plant(160, 120, 5) != draw_plant(160, 120, 6)).any()


@pytest.mark.parametrize(("width_px", "height_px"), [(1, 1), (7, 300), (640, 480)])
def test_any_size_can_be_drawn(width_px: int, height_px: int) -> None:
    drawn = draw_plant(width_px, height_px, 1)
    assert drawn.shape == (height_px, width_px, 3)
    assert drawn.dtype == np.uint8


def test_there_is_sky_above_soil_below_and_green_between() -> None:
    drawn = draw_plant(320, 240, 1).astype(int)
    top, bottom = drawn[:10].mean((0, 1)), drawn[-10:].mean((0, 1))
    assert top[0] > top[2]
    assert bottom[2] > bottom[0]
    greener = (drawn[..., 1] > drawn[..., 0] + 20) & (drawn[..., 1] > drawn[..., 2] + 20)
    assert greener.mean() > 0.02


def test_the_jpeg_is_the_drawing() -> None:
    data = np.frombuffer(jpeg_of_plant(160, 120, 2), np.uint8)
    decoded = cv2.imdecode(data, cv2.IMREAD_COLOR).astype(int)
    assert np.abs(decoded - draw_plant(160, 120, 2)).mean() < 8.0
