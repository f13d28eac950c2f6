"""Which photographs that a network reads by itself it has learned from: figures on them flatter.

A bundle bears the marks of what it learned from. What other networks read in its place, out of
fold, is not asked about here. Bundles without marks say nothing.
"""

from typing import Sequence, Tuple

from plantd.bundle.manifest import Manifest
from plantd_calibration.data import marks
from plantd_calibration.data.photos import Photo


def caution(manifest: Manifest, read: Sequence[Tuple[str, Sequence[Photo]]]) -> str:
    """Return one sentence about the learned ones of the named photographs; nothing without any."""
    told = []
    for name, photos in read:
        learned = marks.learned_from(manifest, photos)
        if learned.any():
            first = photos[int(learned.argmax())].path
            told.append(
                "{} of the {} photographs of {}, such as {}".format(
                    int(learned.sum()), len(photos), name, first
                )
            )
    if not told:
        return ""
    return "{} learned from {}: figures on them flatter, and say nothing about others".format(
        manifest.title, "; from ".join(told)
    )
