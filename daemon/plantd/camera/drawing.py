"""A drawn plant: a picture for the demo and the tests that nobody had to photograph."""

import cv2
import numpy as np


def draw_plant(width_px: int, height_px: int, seed: int = 1) -> np.ndarray:
    """Return a drawing of a flowering plant; the same seed draws the same plant.

    Returns:
        (height_px, width_px, 3) uint8 BGR.
    """
    random = np.random.RandomState(seed)
    picture = _sky_and_soil(width_px, height_px, random)
    base = (int(width_px * random.uniform(0.42, 0.58)), int(height_px * 0.86))
    top = (int(width_px * random.uniform(0.40, 0.60)), int(height_px * random.uniform(0.22, 0.32)))
    stem = _stem(base, top, width_px * random.uniform(-0.08, 0.08))
    green = _green(random)
    thickness = max(1, min(width_px, height_px) // 60)
    cv2.polylines(picture, [stem], False, green, thickness, cv2.LINE_AA)
    _leaves(picture, stem, green, random)
    _flower(picture, top, random)
    return _with_grain(picture, random)


def jpeg_of_plant(width_px: int, height_px: int, seed: int = 1) -> bytes:
    """Return the drawing as JPEG bytes."""
    done, data = cv2.imencode(".jpg", draw_plant(width_px, height_px, seed))
    assert done
    return bytes(data.tobytes())


def _sky_and_soil(width_px: int, height_px: int, random: np.random.RandomState) -> np.ndarray:
    horizon = max(1, int(height_px * random.uniform(0.70, 0.80)))
    shade = np.linspace(0.0, 1.0, height_px, dtype=np.float32)[:, None, None]
    sky = np.array([205, 170, 130], np.float32) + shade * np.array([30, 50, 70], np.float32)
    soil = np.array([45, 75, 105], np.float32) - shade * np.array([15, 25, 35], np.float32)
    below = (np.arange(height_px) >= horizon)[:, None, None]
    rows = np.where(below, soil, sky)
    return np.ascontiguousarray(np.broadcast_to(rows, (height_px, width_px, 3)).astype(np.uint8))


def _stem(base: tuple, top: tuple, bend_px: float) -> np.ndarray:
    """Return a quadratic curve as (24, 1, 2) int32 points."""
    t = np.linspace(0.0, 1.0, 24)[:, None]
    middle = (np.array(base) + np.array(top)) / 2.0 + [bend_px, 0.0]
    points = (1 - t) ** 2 * np.array(base) + 2 * t * (1 - t) * middle + t**2 * np.array(top)
    curve: np.ndarray = np.round(points).astype(np.int32).reshape(-1, 1, 2)
    return curve


def _green(random: np.random.RandomState) -> tuple:
    return (int(random.randint(30, 70)), int(random.randint(110, 165)), int(random.randint(30, 75)))


def _leaves(
    picture: np.ndarray, stem: np.ndarray, green: tuple, random: np.random.RandomState
) -> None:
    size = min(picture.shape[:2])
    for number in range(random.randint(5, 9)):
        x, y = stem[random.randint(2, len(stem) - 5), 0]
        side = 1 if number % 2 else -1
        angle = -side * random.uniform(15, 50)
        length = size * random.uniform(0.10, 0.18)
        reach = np.radians(angle)
        centre = (int(x + side * length * np.cos(reach)), int(y - length * abs(np.sin(reach))))
        axes = (max(1, int(length)), max(1, int(length * random.uniform(0.28, 0.42))))
        shade = tuple(int(value * random.uniform(0.75, 1.15)) for value in green)
        cv2.ellipse(picture, centre, axes, angle, 0, 360, shade, -1, cv2.LINE_AA)
        vein = tuple(min(255, value + 35) for value in shade)
        cv2.line(picture, (int(x), int(y)), centre, vein, max(1, size // 240), cv2.LINE_AA)


def _flower(picture: np.ndarray, top: tuple, random: np.random.RandomState) -> None:
    size = min(picture.shape[:2])
    petal = tuple(int(value) for value in random.randint(120, 255, 3))
    radius = size * random.uniform(0.07, 0.10)
    petals = random.randint(5, 9)
    for number in range(petals):
        angle = 2 * np.pi * number / petals
        centre = (int(top[0] + radius * np.cos(angle)), int(top[1] + radius * np.sin(angle)))
        axes = (max(1, int(radius)), max(1, int(radius * 0.5)))
        cv2.ellipse(picture, centre, axes, np.degrees(angle), 0, 360, petal, -1, cv2.LINE_AA)
    cv2.circle(picture, top, max(1, int(radius * 0.55)), (40, 190, 235), -1, cv2.LINE_AA)


def _with_grain(picture: np.ndarray, random: np.random.RandomState) -> np.ndarray:
    grain = random.normal(0.0, 5.0, picture.shape[:2])[:, :, None]
    grained: np.ndarray = np.clip(picture + grain, 0, 255).astype(np.uint8)
    return grained
