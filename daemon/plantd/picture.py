"""Bytes to pixels: the only decoder. Serving, training, evaluation and calibration use it.

The order is the point: limits are checked on the header, then the file is walked to its end, then
OpenCV is given only what makes up the pixels. It never sees EXIF, so that every version of it
leaves the orientation to `_upright`, and nothing of EXIF (GPS!) can reach what is stored: pictures
are kept by encoding pixels again.

Transparency is laid on white. Colour profiles and gamma are ignored, in training as on the device.
"""

import hashlib
import os
from typing import NamedTuple

import cv2
import numpy as np

from plantd.errors import NotFoundError, PictureError
from plantd.formats import jpeg_segments, kinds, png_chunks
from plantd.formats.parts import PixelParts, truncated
from plantd.quality import Quality, measure

THUMBNAIL_SIDE_PX = 256
_THUMBNAIL_SIDE_MIN_PX = 3
# Wide pixels (16 bits, transparency) become 8-bit colours in bands: a whole picture at once
# would take 16 bytes a pixel.
_BAND_ROWS = 64
_JPEG_END = b"\xff\xd9"
# Ways in which a scan might go on: no two agree for more than a few bits, since the last bits of a
# progressive one refine pixels that a short pattern may leave as they were.
_PATTERNS = (b"\x55\x55", b"\xaa\xaa", b"\x0f\xcc", b"\0\0", b"\xfe\x7f")
_CONTINUED = tuple(pattern * 32 for pattern in _PATTERNS)


class Limits(NamedTuple):
    """What is refused without decoding.

    64 megapixels take 192 MB as pixels, twice that while they are turned upright: what an 8 GB
    device can spare beside the engine. Phones' 50 megapixels pass.
    """

    size_bytes_max: int = 64 << 20
    pixels_max: int = 64000000
    side_max_px: int = 16384
    side_min_px: int = 8
    decoded_bytes_max: int = 192000000


def decode(data: bytes, limits: Limits = Limits()) -> np.ndarray:
    """Return (height, width, 3) uint8 BGR, upright, for a JPEG or PNG; raise PictureError."""
    if not data:
        raise PictureError("the picture is 0 bytes long; expected a JPEG or PNG; take it again")
    _check_bytes(len(data), limits)
    kind = kinds.kind_of(data)
    if kind == kinds.JPEG:
        _check_size(kind, *jpeg_segments.size_of(data), limits=limits)
        return _decode(kind, data, jpeg_segments.parts_of(data), cv2.IMREAD_COLOR)
    if kind == kinds.PNG:
        width_px, height_px = png_chunks.size_of(data)
        _check_size(kind, width_px, height_px, limits)
        _check_decoded(kind, width_px * height_px * png_chunks.pixel_bytes(data), limits)
        return _decode(kind, data, png_chunks.parts_of(data), cv2.IMREAD_UNCHANGED)
    raise PictureError("the file is {}; expected a JPEG or PNG".format(kind))


def read(path: str, limits: Limits = Limits()) -> np.ndarray:
    """Return (height, width, 3) uint8 BGR, upright, of a picture file.

    Raises:
        NotFoundError: there is no such file, or it may not be read.
        PictureError: it is no picture, or one outside the limits.
    """
    try:
        with open(path, "rb") as source:
            _check_bytes(os.fstat(source.fileno()).st_size, limits)
            # A device or a pipe has no size to check: one byte more than allowed tells.
            data = source.read(limits.size_bytes_max + 1)
        return decode(data, limits)
    except OSError as error:
        raise NotFoundError(
            "the picture {} cannot be read: {}".format(path, error.strerror)
        ) from error
    except PictureError as error:
        raise PictureError("{}: {}".format(path, error)) from error


def encode_jpeg(pixels: np.ndarray, quality: int) -> bytes:
    """Return a JPEG of (height, width, 3) uint8 BGR pixels; quality 1 to 100. No metadata."""
    options = [cv2.IMWRITE_JPEG_QUALITY, quality]
    written, data = cv2.imencode(".jpg", np.ascontiguousarray(pixels), options)
    assert written, "imencode fails on nothing but pixels that are none"
    return bytes(data.tobytes())


def shrunk(pixels: np.ndarray, side_px: int) -> np.ndarray:
    """Return (h, w, 3) uint8 BGR pixels whose longer side is at most `side_px`, for people."""
    height, width = pixels.shape[:2]
    factor = side_px / max(height, width)
    if factor >= 1.0:
        return pixels
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA))


def quality_of(pixels: np.ndarray) -> Quality:
    """Return the quality of (height, width, 3) uint8 BGR pixels, as presses are measured."""
    height_px, width_px = pixels.shape[:2]
    return measure(thumbnail_grey(pixels), width_px, height_px)


