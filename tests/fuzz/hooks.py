"""What schemathesis sends as a picture: PNGs of all sizes, drawn JPEGs. For make fuzz-api."""

import os
import struct
import zlib
from pathlib import Path

import schemathesis
from hypothesis import strategies as st

DRAWN = sorted(Path(os.environ["PLANTD_FUZZ_PICTURES"]).iterdir())


def png(width: int, height: int, colour: bytes) -> bytes:
    """Return a PNG of one colour."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = (b"\0" + colour * width) * height
    parts = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


sizes = st.integers(8, 400)
pngs = st.builds(png, sizes, sizes, st.binary(min_size=3, max_size=3))
jpegs = st.sampled_from([path.read_bytes() for path in DRAWN])
schemathesis.openapi.media_type("image/png", pngs)
schemathesis.openapi.media_type("image/jpeg", jpegs)
