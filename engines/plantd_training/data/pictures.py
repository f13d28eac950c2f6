"""Photographs to pixels and network inputs: decoded and brought to size as the device does it."""

from typing import Sequence

import numpy as np

from plantd import picture
from plantd.tensor import InputSpec, resize, to_tensor
from plantd_calibration.data.photos import Photo


def tensors(photos: Sequence[Photo], spec: InputSpec, mirrored: bool = False) -> np.ndarray:
    """Return (n, *spec.shape[1:]) float32 network inputs."""
    return np.concatenate([_tensor(photo, spec, mirrored) for photo in photos])


def pixels_of(photo: Photo) -> np.ndarray:
    """Return (height, width, 3) uint8 BGR, decoded as the device decodes a picture.

    Raises PictureError or NotFoundError naming the file.
    """
    return np.asarray(picture.read(str(photo.path)))


def colours(photos: Sequence[Photo], spec: InputSpec) -> np.ndarray:
    """Return (n, height, width, 3) uint8 at the spec's size and in its order of colours."""
    stacked = np.stack([resize(pixels_of(photo), spec) for photo in photos])
    return np.asarray(stacked[..., ::-1] if spec.colour == "RGB" else stacked)


def _tensor(photo: Photo, spec: InputSpec, mirrored: bool) -> np.ndarray:
    pixels = pixels_of(photo)
    return to_tensor(pixels[:, ::-1] if mirrored else pixels, spec)