def thumbnail_grey(pixels: np.ndarray) -> np.ndarray:
    """Return (h, w) uint8 grey levels for `plantd.quality.measure`.

    The longer side becomes 256 px, a smaller picture stays as it is; no side is under 3 px.
    """
    grey = cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY)
    height, width = grey.shape
    factor = min(1.0, THUMBNAIL_SIDE_PX / max(height, width))
    size = [max(_THUMBNAIL_SIDE_MIN_PX, round(side * factor)) for side in (width, height)]
    if size == [width, height]:
        return np.asarray(grey, np.uint8)
    return np.asarray(cv2.resize(grey, tuple(size), interpolation=cv2.INTER_AREA), np.uint8)


def _check_bytes(size_bytes: int, limits: Limits) -> None:
    if size_bytes > limits.size_bytes_max:
        raise PictureError(
            "the picture has {} bytes; expected at most {}; save it smaller".format(
                size_bytes, limits.size_bytes_max
            )
        )


def _check_size(kind: str, width_px: int, height_px: int, limits: Limits) -> None:
    sides = (width_px, height_px)
    if min(sides) < limits.side_min_px or max(sides) > limits.side_max_px:
        expected = "sides of {} to {} px".format(limits.side_min_px, limits.side_max_px)
    elif width_px * height_px > limits.pixels_max:
        expected = "at most {:.0f} megapixels".format(limits.pixels_max / 1e6)
    else:
        return
    raise PictureError(
        "the {} says it is {} x {} px; expected {}".format(kind, width_px, height_px, expected)
    )


def _check_decoded(kind: str, decoded_bytes: int, limits: Limits) -> None:
    if decoded_bytes > limits.decoded_bytes_max:
        raise PictureError(
            "the {} takes {:.0f} MB decoded; expected at most {:.0f}; save it with 8 bits a "
            "colour and without transparency, or smaller".format(
                kind, decoded_bytes / 1e6, limits.decoded_bytes_max / 1e6
            )
        )


def _decode(kind: str, data: bytes, parts: PixelParts, mode: int) -> np.ndarray:
    view = memoryview(data)
    bare = b"".join(view[start:end] for start, end in parts.spans)
    if parts.open_end:
        _check_all_there(kind, bare, mode, len(data))
        bare += _JPEG_END
    return _upright(_eight_bit_bgr(_raw(kind, bare, mode), parts.has_alpha), parts.orientation)


def _check_all_there(kind: str, bare: bytes, mode: int, size_bytes: int) -> None:
    """Raise PictureError where no end mark is there and the decoder asks for more than there is.

    Whatever is appended to a whole scan makes no pixel; what is appended to a cut one does.
    """
    digests = set()
    for continued in _CONTINUED:
        raw = _raw(kind, bare + continued + _JPEG_END, mode)
        digests.add(hashlib.sha256(raw.tobytes()).digest())
    if len(digests) > 1:
        raise truncated(kind, size_bytes, "all its pixels are there")


def _raw(kind: str, bare: bytes, mode: int) -> np.ndarray:
    try:
        raw = cv2.imdecode(np.frombuffer(bare, np.uint8), mode | cv2.IMREAD_IGNORE_ORIENTATION)
    except cv2.error as error:
        raise _undecodable(kind) from error
    if raw is None:
        raise _undecodable(kind)
    return np.asarray(raw)


def _undecodable(kind: str) -> PictureError:
    return PictureError(
        "the {} is damaged: its pixels cannot be decoded; copy it again or take another "
        "picture".format(kind)
    )


def _eight_bit_bgr(raw: np.ndarray, has_alpha: bool) -> np.ndarray:
    """Return (height, width, 3) uint8 of 1, 3 or 4 channels in 8 or 16 bits, alpha on white."""
    if raw.dtype == np.uint8 and raw.shape[2:] == (3,):
        return np.asarray(raw)
    pixels = np.empty(raw.shape[:2] + (3,), np.uint8)
    for top in range(0, len(raw), _BAND_ROWS):
        pixels[top : top + _BAND_ROWS] = _narrowed(raw[top : top + _BAND_ROWS], has_alpha)
    return pixels


def _narrowed(band: np.ndarray, has_alpha: bool) -> np.ndarray:
    levels = np.atleast_3d(band).astype(np.uint32)
    if band.dtype == np.uint16:
        levels = (levels * 255 + 32767) // 65535
    colour = levels[:, :, :3]
    if has_alpha and levels.shape[2] == 4:
        alpha = levels[:, :, 3:]
        colour = (colour * alpha + 255 * (255 - alpha) + 127) // 255
    return np.asarray(colour)


def _upright(pixels: np.ndarray, orientation: int) -> np.ndarray:
    """Return the pixels turned so that EXIF orientation 1 to 8 becomes 1."""
    if orientation in (5, 6, 7, 8):
        pixels = pixels.transpose(1, 0, 2)
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    return np.ascontiguousarray(pixels)
