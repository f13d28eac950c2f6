"""Small pictures of photographs that a report speaks of."""

from typing import Dict, Sequence

from plantd import picture
from plantd_calibration.data.corruptions import shrunk
from plantd_calibration.data.photos import Photo

SIDE_PX = 160
JPEG_QUALITY = 80


def thumbnails(photos: Sequence[Photo]) -> Dict[str, bytes]:
    """Return a JPEG with a shorter side of SIDE_PX for each photograph, by its file name."""
    return {
        photo.path.name: picture.encode_jpeg(
            shrunk(picture.read(str(photo.path)), SIDE_PX), JPEG_QUALITY
        )
        for photo in photos
    }
