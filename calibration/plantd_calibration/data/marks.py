"""Photographs marked, so that a bundle can say which ones it learned from and was tuned on."""

from typing import Sequence, Tuple

import numpy as np

from plantd.bundle.manifest import Manifest
from plantd.bundle.photographs import LEARNED, MARK_DIGITS, TUNED, PhotographSet, marks_of
from plantd_calibration.data.photos import OnDisk, digests, fingerprint


def photograph_set(name: str, use: str, photos: Sequence[OnDisk]) -> PhotographSet:
    """Return the set of these photographs; each file is read."""
    marks = "".join(digest[:MARK_DIGITS] for digest in digests(photos))
    return PhotographSet(name, use, len(photos), fingerprint(photos), marks)


def learned_from(manifest: Manifest, photos: Sequence[OnDisk]) -> np.ndarray:
    """Return (n,) bool: did the bundle learn from each of these files?"""
    known = set(marks_of(manifest.photographs, LEARNED))
    return np.asarray([digest[:MARK_DIGITS] in known for digest in digests(photos)], bool)


def with_tuned(manifest: Manifest, chosen_on: Sequence[Tuple[str, Sequence[OnDisk]]]) -> Manifest:
    """Return the manifest that says what its thresholds were chosen on, in place of older words."""
    others = [each for each in manifest.photographs if each.use != TUNED]
    sets = []
    for name, photos in chosen_on:
        found = photograph_set(name, TUNED, photos)
        known = learned_from(manifest, photos).all()
        sets.append(found._replace(marks="") if known else found)
    return manifest._replace(photographs=(*others, *sets))
