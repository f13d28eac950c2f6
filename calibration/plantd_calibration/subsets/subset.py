"""Photographs with what a model says of them, raw, and what they truly are."""

from typing import NamedTuple, Sequence, Tuple

import numpy as np

from plantd.bundle import Bundle
from plantd.errors import BundleError
from plantd.heads import HeadSpec
from plantd.quality import QualityLimits
from plantd_calibration.data.inference import CachedInference, ModelOutputs
from plantd_calibration.data.photos import Photo
from plantd_calibration.stats.labelled_scores import LabelledScores
from plantd_calibration.stats.scores import Heads, predictions_of, scores_of


class Part(NamedTuple):
    """n photographs.

    Attributes:
        places: (n,) of the species in the labels; -1 for strangers.
        poisonous: (n,) bool: truly, by the data's flag or by species.yaml.
    """

    photos: Sequence[Photo]
    observed: ModelOutputs
    places: np.ndarray
    poisonous: np.ndarray

    def judged(self, both: Heads, limits: QualityLimits) -> LabelledScores:
        """Return the columns the rule is tried on."""
        read = predictions_of(self.observed.poison, self.observed.species, both)
        scores = scores_of(read, self.observed.quality, limits)
        return LabelledScores(scores, self.poisonous, [photo.group for photo in self.photos])


def part_of(bundle: Bundle, photos: Sequence[Photo], observer: CachedInference) -> Part:
    """Return photographs as the bundle's own network sees them."""
    places, poisonous = truth(bundle, photos)
    return Part(photos, observer.observe(photos), places, poisonous)


def deadly(species: HeadSpec, part: Part) -> np.ndarray:
    """Return (n,) bool: has what it truly shows a look-alike that kills? Strangers have none."""
    # The place of a stranger is -1: behind all labels.
    flags: np.ndarray = np.asarray([*species.deadly, False], bool)[part.places]
    return flags


def truth(bundle: Bundle, photos: Sequence[Photo]) -> Tuple[np.ndarray, np.ndarray]:
    """Return (n,) places of the species, -1 for strangers, and (n,) bool: truly poisonous.

    Raises BundleError for a label that the bundle does not have.
    """
    labels = bundle.manifest.species.labels
    unlisted = sorted({photo.label for photo in photos} - set(labels) - {""})
    if unlisted:
        raise BundleError(
            "the photographs show {}, which {} does not know; calibrate with the photographs of "
            "its species".format(", ".join(unlisted), bundle.manifest.title)
        )
    flags = dict(zip(labels, bundle.species_head.poisonous))
    places = [labels.index(photo.label) if photo.label else -1 for photo in photos]
    bad = [photo.poisonous or flags.get(photo.label, False) for photo in photos]
    return np.asarray(places, int), np.asarray(bad, bool)
