"""Photographs made worse on purpose, each fault in steps from slight to hopeless."""

from typing import Callable, Dict, List, NamedTuple, Tuple

import numpy as np
from scipy.ndimage import gaussian_filter

from plantd.tensor import InputSpec, resize
from plantd_calibration.observing import Change

# A finger before the lens: out of focus, brown-red (BGR).
FINGER = (45, 60, 110)


class Fault(NamedTuple):
    """One way a picture can be bad.

    Attributes:
        name: as plantd.quality calls it.
        strengths: from slight to hopeless; what they mean stands beside each maker.
        make: (pixels, strength) -> pixels.
    """

    name: str
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


def blurred(pixels: np.ndarray, sigma: float) -> np.ndarray:
    """Return the picture out of focus: sigma in pixels of a picture whose longer side has 256."""
    scale = sigma * max(pixels.shape[:2]) / 256.0
    return np.asarray(gaussian_filter(pixels, (scale, scale, 0)), np.uint8)


def shrunk(pixels: np.ndarray, side_px: float) -> np.ndarray:
    """Return the picture with a shorter side of so many pixels, or as it is where it has fewer."""
    height, width = pixels.shape[:2]
    factor = min(1.0, side_px / min(height, width))
    size = (max(8, round(width * factor)), max(8, round(height * factor)))
    unit = (1.0, 1.0, 1.0)
    spec = InputSpec("", *size, "NHWC", "BGR", "stretch", "area", 1.0, unit, unit)
    return resize(pixels, spec)


def covered(pixels: np.ndarray, share: float) -> np.ndarray:
    """Return the picture with a finger over a share of its width; its edge is out of focus."""
    width = pixels.shape[1]
    place = (np.arange(width) + 0.5) / width
    finger = 1.0 / (1.0 + np.exp((place - share) / 0.03))[None, :, None]
    return np.asarray(pixels * (1.0 - finger) + np.asarray(FINGER) * finger, np.uint8)


FAULTS: Dict[str, Fault] = {
    fault.name: fault
    for fault in (
        Fault("too_dark", (0.5, 0.25, 0.12, 0.06, 0.03), darkened),
        Fault("blown_out", (2.0, 4.0, 8.0, 16.0), overexposed),
        Fault("blurred", (0.5, 1.0, 2.0, 4.0, 8.0), blurred),
        Fault("too_small", (112.0, 80.0, 56.0, 40.0, 28.0), shrunk),
        Fault("covered", (0.3, 0.5, 0.7, 0.85, 1.2), covered),
    )
}
