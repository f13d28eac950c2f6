"""A kept picture with nothing in it but its pixels. Pure.

The record keeps none but such; this is the door that EXIF, positions, comments and what a program
appended cannot pass, whoever put a file into the record's folder.
"""

from plantd.errors import PictureError
from plantd.formats import jpeg_segments, kinds, png_chunks
from plantd.formats.orientation import UPRIGHT

_JPEG_END = b"\xff\xd9"


def bare_picture(data: bytes) -> bytes:
    """Return the JPEG or PNG without everything that is not its pixels.

    Raises PictureError for what is no whole picture, or one that lies on its side: without its
    EXIF nobody would know.
    """
    kind = kinds.kind_of(data)
    if kind not in (kinds.JPEG, kinds.PNG):
        raise PictureError("the file is {}; expected a JPEG or PNG".format(kind))
    parts = jpeg_segments.parts_of(data) if kind == kinds.JPEG else png_chunks.parts_of(data)
    if parts.orientation != UPRIGHT:
        raise PictureError("the {} is not upright, so plantd did not write it".format(kind))
    bare = b"".join(data[start:end] for start, end in parts.spans)
    return bare + _JPEG_END if parts.open_end else bare
