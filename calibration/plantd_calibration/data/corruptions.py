"""Photographs made worse on purpose, each way in steps from slight to hopeless."""

from typing import Callable, Dict, List, NamedTuple, Tuple

import numpy as np
from scipy.ndimage import gaussian_filter

from plantd.tensor import InputSpec, resize
from plantd_calibration.data.inference import Change

# A finger before the lens: out of focus, brown-red (BGR).
FINGER = (45, 60, 110)
# How soft the edge of something on the lens is, as a share of the longer side.
SOFT_EDGE = 0.03
# What lies behind a drop is out of focus: as `unfocused` has it.
DROP_SIGMA = 8.0
# The noise of a sensor comes after the motion: grey levels.
NOISE = 2.0


class Way(NamedTuple):
    """One way in which a picture can become bad.

    Attributes:
        name: of the way.
        fault: what plantd.quality should call it.
        strengths: from slight to hopeless; what they mean stands beside each maker.
        make: (pixels, strength) -> pixels.
    """

    name: str
    fault: str
    strengths: Tuple[float, ...]
    make: Callable[[np.ndarray, float], np.ndarray]

    def changes(self) -> List[Tuple[float, Change]]:
        """Return each strength with what it does."""
        return [(s, Change("{} {:g}".format(self.name, s), self._at(s))) for s in self.strengths]

    def _at(self, strength: float) -> Callable[[np.ndarray], np.ndarray]:
        return lambda pixels: self.make(pixels, strength)


def darkened(pixels: np.ndarray, share: float) -> np.ndarray:
    """Return the picture with a share of its light."""
    return np.asarray(pixels * share, np.uint8)


def overexposed(pixels: np.ndarray, gain: float) -> np.ndarray:
    """Return the picture with so many times its light."""
    return np.asarray(np.minimum(pixels * gain, 255.0), np.uint8)


def unfocused(pixels: np.ndarray, sigma: float) -> np.ndarray:
    """Return the picture out of focus: sigma in pixels of a picture whose longer side has 256."""
    scale = sigma * max(pixels.shape[:2]) / 256.0
    return np.asarray(gaussian_filter(pixels, (scale, scale, 0)), np.uint8)


def moved(pixels: np.ndarray, length: float) -> np.ndarray:
    """Return the picture of a camera that moved: length in pixels as for `unfocused`.

    The direction is another one for each picture, and the same one each time.
    """
    height, width = pixels.shape[:2]
    turn = np.deg2rad(float(pixels.sum(dtype=np.int64) % 180))
    steps = max(1, round(length * max(height, width) / 256.0))
    total = np.zeros(pixels.shape, np.float32)
    for place in np.arange(steps) - (steps - 1) / 2.0:
        down, across = round(place * np.sin(turn)), round(place * np.cos(turn))
        rows = np.clip(np.arange(height) + down, 0, height - 1)
        total += pixels[rows][:, np.clip(np.arange(width) + across, 0, width - 1)]
    noise = np.random.default_rng(1).normal(0.0, NOISE, pixels.shape)
    return np.asarray(np.clip(total / steps + noise, 0.0, 255.0), np.uint8)


def shrunk(pixels: np.ndarray, side_px: float) -> np.ndarray:
    """Return the picture with a shorter side of so many pixels, or as it is where it has fewer."""
    height, width = pixels.shape[:2]
    factor = min(1.0, side_px / min(height, width))
    size = (max(8, round(width * factor)), max(8, round(height * factor)))
    unit = (1.0, 1.0, 1.0)
    spec = InputSpec("", *size, "NHWC", "BGR", "stretch", "area", 1.0, unit, unit)
    return resize(pixels, spec)


def finger_across(pixels: np.ndarray, share: float) -> np.ndarray:
    """Return the picture with a finger over a share of its width; its edge is out of focus."""
    width = pixels.shape[1]
    beyond = (np.arange(width) + 0.5) / width - share
    return _behind(pixels, np.broadcast_to(beyond, pixels.shape[:2]), np.asarray(FINGER))


def fingertip(pixels: np.ndarray, share: float) -> np.ndarray:
    """Return the picture with a fingertip that covers a share of it from a corner."""
    height, width = pixels.shape[:2]
    radius = np.sqrt(4.0 * share * height * width / np.pi)
    return _behind(pixels, _beyond(pixels, (height, width), radius), np.asarray(FINGER))


def drop(pixels: np.ndarray, share: float) -> np.ndarray:
    """Return the picture with a drop in the middle of the lens, over a share of the picture."""
    height, width = pixels.shape[:2]
    radius = np.sqrt(share * height * width / np.pi)
    beyond = _beyond(pixels, (height / 2.0, width / 2.0), radius)
    return _behind(pixels, beyond, unfocused(pixels, DROP_SIGMA))


def _beyond(pixels: np.ndarray, centre: Tuple[float, float], radius: float) -> np.ndarray:
    """Return (height, width) distances from a circle, of the longer side; negative within."""
    rows, columns = np.ogrid[: pixels.shape[0], : pixels.shape[1]]
    distance = np.hypot(rows - centre[0], columns - centre[1])
    return np.asarray((distance - radius) / max(pixels.shape[:2]))


def _behind(pixels: np.ndarray, beyond: np.ndarray, cover: np.ndarray) -> np.ndarray:
    """Return the picture with a cover where `beyond` is negative."""
    hidden = (1.0 / (1.0 + np.exp(beyond / SOFT_EDGE)))[:, :, np.newaxis]
    return np.asarray(pixels * (1.0 - hidden) + cover * hidden, np.uint8)


WAYS: Dict[str, Way] = {
    way.name: way
    for way in (
        Way("darkened", "too_dark", (0.5, 0.25, 0.12, 0.06, 0.03), darkened),
        Way("overexposed", "blown_out", (2.0, 4.0, 8.0, 16.0), overexposed),
        Way("unfocused", "blurred", (0.5, 1.0, 2.0, 4.0, 8.0), unfocused),
        Way("moved", "blurred", (4.0, 8.0, 16.0, 32.0), moved),
        Way("shrunk", "too_small", (112.0, 80.0, 56.0, 40.0, 28.0), shrunk),
        Way("finger across", "covered", (0.3, 0.5, 0.7, 0.85, 1.2), finger_across),
        Way("fingertip", "covered", (0.1, 0.2, 0.35, 0.5), fingertip),
        Way("drop", "covered", (0.1, 0.25, 0.5, 0.8), drop),
    )
}
