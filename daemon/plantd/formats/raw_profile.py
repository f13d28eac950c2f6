"""EXIF as hexadecimal text in a PNG, as programs wrote it before PNG had a part of its own.

Source: ImageMagick writes a part zTXt or tEXt with the keyword "Raw profile type exif" (earlier
"APP1"), whose text is a name, a length and the bytes in hexadecimal, in lines.
"""

import zlib

from plantd.formats.orientation import EXIF_HEADER

TEXT, PACKED_TEXT = b"tEXt", b"zTXt"
TEXTS = (TEXT, PACKED_TEXT)
_KEYWORDS = (b"Raw profile type exif", b"Raw profile type APP1")
# EXIF fits into one JPEG segment of 64 KiB; two digits a byte, and line ends.
_UNPACKED_MAX_BYTES = 1 << 18


def exif_from_text(name: bytes, body: bytes) -> bytes:
    """Return the TIFF structure in a text part; empty where there is none, or a broken one."""
    keyword, _, text = body.partition(b"\0")
    if name not in TEXTS or keyword not in _KEYWORDS:
        return b""
    try:
        if name == PACKED_TEXT:
            text = zlib.decompressobj().decompress(text[1:], _UNPACKED_MAX_BYTES)
        digits = b"".join(text.split()[2:])
        profile = bytes.fromhex(digits.decode("ascii"))
    except (zlib.error, ValueError):
        return b""
    return profile[len(EXIF_HEADER) :] if profile.startswith(EXIF_HEADER) else profile
