"""plantd.picture: what is refused, each with its sentence."""

import os
import subprocess
import sys
import zlib

import cv2
import numpy as np
import pytest
from support.picture_bytes import (
    chunk,
    drawn,
    encode_png,
    frame_header,
    jpeg,
    png,
    segment,
    with_segment,
)

from plantd import picture
from plantd.errors import EX_DATAERR, PictureError
from plantd.picture import Limits

# The start of a picture that only says how large it is.
SOI = b"\xff\xd8"
NOISE = np.random.RandomState(7).randint(0, 256, (96, 128, 3)).astype(np.uint8)


def refusal(data: bytes, limits: Limits = Limits()) -> str:
    """Return the one sentence that the bytes are refused with."""
    with pytest.raises(PictureError) as caught:
        picture.decode(data, limits)
    assert caught.value.exit_code == EX_DATAERR
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_no_bytes() -> None:
    assert refusal(b"") == ("the picture is 0 bytes long; expected a JPEG or PNG; take it again")


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"GIF89a\x01\x00", "a GIF"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "a WebP"),
        (b"RIFF\x10\0\0\0AVI LIST", "an AVI video"),
        (b"RIFF\x10\0\0\0WAVE", "a RIFF file"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "a HEIC picture, as iPhones take them"),
        (b"\0\0\0\x18ftypavif\0\0\0\0", "an AVIF"),
        (b"\0\0\0\x18ftypisom\0\0\0\0", "an MP4 or QuickTime video"),
        (b"\0\0\0\x18ftypcrx \0\0\0\0", "a camera's raw file"),
        (b"BM\x10\0", "a BMP bitmap"),
        (b"II*\0\x10", "a TIFF or a camera's raw file"),
        (b"%PDF-1.7", "a PDF document"),
        (b"\0\x05\x16\x07\0\x02\0\0Mac OS X", "what a Mac leaves beside a file (AppleDouble)"),
        (b"PK\x03\x04", "a ZIP archive"),
        (b"\n<!DOCTYPE html><p>404", "an HTML page"),
        (b"<?xml version='1.0'?><svg/>", "an SVG drawing"),
        (b"no picture\n", "text"),
        (b"version https://git-lfs.github.com/spec/v1\noid", "a Git LFS pointer"),
        (b"\0" * 4096, "nothing but zero bytes, as a power cut leaves them"),
        (b"\x01\x02\x03\x04", "of an unknown kind"),
        (b"\xff\xd8", "of an unknown kind"),
    ],
)
def test_another_kind_of_file_is_named(data: bytes, kind: str) -> None:
    sentence = refusal(data)
    assert sentence.startswith("the file is " + kind)
    assert sentence.endswith("; expected a JPEG or PNG")


def test_200_megapixels_are_refused_by_their_header() -> None:
    header = SOI + frame_header(16320, 12240)
    expected = "it is 16320 x 12240 px; expected at most 64 megapixels"
    assert refusal(header).endswith(expected)
    assert refusal(png((16320, 12240), 8, 2, [])).endswith(expected)


@pytest.mark.parametrize("size", [(65535, 65535), (65535, 1), (0, 0), (7, 64)])
def test_absurd_sides_are_refused_by_their_header(size: "tuple[int, int]") -> None:
    expected = "it is {} x {} px; expected sides of 8 to 16384 px".format(*size)
    assert refusal(SOI + frame_header(*size)).endswith(expected)
    assert refusal(png(size, 8, 2, [])).endswith(expected)


def test_a_png_of_two_billion_pixels_a_side_is_refused() -> None:
    assert "sides of 8 to 16384 px" in refusal(png((2**31 - 1, 2**31 - 1), 16, 6, []))


def test_limits_can_be_narrower() -> None:
    assert "at most 0 megapixels" in refusal(jpeg(drawn()), Limits(pixels_max=1000))
    assert "expected at most 10;" in refusal(jpeg(drawn()), Limits(size_bytes_max=10))


@pytest.mark.parametrize("progressive", [0, 1])
def test_a_jpeg_cut_anywhere_is_truncated(progressive: int) -> None:
    data = jpeg(NOISE, 80, cv2.IMWRITE_JPEG_PROGRESSIVE, progressive)
    last = len(data) - 3
    for end in (*range(3, 1200), *range(1200, last - 40, 97), *range(last - 40, last)):
        truncated = "the JPEG is truncated: its {} bytes end before ".format(end)
        sentence = refusal(data[:end])
        assert sentence.startswith(truncated) or "scan data is missing" in sentence


