"""A frame made ready for the network, and measured in another thread meanwhile."""

from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple, Optional, Sequence

import numpy as np

from plantd import picture, tensor
from plantd.frame import Frame
from plantd.quality import Quality
from plantd.tensor import InputSpec

# Of so many rows and columns is what frames are compared by: a hand that moves shifts little of it.
CELLS = 7
# Frames of one burst differ by less, whatever a hand does; by more, where bytes of one are spoilt.
# Source: docs/experiments.md, "The picture that is kept".
ALIKE_LEVELS = 8.0
# Where none is so like another: those that are nearly as like one as the two that are most alike.
ALIKE_RATIO = 1.5


class PreparedFrame(NamedTuple):
    """A picture a request is about.

    Attributes:
        pixels: (height, width, 3) uint8 BGR.
        resized: the pixels as the network sees them, before normalisation.
        measuring: its quality, once it is measured.
        averaging: what it is compared by, once it is averaged: (n, n, 3) float32 BGR, the mean of
            each cell, n at most CELLS.
        frame: the camera's, None for a picture that was sent in.
    """

    pixels: np.ndarray
    resized: np.ndarray
    measuring: "Future[Quality]"
    averaging: "Future[np.ndarray]"
    frame: Optional[Frame] = None

    @property
    def quality(self) -> Quality:
        """How good it is; waits until that is measured."""
        return self.measuring.result()

    @property
    def cells(self) -> np.ndarray:
        """What it is compared by; waits until that is averaged."""
        return self.averaging.result()


class Preparation:
    """Prepares pictures for one network. Its thread ends with it."""

    def __init__(self, spec: InputSpec) -> None:
        """Args: what the network sees of a picture."""
        self._spec = spec
        self._meter = ThreadPoolExecutor(1, "quality")

    def prepare(self, pixels: np.ndarray, frame: Optional[Frame] = None) -> PreparedFrame:
        """Return a picture brought to the network's size; its quality may come later."""
        measuring = self._meter.submit(picture.quality_of, pixels)
        resized = tensor.resize(pixels, self._spec)
        averaging = self._meter.submit(_cells, resized)
        return PreparedFrame(pixels, resized, measuring, averaging, frame)


def kept_at(burst: Sequence[PreparedFrame]) -> int:
    """Return which frame of a burst is kept: the first of the sharpest that look like another.

    Broken blocks of a spoilt JPEG look sharp, and like no other frame. Of two frames nobody knows
    which is the odd one.
    """
    alike = _alike(burst) if len(burst) > 2 else range(len(burst))
    return max(alike, key=lambda at: burst[at].quality.sharpness)


def _cells(resized: np.ndarray) -> np.ndarray:
    cells = np.asarray(resized, np.float32)
    for axis in (0, 1):
        n = min(CELLS, resized.shape[axis])
        cells = np.stack([part.mean(axis) for part in np.array_split(cells, n, axis)], axis)
    return cells


def _alike(burst: Sequence[PreparedFrame]) -> Sequence[int]:
    """Return which frames look like another one."""
    cells = np.stack([seen.cells for seen in burst])
    apart = np.abs(cells[:, np.newaxis] - cells).mean((2, 3, 4))
    np.fill_diagonal(apart, np.inf)
    nearest = apart.min(1)
    limit = max(ALIKE_LEVELS, ALIKE_RATIO * nearest.min())
    return [int(at) for at in np.flatnonzero(nearest <= limit)]
