"""Nothing but pixels leaves the box, whatever was put into a picture."""

import zlib

import numpy as np
import pytest
from support.picture_bytes import GPS_MARK, drawn, encode_png, exif, jpeg, with_exif, with_segment

from plantd import picture
from plantd.errors import PictureError
from plantd.export.bare_picture import bare_picture

PLAIN = jpeg(drawn())
LEAVINGS = [
    with_exif(PLAIN, exif(1)),
    with_segment(PLAIN, 0xE1, b"http://ns.adobe.com/xap/1.0/\0 " + GPS_MARK),
    with_segment(PLAIN, 0xED, GPS_MARK),
    with_segment(PLAIN, 0xFE, GPS_MARK),
    PLAIN + b"a film of " + GPS_MARK,
]


@pytest.mark.parametrize("data", LEAVINGS)
def test_what_is_no_pixel_stays(data: bytes) -> None:
    assert GPS_MARK in data
    bare = bare_picture(data)
    assert GPS_MARK not in bare
    assert np.array_equal(picture.decode(bare), picture.decode(PLAIN))


def test_text_in_a_png_stays() -> None:
    plain = encode_png(drawn())
    body = b"tEXtComment\0" + GPS_MARK
    chunk = len(body[4:]).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")
    bare = bare_picture(plain[:33] + chunk + plain[33:])
    assert bare == plain


def test_a_picture_on_its_side_is_refused_since_nobody_would_know() -> None:
    with pytest.raises(PictureError, match="not upright"):
        bare_picture(with_exif(PLAIN, exif(6)))


def test_what_is_no_picture_is_refused() -> None:
    with pytest.raises(PictureError, match="expected a JPEG or PNG"):
        bare_picture(b"GPS,52.1,13.2")
