"""Picture files written byte by byte: what no encoder can be asked for."""

import struct
import zlib
from typing import Iterable, Tuple

import cv2
import numpy as np

GPS_MARK = b"GPS-of-the-rare-orchid"
_SHORT = 3
_ORIENTATION = 274
# TIFF's types by number: BYTE, SHORT, LONG, SSHORT.
_LAYOUTS = {1: "B", _SHORT: "H", 4: "I", 8: "h"}


def drawn(width_px: int = 64, height_px: int = 48) -> np.ndarray:
    """Return smooth (height, width, 3) uint8 BGR pixels; each corner has a colour of its own."""
    rows, columns = np.mgrid[0:height_px, 0:width_px].astype(np.float64)
    down, right = rows / max(1, height_px - 1), columns / max(1, width_px - 1)
    planes = (255 * right, 255 * down, 255 * (1 - right) * (1 - down))
    return np.stack(planes, axis=2).astype(np.uint8)


def jpeg(pixels: np.ndarray, quality: int = 95, *options: int) -> bytes:
    """Return a JPEG as OpenCV writes it; options are further cv2.IMWRITE_... pairs."""
    parameters = [cv2.IMWRITE_JPEG_QUALITY, quality] + list(options)
    return bytes(cv2.imencode(".jpg", pixels, parameters)[1].tobytes())


def encode_png(pixels: np.ndarray) -> bytes:
    """Return OpenCV's PNG of (height, width, 3) uint8 BGR pixels."""
    written, data = cv2.imencode(".png", np.ascontiguousarray(pixels))
    assert written
    return data.tobytes()


def exif(orientation: int, order: str = "<", kind: int = _SHORT, count: int = 1) -> bytes:
    """Return a TIFF structure with another tag, the orientation and a stand-in for a position."""
    start = b"II*\0" if order == "<" else b"MM\0*"
    entries = struct.pack(order + "HHIHH", 256, _SHORT, 1, 64, 0)
    value = struct.pack(order + _LAYOUTS[kind], orientation).ljust(4, b"\0")
    entries += struct.pack(order + "HHI", _ORIENTATION, kind, count) + value
    directory = struct.pack(order + "H", 2) + entries + struct.pack(order + "I", 0)
    return start + struct.pack(order + "I", 8) + directory + GPS_MARK


def segment(marker: int, body: bytes) -> bytes:
    """Return one JPEG segment."""
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def with_segment(data: bytes, marker: int, body: bytes) -> bytes:
    """Return the JPEG with one more segment at its beginning."""
    return data[:2] + segment(marker, body) + data[2:]


def with_exif(data: bytes, tiff: bytes) -> bytes:
    """Return the JPEG with a TIFF structure as its EXIF."""
    return with_segment(data, 0xE1, b"Exif\0\0" + tiff)


def frame_header(width_px: int, height_px: int, marker: int = 0xC0, bits: int = 8) -> bytes:
    """Return a JPEG's start-of-frame segment for three colours, 4:2:0."""
    body = struct.pack(">BHHB", bits, height_px, width_px, 3)
    return segment(marker, body + bytes([1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1]))


def raw_profile(tiff: bytes, keyword: bytes = b"Raw profile type exif") -> bytes:
    """Return the body of a PNG's tEXt part that carries EXIF as hexadecimal text."""
    body = b"Exif\0\0" + tiff
    digits = body.hex().encode("ascii")
    lines = b"\n".join(digits[at : at + 72] for at in range(0, len(digits), 72))
    return keyword + b"\0\nexif\n%8d\n" % len(body) + lines + b"\n"


def packed(text: bytes) -> bytes:
    """Return the body of a zTXt part from that of a tEXt part."""
    keyword, _, rest = text.partition(b"\0")
    return keyword + b"\0\0" + zlib.compress(rest)


def chunk(name: bytes, body: bytes) -> bytes:
    """Return one PNG chunk with its checksum."""
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(
    size: Tuple[int, int],
    bits: int,
    colour_type: int,
    rows: Iterable[bytes],
    before: Iterable[Tuple[bytes, bytes]] = (),
) -> bytes:
    """Return a PNG of packed rows; `before` are chunks between the header and the pixels."""
    header = struct.pack(">IIBBBBB", size[0], size[1], bits, colour_type, 0, 0, 0)
    middle = b"".join(chunk(name, body) for name, body in before)
    coded = zlib.compress(b"".join(b"\0" + row for row in rows))
    parts = (chunk(b"IHDR", header), middle, chunk(b"IDAT", coded), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)
