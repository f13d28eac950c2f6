"""What the readers of both formats return."""

from typing import NamedTuple, Tuple

from plantd.errors import PictureError


class PixelParts(NamedTuple):
    """The parts of a file that make up its pixels.

    Attributes:
        spans: (start, end) of the bytes to hand to the decoder, in order.
        orientation: EXIF orientation, 1 to 8; 1 where the file says nothing sensible.
        has_alpha: whether the pixels come with transparency that counts.
        open_end: the end mark is missing; only decoding shows whether all pixels are there.
    """

    spans: Tuple[Tuple[int, int], ...]
    orientation: int
    has_alpha: bool
    open_end: bool = False


def truncated(kind: str, size_bytes: int, missing: str) -> PictureError:
    """Return the error for a file that stops too early."""
    return PictureError(
        "the {} is truncated: its {} bytes end before {}; copy it again or take another "
        "picture".format(kind, size_bytes, missing)
    )


def damaged(kind: str, what: str) -> PictureError:
    """Return the error for a file that contradicts itself."""
    return PictureError(
        "the {} is damaged: {}; copy it again or take another picture".format(kind, what)
    )


def unsupported(kind: str, what: str) -> PictureError:
    """Return the error for a file that may be right, and that plantd does not read."""
    return PictureError(
        "the {} cannot be read: {}; save it again as an ordinary JPEG or PNG".format(kind, what)
    )