def test_a_jpeg_whose_tail_was_never_written_is_truncated() -> None:
    data = jpeg(NOISE)
    half = len(data) // 2
    assert "truncated" in refusal(data[:half] + b"\0" * (len(data) - half))


@pytest.mark.parametrize("progressive", [0, 1])
def test_a_jpeg_without_its_scan_is_refused(progressive: int) -> None:
    data = jpeg(NOISE, 80, cv2.IMWRITE_JPEG_PROGRESSIVE, progressive)
    start = data.index(b"\xff\xda")
    assert "scan data of a colour is missing" in refusal(data[:start] + data[-2:])


@pytest.mark.parametrize("progressive", [0, 1])
def test_a_jpeg_with_an_emptied_scan_is_refused(progressive: int) -> None:
    data = jpeg(NOISE, 80, cv2.IMWRITE_JPEG_PROGRESSIVE, progressive)
    start = data.index(b"\xff\xda")
    scan_header = 2 + int.from_bytes(data[start + 2 : start + 4], "big")
    sentence = refusal(data[: start + scan_header] + data[-2:])
    assert "scan data is missing, there are only 0 bytes for 288 blocks" in sentence


def test_a_jpeg_with_lost_restart_marks_is_refused() -> None:
    data = jpeg(NOISE, 80, cv2.IMWRITE_JPEG_RST_INTERVAL, 4)
    cut = data[: (data.index(b"\xff\xda") + len(data)) // 2] + data[-2:]
    assert "restart marks of 11" in refusal(cut)


def test_a_jpeg_with_two_frame_headers_is_refused() -> None:
    data = jpeg(drawn())
    start = data.index(b"\xff\xc0")
    again = frame_header(64, 48)
    assert "two frame headers" in refusal(data[:start] + again + data[start:])


def test_a_jpeg_inside_a_jpeg_is_refused() -> None:
    data = jpeg(drawn())
    start = data.index(b"\xff\xda")
    assert "a second picture begins inside it" in refusal(data[:start] + data)
    assert "truncated" in refusal(jpeg(NOISE)[:-200] + data)


def test_a_jpeg_without_a_frame_header_is_refused() -> None:
    assert "no frame header" in refusal(SOI + segment(0xFE, b"hello") + b"\xff\xd9")
    data = jpeg(drawn())
    start, scan = data.index(b"\xff\xc0"), data.index(b"\xff\xda")
    assert "no frame header" in refusal(data[:start] + data[scan:])


@pytest.mark.parametrize(
    ("header", "what"),
    [
        (frame_header(64, 48, marker=0xC3), "its coding is lossless"),
        (frame_header(64, 48, marker=0xC9), "its coding is arithmetic or hierarchical"),
        (frame_header(64, 48, bits=12), "3 colours of 12 bits; expected 1, 3 or 4 of 8"),
        (segment(0xC0, b"\x08\0\x30\0\x40\x02" + b"\x01\x11\0\x02\x11\0"), "2 colours of 8 bits"),
        (segment(0xC0, b"\x08\0\x30\0\x40\x03\x01\x11\0"), "its frame header has 9 bytes"),
        (segment(0xC0, b"\x08\0\x30"), "its frame header has 3 bytes"),
        (segment(0xC0, b"\x08\0\x30\0\x40\x01\x01\x50\0"), "a colour has 5x0 blocks in an MCU"),
        (b"\xff\xe0\0\x01", "a segment of length 1"),
    ],
)
def test_a_jpeg_coded_as_no_camera_does_is_refused(header: bytes, what: str) -> None:
    assert what in refusal(SOI + header + b"\xff\xd9")


@pytest.mark.parametrize(
    ("scan", "what"),
    [
        (b"\x01\x09\0\0\x3f\0", "a scan is of colours that the frame does not have"),
        (b"\x02\x01\0\0\x3f\0", "a scan header has 6 bytes"),
        (b"", "a scan header has 0 bytes"),
    ],
)
def test_a_scan_that_does_not_fit_its_frame_is_refused(scan: bytes, what: str) -> None:
    data = SOI + frame_header(64, 48) + segment(0xDA, scan) + b"\xff\xd9"
    assert what in refusal(data)


def test_a_scan_before_the_frame_is_refused() -> None:
    data = jpeg(drawn())
    frame = data.index(b"\xff\xc0")
    early = segment(0xDA, b"\x01\x01\0\0\x3f\0")
    # The size is told by a header that comes first; then the scan comes before its frame.
    assert "no frame header" in refusal(data[:frame] + early + data[frame:])


def test_a_jpeg_in_a_thousand_scans_is_refused() -> None:
    data = jpeg(drawn(), 80, cv2.IMWRITE_JPEG_PROGRESSIVE, 1)
    last = segment(0xDA, b"\x01\x01\0\x01\x3f\0") + b"\0"
    assert "more than 100 scans" in refusal(data[:-2] + last * 1000 + data[-2:])


def test_a_jpeg_without_its_tables_is_refused() -> None:
    data = jpeg(drawn())
    tables, frame = data.index(b"\xff\xdb"), data.index(b"\xff\xc0")
    assert "its pixels cannot be decoded" in refusal(data[:tables] + data[frame:])


def test_a_png_cut_anywhere_is_truncated() -> None:
    data = encode_png(drawn(16, 12))
    for end in range(8, len(data)):
        assert refusal(data[:end]).startswith("the PNG is truncated: its {} bytes".format(end))


def test_a_png_with_a_flipped_bit_is_damaged() -> None:
    data = bytearray(encode_png(drawn()))
    data[data.index(b"IDAT") + 40] ^= 1
    assert "the checksum of its part b'IDAT' is wrong" in refusal(bytes(data))


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (png((64, 48), 8, 2, [])[:8] + chunk(b"IDAT", b"0123456789"), "does not begin with its"),
        (png((64, 48), 8, 2, [])[:33] + chunk(b"IEND", b""), "it holds no picture data"),
        (png((64, 48), 8, 2, [], [(b"CgBI", b"")]), "a part b'CgBI' that no standard knows"),
        (png((64, 48), 5, 2, []), "its pixels cannot be decoded"),
        (png((64, 48), 8, 3, []), "its pixels cannot be decoded"),
        (png((64, 48), 8, 2, [b"\x07" * 192] * 24), "its pixels"),
    ],
)
def test_a_png_that_contradicts_itself_is_refused(data: bytes, what: str) -> None:
    assert what in refusal(data)


