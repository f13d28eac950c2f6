"""A PNG that grows from above, so that most of it is there before its last rows are.

OpenCV writes whole pictures only. Each row is filtered by what stands left of it, and runs alone
are compressed: as fast and as small as OpenCV's own setting for pictures of plants.

Source: Portable Network Graphics (PNG) Specification (Third Edition), W3C, sections 5, 9 and 10.
"""

import struct
import zlib
from typing import List

import numpy as np

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_EIGHT_BITS, _RGB = 8, 2
_LEFT = 1
_LEVEL = 1


class PngRows:
    """Rows of pixels on their way to one PNG."""

    def __init__(self, width_px: int) -> None:
        """Args: how wide all of them are."""
        self._width_px = width_px
        self._height_px = 0
        self._compressor = zlib.compressobj(
            _LEVEL, zlib.DEFLATED, zlib.MAX_WBITS, zlib.DEF_MEM_LEVEL, zlib.Z_RLE
        )
        self._parts: List[bytes] = []

    def add(self, pixels: np.ndarray) -> None:
        """Put (rows, width, 3) uint8 BGR pixels below what is there."""
        assert pixels.shape[1:] == (self._width_px, 3), "a PNG is equally wide everywhere"
        height_px = pixels.shape[0]
        levels = pixels[:, :, ::-1].reshape(height_px, -1)
        rows = np.empty((height_px, 1 + levels.shape[1]), np.uint8)
        rows[:, 0] = _LEFT
        rows[:, 1:4] = levels[:, :3]
        # What exceeds a byte wraps around, as the reader's sum does.
        np.subtract(levels[:, 3:], levels[:, :-3], out=rows[:, 4:])
        self._parts.append(self._compressor.compress(rows.tobytes()))
        self._height_px += height_px

    def finish(self) -> bytes:
        """Return the PNG; nothing can be added afterwards."""
        self._parts.append(self._compressor.flush())
        header = struct.pack(
            ">IIBBBBB", self._width_px, self._height_px, _EIGHT_BITS, _RGB, 0, 0, 0
        )
        chunks = ((b"IHDR", header), (b"IDAT", b"".join(self._parts)), (b"IEND", b""))
        return _SIGNATURE + b"".join(_chunk(name, body) for name, body in chunks)


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
