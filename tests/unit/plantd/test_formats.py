"""plantd.formats by itself: what plantd.picture asks only after it has seen the size."""

import struct

import pytest
from support.picture_bytes import drawn, exif, jpeg, segment, with_exif

from plantd.errors import PictureError
from plantd.formats import jpeg_segments
from plantd.formats.orientation import orientation_from_exif
from plantd.formats.parts import PixelParts


def test_the_parts_of_a_jpeg_leave_out_what_makes_no_pixels() -> None:
    bare = jpeg(drawn())
    data = with_exif(bare, exif(6)) + b"trailer"
    parts = jpeg_segments.parts_of(data)
    assert parts == PixelParts(parts.spans, orientation=6, has_alpha=False)
    assert b"".join(data[start:end] for start, end in parts.spans) == bare


def test_a_scan_before_its_frame_has_no_parts() -> None:
    data = b"\xff\xd8" + segment(0xDA, b"\x01\x01\0\0\x3f\0") + b"\xff\xd9"
    with pytest.raises(PictureError, match="a scan comes before the frame header"):
        jpeg_segments.parts_of(data)


def test_a_jpeg_without_a_frame_has_no_parts() -> None:
    with pytest.raises(PictureError, match="it has no frame header"):
        jpeg_segments.parts_of(b"\xff\xd8\xff\xd9")


def test_exif_without_an_orientation_says_nothing() -> None:
    width_only = struct.pack("<HHHIHH", 1, 256, 3, 1, 64, 0)
    assert orientation_from_exif(b"II*\0" + struct.pack("<I", 8) + width_only) is None


def test_an_orientation_is_found_wherever_the_directory_lies() -> None:
    moved = exif(8)
    assert orientation_from_exif(moved[:4] + struct.pack("<I", 100) + b"\0" * 92 + moved[8:]) == 8
