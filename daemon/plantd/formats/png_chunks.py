"""A PNG's chunks: its size, and the parts that make up its pixels.

Source: Portable Network Graphics (PNG) Specification (Third Edition), W3C, sections 5 and 11.
"""

import struct
import zlib
from typing import Iterator, NamedTuple, Optional, Tuple

from plantd.formats import raw_profile
from plantd.formats.orientation import UPRIGHT, orientation_from_exif
from plantd.formats.parts import PixelParts, damaged, truncated, unsupported

KIND = "PNG"
_SIGNATURE_BYTES = 8
_PALETTE = 3
_WITH_ALPHA = (4, 6)
# What the decoder is given. Colour profiles, gamma, text and animation are left out: every
# picture is read as its bare numbers, in training as on the device.
_PIXELS = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND")
# Where an orientation may stand, before the pixels: in the standard's own part, or as text.
# libpng writes 64 MiB in 8 KiB parts: 8192 of them.
_CHUNKS_MAX = 20000
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_EXIF = (b"eXIf", *raw_profile.TEXTS)


class _Chunk(NamedTuple):
    name: bytes
    start: int
    body: int
    body_end: int
    end: int


def size_of(data: bytes) -> Tuple[int, int]:
    """Return (width, height) in pixels from the header alone."""
    head = data[_SIGNATURE_BYTES : _SIGNATURE_BYTES + 16]
    if len(data) < _SIGNATURE_BYTES + 18:
        raise truncated(KIND, len(data), "its header")
    if head[4:8] != b"IHDR":
        raise damaged(KIND, "it does not begin with its header")
    width, height = struct.unpack(">II", head[8:16])
    return int(width), int(height)


def pixel_bytes(data: bytes) -> int:
    """Return how many bytes one pixel takes decoded: 8 with 16 bits and transparency."""
    depth, colour_type = data[_SIGNATURE_BYTES + 16], data[_SIGNATURE_BYTES + 17]
    return max(_CHANNELS.get(colour_type, 4), 3) * (2 if depth == 16 else 1)


def parts_of(data: bytes) -> PixelParts:
    """Return the parts that make up the pixels; raise PictureError unless all are whole."""
    spans = [(0, _SIGNATURE_BYTES)]
    orientation, names = None, set()
    for chunk in _chunks(data):
        names.add(chunk.name)
        if chunk.name in _PIXELS:
            _check_sum(data, chunk)
            spans.append((chunk.start, chunk.end))
        elif chunk.name in _EXIF and b"IDAT" not in names:
            orientation = orientation or _orientation(data, chunk)
        elif chunk.name[:1].isupper():
            raise damaged(KIND, "it needs a part {!r} that no standard knows".format(chunk.name))
    if b"IDAT" not in names:
        raise damaged(KIND, "it holds no picture data")
    has_alpha = _has_alpha(data, b"tRNS" in names)
    return PixelParts(tuple(spans), orientation or UPRIGHT, has_alpha)


def _orientation(data: bytes, chunk: _Chunk) -> Optional[int]:
    body = data[chunk.body : chunk.body_end]
    return orientation_from_exif(raw_profile.exif_from_text(chunk.name, body) or body)


def _has_alpha(data: bytes, has_transparency: bool) -> bool:
    """Return whether transparency counts: a colour declared transparent outside a palette doesn't.

    OpenCV's versions differ in whether they apply such a colour.
    """
    colour_type = data[_SIGNATURE_BYTES + 17]
    return colour_type in _WITH_ALPHA or (colour_type == _PALETTE and has_transparency)


def _chunks(data: bytes) -> Iterator[_Chunk]:
    start = _SIGNATURE_BYTES
    for _ in range(_CHUNKS_MAX):
        if start + 12 > len(data):
            raise truncated(KIND, len(data), "its end mark")
        length, name = struct.unpack_from(">I4s", data, start)
        body = start + 8
        end = body + length + 4
        if end > len(data):
            raise truncated(KIND, len(data), "the end of its part {!r}".format(name))
        yield _Chunk(name, start, body, body + length, end)
        if name == b"IEND":
            return
        start = end
    raise unsupported(KIND, "it has more than {} parts".format(_CHUNKS_MAX))


def _check_sum(data: bytes, chunk: _Chunk) -> None:
    (expected,) = struct.unpack_from(">I", data, chunk.body_end)
    if zlib.crc32(memoryview(data)[chunk.start + 4 : chunk.body_end]) != expected:
        raise damaged(KIND, "the checksum of its part {!r} is wrong".format(chunk.name))
