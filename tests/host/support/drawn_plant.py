"""Plants drawn from a seed: what the tests show to networks instead of photographs."""

from typing import Tuple

import numpy as np


def drawn_plant(
    random: np.random.Generator,
    width_px: int,
    height_px: int,
    petal: Tuple[int, int, int],
) -> np.ndarray:
    """Return (height, width, 3) uint8 BGR: a flower with leaves on lit ground.

    Args:
        petal: colour of the flower, blue green red.
    """
    y, x = np.mgrid[0:height_px, 0:width_px]
    light = 70 + 60 * (y / height_px) + 25 * np.sin(x / (width_px / 9.0))
    picture = np.stack([light * 0.45, light * 0.85, light * 0.7], axis=-1)
    side = min(width_px, height_px)
    for _ in range(9):
        center = random.uniform((0.1, 0.3), (0.9, 0.95)) * (width_px, height_px)
        leaf = _ellipse(x, y, center, side * 0.2, side * 0.07, random.uniform(0, np.pi))
        _paint(picture, leaf, (40, random.uniform(110, 190), random.uniform(40, 90)))
    middle = random.uniform((0.4, 0.35), (0.6, 0.55)) * (width_px, height_px)
    for turn in np.arange(5) * (2 * np.pi / 5) + random.uniform(0, 1):
        center = middle + side * 0.14 * np.asarray((np.cos(turn), np.sin(turn)))
        _paint(picture, _ellipse(x, y, center, side * 0.14, side * 0.08, turn), petal)
    _paint(picture, _ellipse(x, y, middle, side * 0.06, side * 0.06, 0.0), (40, 200, 240))
    picture += random.normal(0.0, 6.0, picture.shape)
    return np.clip(picture, 0, 255).astype(np.uint8)


def _ellipse(
    x: np.ndarray, y: np.ndarray, center: np.ndarray, long_px: float, short_px: float, turn: float
) -> np.ndarray:
    dx, dy = x - center[0], y - center[1]
    along, across = (
        dx * np.cos(turn) + dy * np.sin(turn),
        dy * np.cos(turn) - dx * np.sin(turn),
    )
    return np.clip(1.15 - (along / long_px) ** 2 - (across / short_px) ** 2, 0.0, 1.0)


def _paint(picture: np.ndarray, cover: np.ndarray, colour: Tuple[float, float, float]) -> None:
    shade = 0.55 + 0.45 * cover
    opacity = np.minimum(1.0, cover * 3.0)[:, :, np.newaxis]
    layer = shade[:, :, np.newaxis] * np.asarray(colour, np.float64)
    picture *= 1.0 - opacity
    picture += opacity * layer
