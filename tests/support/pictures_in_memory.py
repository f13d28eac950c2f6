"""Pixels of an array as what the capture process writes."""

import ctypes

import numpy as np

from plantd.camera.shared_frames import Picture


class ArrayPicture(Picture):
    """(H, W, 3) uint8."""

    def __init__(self, pixels: np.ndarray) -> None:
        self._pixels = pixels
        self.height_px, self.width_px = pixels.shape[:2]

    def copy_to(self, address: int) -> None:
        """See Picture."""
        pixels = np.ascontiguousarray(self._pixels)
        ctypes.memmove(address, pixels.ctypes.data, pixels.nbytes)
