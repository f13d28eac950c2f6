"""Which files are pictures by their names: one rule for all who list a folder. Pure.

What begins with a dot is hidden, and none: a Mac leaves a file `._leaf.jpg` (AppleDouble) beside
each `leaf.jpg` that it writes to a stick, and a folder `.Trashes` there.
"""

from typing import Iterable, List, Sequence

JPEG_SUFFIXES = (".jpg", ".jpeg")
SUFFIXES = (*JPEG_SUFFIXES, ".png")
# A Mac's archives keep its AppleDouble files here.
_SIDE_FOLDER = "__MACOSX"


def is_picture(*parts: str, suffixes: Sequence[str] = SUFFIXES) -> bool:
    """Return whether the parts of a path, from where one looks, name a picture to be seen."""
    hidden = any(part.startswith(".") or part == _SIDE_FOLDER for part in parts)
    return not hidden and parts[-1].lower().endswith(tuple(suffixes))


def pictures_among(names: Iterable[str], suffixes: Sequence[str] = SUFFIXES) -> List[str]:
    """Return the pictures among the names of one folder, in order."""
    return sorted(name for name in names if is_picture(name, suffixes=suffixes))
