"""Small pictures of photographs that a report speaks of."""

from typing import Dict, Optional, Sequence

import numpy as np

from plantd import picture
from plantd.bundle import Bundle
from plantd_calibration.data.activation_pictures import beside
from plantd_calibration.data.corruptions import shrunk
from plantd_calibration.data.photos import Photo

SIDE_PX = 160
JPEG_QUALITY = 80


def thumbnails(photos: Sequence[Photo], bundle: Optional[Bundle] = None) -> Dict[str, bytes]:
    """Return a JPEG with a shorter side of SIDE_PX for each photograph, by its file name.

    Args:
        bundle: shows beside each photograph where it looked, where it can.
    """
    shown = beside(bundle, [photo.path for photo in photos])
    return {photo.path.name: _jpeg(photo, shown.get(photo.path)) for photo in photos}


def _jpeg(photo: Photo, shown: Optional[np.ndarray]) -> bytes:
    pixels = picture.read(str(photo.path)) if shown is None else shown
    return bytes(picture.encode_jpeg(shrunk(pixels, SIDE_PX), JPEG_QUALITY))
