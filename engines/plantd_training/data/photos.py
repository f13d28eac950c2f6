"""The one order of labels, and photographs as targets in it.

`Labels` is the one object from which the heads' outputs, the manifest and the species file take
their order: a label's place is its output's index because there is no second list.
"""

from typing import Dict, NamedTuple, Sequence, Tuple

import numpy as np

from plantd.errors import PictureError
from plantd.heads import EDIBLE, POISONOUS, Background
from plantd_calibration.data.photos import Photo

POISON_LABELS = (EDIBLE, POISONOUS)


class Labels(NamedTuple):
    """The labels in the order of the species output, and which of them are poisonous.

    Attributes:
        background: which of them are none of the plants; they come last and are not poisonous.
    """

    species: Tuple[str, ...]
    poisonous: Tuple[bool, ...]
    background: Background = Background()

    @property
    def plants(self) -> Tuple[str, ...]:
        """The labels without the background's."""
        return tuple(name for name in self.species if name not in self.background)

    def place_of(self, name: str) -> int:
        """Return the place of a species in the output."""
        return self.species.index(name)


def labels_of(photos: Sequence[Photo]) -> Labels:
    """Return the labels of photographs in alphabetic order; capitals come first.

    Raises PictureError when a species is poisonous in one photograph and not in another.
    """
    flags: Dict[str, bool] = {}
    for photo in photos:
        if flags.setdefault(photo.label, photo.poisonous) != photo.poisonous:
            raise PictureError(
                "{} is poisonous in some rows and not in others, as at {}; "
                "correct the manifest".format(photo.label, photo.path)
            )
    species = tuple(sorted(flags))
    return Labels(species, tuple(flags[name] for name in species))


def with_background(labels: Labels) -> Labels:
    """Return the labels with those of another plant and of no plant behind them.

    Raises PictureError where a species has the name of one of them.
    """
    names = ("another_plant", "no_plant")
    for name in names:
        if name in labels.species:
            raise PictureError(
                "a species is called {}, which is what strangers are called; rename it".format(name)
            )
    flags = (*labels.poisonous, False, False)
    return Labels((*labels.species, *names), flags, Background(*names))


def targets(photos: Sequence[Photo], labels: Labels) -> Tuple[np.ndarray, np.ndarray]:
    """Return (n,) int64 indices into POISON_LABELS, and (n,) into labels.species."""
    poison = [int(photo.poisonous) for photo in photos]
    species = [labels.place_of(photo.label) for photo in photos]
    return np.asarray(poison, np.int64), np.asarray(species, np.int64)


def one_hot(photos: Sequence[Photo], labels: Labels) -> np.ndarray:
    """Return (n, 2 + species) float32: one-hot in POISON_LABELS, then one-hot in the species."""
    poison, species = targets(photos, labels)
    both = np.eye(len(POISON_LABELS))[poison], np.eye(len(labels.species))[species]
    return np.asarray(np.concatenate(both, axis=1), np.float32)
