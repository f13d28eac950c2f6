"""plantd.picture: whatever the bytes, there are pixels or a PictureError."""

import struct
import zlib
from typing import Callable, List

import cv2
import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from support.picture_bytes import drawn, encode_png, exif, jpeg, with_exif

from plantd import picture
from plantd.errors import PictureError
from plantd.picture import Limits

SMALL = Limits(pixels_max=1000000)
JPEGS = [
    with_exif(jpeg(drawn()), exif(6)),
    jpeg(drawn(), 80, cv2.IMWRITE_JPEG_PROGRESSIVE, 1),
    jpeg(drawn(), 80, cv2.IMWRITE_JPEG_RST_INTERVAL, 3),
]
PNGS = [
    encode_png(drawn()),
    bytes(cv2.imencode(".png", np.dstack([drawn(), drawn()[:, :, 0]]))[1].tobytes()),
]
STARTS = [b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR", b"RIFF", b""]

Change = Callable[[bytes], bytes]


def changes() -> "st.SearchStrategy[Change]":
    """One accident: bytes overwritten, lost, or put in twice."""
    place, length = st.floats(0, 1, exclude_max=True), st.integers(1, 40)

    def overwrite(share: float, new: bytes) -> Change:
        def change(data: bytes) -> bytes:
            start = int(share * len(data))
            return data[:start] + new + data[start + len(new) :]

        return change

    def lose(share: float, count: int) -> Change:
        def change(data: bytes) -> bytes:
            start = int(share * len(data))
            return data[:start] + data[start + count :]

        return change

    def repeat(share: float, count: int) -> Change:
        def change(data: bytes) -> bytes:
            start = int(share * len(data))
            return data[: start + count] + data[start:]

        return change

    return st.one_of(
        st.builds(overwrite, place, st.binary(min_size=1, max_size=8)),
        st.builds(lose, place, length),
        st.builds(repeat, place, length),
    )


def check(data: bytes) -> None:
    """Decode; only pixels of the promised kind or a PictureError may come out."""
    try:
        pixels = picture.decode(data, SMALL)
    except PictureError:
        return
    assert pixels.dtype == np.uint8
    assert pixels.ndim == 3
    assert pixels.shape[2] == 3
    assert pixels.flags["C_CONTIGUOUS"]
    assert pixels.shape[0] * pixels.shape[1] <= SMALL.pixels_max


def with_true_checksums(data: bytes) -> bytes:
    """Return the PNG with every checksum made right, so that the damage reaches the decoder."""
    fixed, start = bytearray(data), 8
    while start + 12 <= len(fixed):
        (length,) = struct.unpack_from(">I", fixed, start)
        end = start + 8 + length
        if end + 4 > len(fixed):
            break
        struct.pack_into(">I", fixed, end, zlib.crc32(fixed[start + 4 : end]))
        start = end + 4
    return bytes(fixed)


@given(st.sampled_from(STARTS), st.binary(max_size=300))
def test_random_bytes_never_raise_anything_else(start: bytes, rest: bytes) -> None:
    check(start + rest)


@given(st.sampled_from(JPEGS), st.lists(changes(), min_size=1, max_size=4))
def test_a_mutated_jpeg_never_raises_anything_else(data: bytes, accidents: List[Change]) -> None:
    for accident in accidents:
        data = accident(data)
    check(data)


@given(st.sampled_from(PNGS), st.lists(changes(), min_size=1, max_size=4))
def test_a_mutated_png_never_raises_anything_else(data: bytes, accidents: List[Change]) -> None:
    for accident in accidents:
        data = accident(data)
    check(data)
    check(with_true_checksums(data))


@given(st.sampled_from(JPEGS + PNGS), st.floats(0, 1, exclude_max=True))
def test_a_picture_cut_anywhere_is_refused_or_whole(data: bytes, share: float) -> None:
    try:
        seen = picture.decode(data[: int(share * len(data))], SMALL)
    except PictureError:
        return
    assert np.array_equal(seen, picture.decode(data, SMALL))


@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 2**32 - 1))
def test_a_png_comes_back_exactly(width_px: int, height_px: int, seed: int) -> None:
    shape = (height_px, width_px, 3)
    pixels = np.random.RandomState(seed).randint(0, 256, shape).astype(np.uint8)
    seen = picture.decode(encode_png(pixels), Limits(side_min_px=1))
    assert np.array_equal(seen, pixels)


@given(st.integers(3, 3000), st.integers(3, 3000))
def test_a_thumbnail_never_enlarges_and_can_always_be_measured(width: int, height: int) -> None:
    thumbnail = picture.thumbnail_grey(np.zeros((height, width, 3), np.uint8))
    assert min(thumbnail.shape) >= 3
    assert max(thumbnail.shape) == min(256, max(width, height))
    assert thumbnail.shape[0] <= height
    assert thumbnail.shape[1] <= width
