"""A frame made ready for the network, and measured in another thread meanwhile."""

from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple, Optional, Sequence

import numpy as np

from plantd import picture, tensor
from plantd.frame import Frame
from plantd.quality import Quality
from plantd.tensor import InputSpec


class PreparedFrame(NamedTuple):
    """A picture a request is about.

    Attributes:
        pixels: (height, width, 3) uint8 BGR.
        resized: the pixels as the network sees them, before normalisation.
        measuring: its quality, once it is measured.
        frame: the camera's, None for a picture that was sent in.
    """

    pixels: np.ndarray
    resized: np.ndarray
    measuring: "Future[Quality]"
    frame: Optional[Frame] = None

    @property
    def quality(self) -> Quality:
        """How good it is; waits until that is measured."""
        return self.measuring.result()


class Preparation:
    """Prepares pictures for one network. Its thread ends with it."""

    def __init__(self, spec: InputSpec) -> None:
        """Args: what the network sees of a picture."""
        self._spec = spec
        self._meter = ThreadPoolExecutor(1, "quality")

    def prepare(self, pixels: np.ndarray, frame: Optional[Frame] = None) -> PreparedFrame:
        """Return a picture brought to the network's size; its quality may come later."""
        measuring = self._meter.submit(picture.quality_of, pixels)
        return PreparedFrame(pixels, tensor.resize(pixels, self._spec), measuring, frame)


def sharpest(burst: Sequence[PreparedFrame]) -> PreparedFrame:
    """Return the frame of a burst that is kept: the first of the sharpest."""
    return max(burst, key=lambda seen: seen.quality.sharpness)
