"""Can something be learned from these photographs? Asked before hours are spent on them.

What no training can repair is refused, everything at once. What only leaves figures without a
meaning is a warning.
"""

import logging
from typing import List, Sequence, Set

from plantd.errors import PictureError, PlantdError
from plantd_calibration.data.photos import Photo
from plantd_training.data.pictures import pixels_of
from plantd_training.data.splits import leaks

logger = logging.getLogger(__name__)

SHOWN = 10


def check(photos: Sequence[Photo]) -> None:
    """Raise PictureError naming everything that stands against a training; warn of the rest."""
    for gap in gaps(photos):
        logger.warning("%s", gap)
    found = problems(photos)
    if found:
        raise PictureError("\n".join(found))


def problems(photos: Sequence[Photo]) -> List[str]:
    """Return a sentence for each thing that no training can repair; every file is decoded."""
    empty = [split for split in ("train", "val") if not _of(photos, split)]
    if empty:
        return [
            "no photograph is in {}; plantd-train split --data FOLDER draws train, val and "
            "test".format(" or ".join(empty))
        ]
    return [*_flags(photos), *_never_learned(photos), *_unreadable(photos)]


def gaps(photos: Sequence[Photo]) -> List[str]:
    """Return a sentence for each thing that leaves figures without a meaning."""
    train, val = _of(photos, "train"), _of(photos, "val")
    found = []
    if not any(photo.poisonous for photo in val):
        found.append("val has no poisonous photograph: nothing tells what the poison head misses")
    untold = sorted(_labels(train) - _labels(val))
    if untold:
        found.append("val has no photograph of {}".format(", ".join(untold)))
    apart = leaks(photos)
    if apart:
        found.append(
            "{} groups lie in more than one split, such as {}: figures will flatter".format(
                len(apart), min(apart)
            )
        )
    return found


def _flags(photos: Sequence[Photo]) -> List[str]:
    """A poison head that never saw one of its two answers would give the other one always."""
    flags = {photo.poisonous for photo in _of(photos, "train")}
    if len(flags) == 2:
        return []
    return [
        "every photograph of train is marked {}; expected poisonous and edible ones: plantd-train "
        "split --poisonous LABEL ... marks them, or the column poisonous of manifest.csv".format(
            "poisonous" if flags.pop() else "edible"
        )
    ]


def _never_learned(photos: Sequence[Photo]) -> List[str]:
    learned = _labels(_of(photos, "train"))
    rest = [photo for photo in photos if photo.split and photo.label not in learned]
    return [
        "train has no photograph of {}, which lies in {}: it would never be learned".format(
            label, " and ".join(sorted({p.split for p in rest if p.label == label}))
        )
        for label in sorted(_labels(rest))
    ]


def _unreadable(photos: Sequence[Photo]) -> List[str]:
    found = []
    for photo in (*_of(photos, "train"), *_of(photos, "val")):
        try:
            pixels_of(photo)
        except PlantdError as error:
            found.append(str(error))
    more = len(found) - SHOWN
    told = ["and {} more files cannot be read; plantd-train eda lists them".format(more)]
    return found[:SHOWN] + (told if more > 0 else [])


def _of(photos: Sequence[Photo], split: str) -> List[Photo]:
    """Return the photographs of a split, which may be empty: that is what is asked."""
    return [photo for photo in photos if photo.split == split]


def _labels(photos: Sequence[Photo]) -> Set[str]:
    return {photo.label for photo in photos}
