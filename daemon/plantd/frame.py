"""What the camera saw: one frame, when it arrived, and what of a picture the network sees."""

from typing import NamedTuple

import numpy as np


class Frame(NamedTuple):
    """One picture from a camera.

    Attributes:
        id: counts the arrivals of one camera session from 1; never repeats within it.
        pixels: (height, width, 3) uint8, BGR as OpenCV delivers it. Not to be written to.
        captured_at: monotonic seconds when the frame arrived (arrival is not exposure).
    """

    id: int
    pixels: np.ndarray
    captured_at: float

    @property
    def width_px(self) -> int:
        """Width of the picture."""
        return int(self.pixels.shape[1])

    @property
    def height_px(self) -> int:
        """Height of the picture."""
        return int(self.pixels.shape[0])


class FieldOfView(NamedTuple):
    """What of a picture the network sees, in the picture's pixels.

    With black bars it reaches beyond the picture.
    """

    top: float
    left: float
    height: float
    width: float
