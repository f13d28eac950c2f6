"""The EXIF orientation: which way up the camera was held.

Source: Exif 2.3 (CIPA DC-008), 4.6.4 A, tag 274; the TIFF structure around it from TIFF 6.0, 2.
"""

import struct
from typing import Optional

UPRIGHT = 1
EXIF_HEADER = b"Exif\0\0"
_TAG = 274
# The standard asks for SHORT; programs write LONG and SSHORT as well.
_TYPES = {3: "H", 4: "I", 8: "h"}
_ENTRY_BYTES = 12
_VALUE_AT = 8


def orientation_from_exif(tiff: bytes) -> Optional[int]:
    """Return 1 to 8 from a TIFF structure (what follows EXIF_HEADER); None for anything broken.

    A broken tag is no reason to refuse a picture: many programs write one.
    """
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(tiff[:4])
    if order is None:
        return None
    try:
        return _from_directory(tiff, order)
    except struct.error:
        return None


def _from_directory(tiff: bytes, order: str) -> Optional[int]:
    (start,) = struct.unpack_from(order + "I", tiff, 4)
    (count,) = struct.unpack_from(order + "H", tiff, start)
    for index in range(count):
        entry = start + 2 + index * _ENTRY_BYTES
        tag, kind, values = struct.unpack_from(order + "HHI", tiff, entry)
        if tag == _TAG:
            if kind not in _TYPES or values != 1:
                return None
            (value,) = struct.unpack_from(order + _TYPES[kind], tiff, entry + _VALUE_AT)
            return int(value) if 1 <= value <= 8 else None
    return None
