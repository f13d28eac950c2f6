"""Sheets of small pictures: for looking at data, at augmentation and at what was predicted."""

from typing import List, Sequence

import numpy as np

from plantd.picture import encode_jpeg
from plantd.tensor import InputSpec, resize
from plantd_calibration.data.photos import Photo
from plantd_training.data.pictures import pixels_of

SIDE_PX = 112
JPEG_QUALITY = 80
_SMALL = InputSpec(
    "sheet", SIDE_PX, SIDE_PX, "NHWC", "BGR", "center_crop", "area", 1.0, (0.0,) * 3, (1.0,) * 3
)


def small(pixels: np.ndarray) -> np.ndarray:
    """Return (SIDE_PX, SIDE_PX, 3) uint8 of any picture, its middle."""
    return resize(pixels, _SMALL)


def small_photos(photos: Sequence[Photo]) -> List[np.ndarray]:
    """Return each photograph small."""
    return [small(pixels_of(photo)) for photo in photos]


def sheet(pictures: Sequence[np.ndarray], columns: int) -> np.ndarray:
    """Return one picture of all of them, (n, side, side, 3) uint8, row by row on white."""
    rows = -(-len(pictures) // columns)
    side = pictures[0].shape[0]
    canvas = np.full((rows * side, columns * side, 3), 255, np.uint8)
    for place, picture in enumerate(pictures):
        top, left = (place // columns) * side, (place % columns) * side
        canvas[top : top + side, left : left + side] = picture
    return canvas


def jpeg(pixels: np.ndarray) -> bytes:
    """Return a JPEG of (height, width, 3) uint8 BGR."""
    return encode_jpeg(pixels, JPEG_QUALITY)
