"""Pictures for people, small: what the camera sees, a thumbnail, where the network looked.

All are made of pixels that this service wrote or captured itself: a picture that somebody sent in
is decoded by a process of its own, and not again for the sake of a thumbnail.
"""

from typing import Callable, Optional

import numpy as np

from plantd import activation, picture
from plantd.activation import Activation
from plantd.api.appliance import View
from plantd.camera.interface import Camera
from plantd.config import Config
from plantd.errors import NotFoundError
from plantd.frame import FieldOfView
from plantd.quality import QualityLimits, faults

# What a phone shows.
VIEW_PX = 720
THUMBNAIL_PX = 320
QUALITY = 80


def view(camera: Camera, config: Config, limits: QualityLimits, asked_at: float) -> View:
    """Return what the camera sees since `asked_at`, and what it lacks. Raises CameraError."""
    frame = camera.frame_after(asked_at, config.camera.press_timeout_s)
    return View(small_jpeg(frame.pixels, VIEW_PX), faults(picture.quality_of(frame.pixels), limits))


def thumbnail(tensor_picture: bytes) -> bytes:
    """Return a small JPEG of the network's input, which is a PNG of our own."""
    return small_jpeg(picture.decode(tensor_picture), THUMBNAIL_PX)


def overlay(seq: int, kept: Callable[[], Optional[Activation]]) -> bytes:
    """Return what spoke in an answered picture, as JPEG. Raises NotFoundError for what is gone."""
    found = kept()
    if found is None or found.seq != seq:
        raise NotFoundError("what spoke in picture {} is not kept".format(seq))
    height, width = found.resized.shape[:2]
    whole = FieldOfView(0.0, 0.0, float(height), float(width))
    return picture.encode_jpeg(activation.overlay(found.resized, found.values, whole), QUALITY)


def small_jpeg(pixels: np.ndarray, side_px: int) -> bytes:
    """Return a JPEG of (height, width, 3) uint8 BGR pixels, its longer side at most `side_px`."""
    return picture.encode_jpeg(picture.shrunk(pixels, side_px), QUALITY)
