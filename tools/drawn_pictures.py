"""Three drawn pictures, one for each of the three answers of the default model.

How this works: each is drawn here, from numbers; nobody photographed it, and nobody has told the
model what to say to it. The sunflower it calls edible, the lily poisonous, and before the wall it
is unsure: that holds for plants70, and tests/system/test_play.py asks it. make demo
and make play write them.
"""

import os
from typing import Dict, Tuple

import cv2
import numpy as np

FOLDER = os.path.join("build", "pictures")
WIDTH_PX, HEIGHT_PX = 640, 480
Colour = Tuple[float, float, float]  # BGR
Point = Tuple[int, int]

YELLOW, BROWN = (20.0, 195.0, 245.0), (20.0, 45.0, 75.0)
WHITE, LIME, RUST = (245.0, 245.0, 250.0), (90.0, 210.0, 170.0), (20.0, 60.0, 150.0)
GREEN = (35.0, 120.0, 60.0)
BRICK, MORTAR = (80.0, 95.0, 160.0), (110.0, 125.0, 200.0)
# Between neighbouring seeds of a head, in radians: the golden angle.
GOLDEN = np.pi * (3.0 - np.sqrt(5.0))


def write_all(folder: str = FOLDER) -> Dict[str, str]:
    """Draw the three into a folder, which is made; return answer -> path."""
    os.makedirs(folder, exist_ok=True)
    drawn = {"edible": sunflower, "poisonous": lily, "unsure": wall}
    paths = {}
    for answer, draw in drawn.items():
        path = os.path.join(folder, draw.__name__ + ".jpg")
        done, data = cv2.imencode(".jpg", draw(), [cv2.IMWRITE_JPEG_QUALITY, 95])
        assert done
        with open(path + ".new", "wb") as target:
            target.write(data.tobytes())
        os.replace(path + ".new", path)
        paths[answer] = path
    return paths


def sunflower() -> np.ndarray:
    """Return a sunflower on its stem: (480, 640, 3) uint8 BGR."""
    random = np.random.RandomState(23)
    picture, head = _garden(random), (320, 205)
    _stem(picture, random, head, leaves=2, width=0.11)
    radius, disc, petals = 160.0, 68.0, 22
    for ring in (0, 1):
        for number in range(petals):
            angle = 2 * np.pi * (number + 0.5 * ring) / petals + random.normal(0, 0.05)
            length = (radius - disc) * random.uniform(0.88, 1.08) * (1 - 0.12 * ring)
            shade = _shaded(YELLOW, random.uniform(0.8, 1.05))
            outline = _petal(head, angle, disc * 0.8, length, radius * random.uniform(0.11, 0.16))
            cv2.fillPoly(picture, [outline], shade, cv2.LINE_AA)
            cv2.polylines(picture, [outline], True, _shaded(YELLOW, 0.62), 1, cv2.LINE_AA)
    _seeds(picture, random, head, disc)
    return _grained(picture, random)


def lily() -> np.ndarray:
    """Return a white lily with its six anthers: (480, 640, 3) uint8 BGR."""
    random = np.random.RandomState(0)
    picture, heart, radius = _garden(random), (320, 215), 200.0
    _stem(picture, random, heart, leaves=4, width=0.035)
    for ring in (0, 1):
        for number in range(3):
            angle = 2 * np.pi * (number + 0.5 * ring) / 3 + 0.3
            width = radius * (0.15 if ring == 0 else 0.2)
            # From the rim, which is darker, inwards.
            for part in np.linspace(1.0, 0.1, 12):
                outline = _petal(heart, angle, 0.0, radius, width * part)
                shade = _shaded(WHITE, 1.0 - 0.25 * part**1.5)
                cv2.fillPoly(picture, [outline], shade, cv2.LINE_AA)
            cv2.line(picture, heart, _away(heart, angle, 0.9 * radius), LIME, 2, cv2.LINE_AA)
            _freckles(picture, random, heart, angle, radius, width)
    _anthers(picture, heart, radius)
    return _grained(picture, random)


