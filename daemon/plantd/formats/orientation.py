"""The EXIF orientation: which way up the camera was held.

Source: Exif 2.3 (CIPA DC-008), 4.6.4 A, tag 274; the TIFF structure around it from TIFF 6.0, 2.
"""

import struct

UPRIGHT = 1
_TAG = 274
_SHORT = 3
_ENTRY_BYTES = 12


def orientation_from_exif(tiff: bytes) -> int:
    """Return 1 to 8 from a TIFF structure (what follows "Exif\\0\\0"); 1 for anything broken.

    A broken tag is no reason to refuse a picture: many programs write one.
    """
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(tiff[:4])
    if order is None:
        return UPRIGHT
    try:
        return _from_directory(tiff, order)
    except struct.error:
        return UPRIGHT


def _from_directory(tiff: bytes, order: str) -> int:
    (start,) = struct.unpack_from(order + "I", tiff, 4)
    (count,) = struct.unpack_from(order + "H", tiff, start)
    for index in range(count):
        entry = start + 2 + index * _ENTRY_BYTES
        tag, kind, values, value = struct.unpack_from(order + "HHIH", tiff, entry)
        if tag == _TAG:
            known = kind == _SHORT and values == 1 and 1 <= value <= 8
            return int(value) if known else UPRIGHT
    return UPRIGHT