def test_text_that_unpacks_to_gigabytes_is_never_unpacked() -> None:
    bomb = zlib.compress(b"\0" * (64 << 20), 9)
    rows = [row[:, ::-1].tobytes() for row in drawn()]
    data = png((64, 48), 8, 2, rows, [(b"zTXt", b"k\0\0" + bomb), (b"iCCP", b"k\0\0" + bomb)])
    assert np.array_equal(picture.decode(data), drawn())


def test_a_thumbnails_own_frame_inside_exif_is_no_second_frame() -> None:
    data = with_segment(jpeg(drawn()), 0xE1, b"Exif\0\0" + jpeg(drawn(16, 16)))
    assert np.array_equal(picture.decode(data), picture.decode(jpeg(drawn())))


def test_an_opencv_that_allows_less_than_plantd_is_told_as_a_picture_error() -> None:
    program = (
        "import sys; from plantd import picture; from plantd.errors import PictureError\n"
        "try: picture.decode(sys.stdin.buffer.read())\n"
        "except PictureError as error: sys.exit(str(error))"
    )
    environment = dict(os.environ, OPENCV_IO_MAX_IMAGE_PIXELS="100")
    environment["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
    done = subprocess.run(
        [sys.executable, "-c", program],
        input=jpeg(drawn()),
        env=environment,
        stderr=subprocess.PIPE,
        timeout=60,
    )
    assert done.returncode == 1
    assert b"its pixels cannot be decoded" in done.stderr


EMPTY = {
    "markers": b"\xff\x01",
    "restart intervals": segment(0xDD, b"\0\0"),
    "comments": segment(0xFE, b""),
}


@pytest.mark.parametrize("part", EMPTY)
def test_a_jpeg_of_countless_parts_is_refused_before_it_is_decoded(part: str) -> None:
    data = jpeg(drawn())
    with pytest.raises(PictureError, match="more than 4000 parts"):
        picture.decode(data[:2] + EMPTY[part] * 100000 + data[2:])


def test_a_png_of_countless_parts_is_refused_before_it_is_decoded() -> None:
    data = cv2.imencode(".png", drawn())[1]
    whole = bytes(data.tobytes())
    at = whole.index(b"IDAT") - 4
    with pytest.raises(PictureError, match="more than 20000 parts"):
        picture.decode(whole[:at] + chunk(b"IDAT", b"") * 100000 + whole[at:])


def test_wide_pixels_are_bounded_by_the_memory_they_take() -> None:
    pixels = np.zeros((100, 100, 4), np.uint16)
    data = bytes(cv2.imencode(".png", pixels)[1].tobytes())
    picture.decode(data, picture.Limits(decoded_bytes_max=80000))
    with pytest.raises(PictureError, match="MB decoded; expected at most"):
        picture.decode(data, picture.Limits(decoded_bytes_max=79999))
