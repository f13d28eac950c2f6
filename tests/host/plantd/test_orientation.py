"""Which way up a picture is: plantd's reading held against Pillow's."""

import io
from typing import Callable

import numpy as np
import pytest
from PIL import Image, ImageOps
from support import picture_bytes
from support.picture_bytes import drawn, exif, jpeg, png, with_exif, with_segment

from plantd import picture

JPEG_LEVELS = 12
ROWS = [row[:, ::-1].tobytes() for row in drawn()]


def by_pillow(data: bytes) -> np.ndarray:
    """Return (height, width, 3) uint8 BGR, upright."""
    upright = ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB")
    return np.asarray(upright)[:, :, ::-1]


def with_text(name: bytes, body: bytes) -> bytes:
    return png((64, 48), 8, 2, ROWS, [(name, body)])


FILES = {
    "two blocks, 6 first": with_exif(with_exif(jpeg(drawn()), exif(1)), exif(6)),
    "two blocks, 1 first": with_exif(with_exif(jpeg(drawn()), exif(6)), exif(1)),
    "XMP first": with_segment(
        with_exif(jpeg(drawn()), exif(8)), 0xE1, b"http://ns.adobe.com/xap/1.0/\0<x/>"
    ),
    "no EXIF": jpeg(drawn()),
    "eXIf before the pixels": with_text(b"eXIf", exif(6)),
    "raw profile": with_text(b"tEXt", picture_bytes.raw_profile(exif(3))),
    "packed raw profile": with_text(
        b"zTXt", picture_bytes.packed(picture_bytes.raw_profile(exif(5)))
    ),
}
TAGS = [
    (orientation, order, kind, count)
    for order in "<>"
    for kind, orientations in ((1, (6,)), (3, range(10)), (4, (1, 6, 8, 9)), (8, (3, 6)))
    for orientation in orientations
    for count in ((0, 1) if orientation == 6 else (1,))
]


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_file_is_as_upright_as_for_pillow(name: str) -> None:
    seen, expected = picture.decode(FILES[name]), by_pillow(FILES[name])
    assert seen.shape == expected.shape
    assert np.abs(seen.astype(int) - expected).max() <= JPEG_LEVELS


@pytest.mark.parametrize(("orientation", "order", "kind", "count"), TAGS)
@pytest.mark.parametrize(
    "make", [lambda tiff: with_exif(jpeg(drawn()), tiff), lambda tiff: with_text(b"eXIf", tiff)]
)
def test_a_tag_is_read_as_by_pillow(
    make: Callable[[bytes], bytes], orientation: int, order: str, kind: int, count: int
) -> None:
    data = make(exif(orientation, order, kind, count))
    seen, expected = picture.decode(data), by_pillow(data)
    assert seen.shape == expected.shape
    assert np.abs(seen.astype(int) - expected).max() <= JPEG_LEVELS