def wall() -> np.ndarray:
    """Return a wall of bricks: (480, 640, 3) uint8 BGR."""
    random = np.random.RandomState(1)
    picture = np.full((HEIGHT_PX, WIDTH_PX, 3), MORTAR)
    for row in range(0, HEIGHT_PX, 50):
        for left in range(-110 + row // 50 % 2 * 55, WIDTH_PX, 110):
            shade = _shaded(BRICK, random.uniform(0.85, 1.1))
            cv2.rectangle(picture, (left + 3, row + 3), (left + 106, row + 46), shade, -1)
    return _grained(picture + 6.0 * _clouds(random), random)


def _garden(random: np.random.RandomState) -> np.ndarray:
    """Return leaves far out of focus."""
    soft = np.array([40.0, 95.0, 60.0]) * (1.0 + 0.35 * _clouds(random))
    picture: np.ndarray = np.clip(soft, 0, 255).astype(np.uint8)
    return picture


def _clouds(random: np.random.RandomState) -> np.ndarray:
    """Return soft light and dark around 0: (480, 640, 1)."""
    coarse = random.normal(0, 1, (6, 8)).astype(np.float32)
    soft = cv2.resize(coarse, (WIDTH_PX, HEIGHT_PX), interpolation=cv2.INTER_CUBIC)
    clouds: np.ndarray = soft[:, :, None]
    return clouds


def _stem(
    picture: np.ndarray, random: np.random.RandomState, top: Point, leaves: int, width: float
) -> None:
    """Draw a stem, and `leaves` on each side of it; their width in heights of the picture."""
    cv2.line(picture, top, (top[0] + 15, HEIGHT_PX), GREEN, 12, cv2.LINE_AA)
    for side in (-1, 1):
        for _ in range(leaves):
            base = (top[0] + int(random.uniform(-10, 10)), int(HEIGHT_PX * random.uniform(0.8, 1)))
            angle = -np.pi / 2 + side * random.uniform(0.6, 1.4)
            length = HEIGHT_PX * random.uniform(0.35, 0.55)
            green = _shaded(GREEN, random.uniform(0.8, 1.15))
            outline = _petal(base, angle, 0.0, length, HEIGHT_PX * width)
            cv2.fillPoly(picture, [outline], green, cv2.LINE_AA)
            vein = _shaded(green, 1.35)
            cv2.line(picture, base, _away(base, angle, length), vein, 2, cv2.LINE_AA)


def _petal(centre: Point, angle: float, inner: float, length: float, width: float) -> np.ndarray:
    """Return the outline of a petal or leaf that begins `inner` from the centre: (48, 2) int32."""
    t = np.linspace(0.0, 1.0, 24)
    half = width * np.sin(np.pi * t**0.8)
    along = np.concatenate([inner + t * length, (inner + t * length)[::-1]])
    across = np.concatenate([half, -half[::-1]])
    x = centre[0] + along * np.cos(angle) - across * np.sin(angle)
    y = centre[1] + along * np.sin(angle) + across * np.cos(angle)
    outline: np.ndarray = np.round(np.stack([x, y], axis=1)).astype(np.int32)
    return outline


def _seeds(
    picture: np.ndarray, random: np.random.RandomState, centre: Point, radius: float
) -> None:
    cv2.circle(picture, centre, int(radius), BROWN, -1, cv2.LINE_AA)
    count = int(4 * radius)
    for number in range(count):
        out = np.sqrt(number / count)
        shade = _shaded(BROWN, random.uniform(0.6, 1.8) * (0.7 + out), 8.0)
        place = _away(centre, number * GOLDEN, radius * out)
        cv2.circle(picture, place, int(radius / 22), shade, -1, cv2.LINE_AA)


def _freckles(
    picture: np.ndarray,
    random: np.random.RandomState,
    centre: Point,
    angle: float,
    radius: float,
    width: float,
) -> None:
    for _ in range(14):
        along = _away(centre, angle, random.uniform(0.15, 0.55) * radius)
        place = _away(along, angle + np.pi / 2, random.uniform(-0.4, 0.4) * width)
        cv2.circle(picture, place, 2, _shaded(WHITE, 0.45), -1, cv2.LINE_AA)


def _anthers(picture: np.ndarray, centre: Point, radius: float) -> None:
    cv2.circle(picture, centre, int(radius * 0.1), LIME, -1, cv2.LINE_AA)
    for number in range(6):
        angle = 2 * np.pi * number / 6 + 0.1
        end = _away(centre, angle, 0.42 * radius)
        cv2.line(picture, centre, end, _shaded(LIME, 1.2), 3, cv2.LINE_AA)
        axes = (int(radius * 0.07), int(radius * 0.03))
        turn = float(np.degrees(angle)) + 90.0
        cv2.ellipse(picture, end, axes, turn, 0, 360, RUST, -1, cv2.LINE_AA)


def _away(start: Point, angle: float, distance: float) -> Point:
    """Return the point `distance` pixels from another one."""
    x = start[0] + distance * np.cos(angle)
    y = start[1] + distance * np.sin(angle)
    return (int(np.round(x)), int(np.round(y)))


def _shaded(colour: Colour, by: float, more: float = 0.0) -> Colour:
    blue, green, red = (float(min(255.0, value * by + more)) for value in colour)
    return (blue, green, red)


def _grained(picture: np.ndarray, random: np.random.RandomState) -> np.ndarray:
    """Return the picture with the grain of a sensor."""
    grain = random.normal(0.0, 5.0, (HEIGHT_PX, WIDTH_PX))[:, :, None]
    grained: np.ndarray = np.clip(picture + grain, 0, 255).astype(np.uint8)
    return grained
