"""What a network learns from: train and val, more photographs of the labels, and strangers.

How this works: a stranger bears one of the background's two labels. The poison head learns from it
what its list says: poisonous, not poisonous, or nothing at all where nobody knows.
"""

from typing import List, NamedTuple, Sequence, Tuple

import numpy as np

from plantd.errors import NotFoundError, UsageError
from plantd_calibration.data import stranger_photos
from plantd_calibration.data.photos import Photo
from plantd_calibration.data.stranger_photos import EXTRA, LEARNED, PLANT, Stranger
from plantd_training.data.photos import (
    POISON_LABELS,
    Labels,
    labels_of,
    one_hot,
    with_background,
)
from plantd_training.data.splits import parts
from plantd_training.methods.recipe import Recipe, finetune_of

# Photographs of these splits are learned from.
KNOWN = ("train", "val")


class Learned(NamedTuple):
    """Photographs to learn from: n in one order, the known ones first, then extras and strangers.

    Attributes:
        known: of train and val.
        extras: more of the labels.
        folds: (n,) integers: a network that leaves this fold out reads it unseen.
        targets: (n, 2 + labels) float32: one-hot in POISON_LABELS, or zeros where nobody knows,
            then one-hot in the labels.
    """

    known: List[Photo]
    extras: List[Photo]
    strangers: List[Stranger]
    labels: Labels
    folds: np.ndarray
    targets: np.ndarray

    @property
    def photos(self) -> List[Photo]:
        """All of them as photographs; what a stranger is called is a label of the background."""
        return [*self.known, *self.extras, *_as_photos(self.strangers, self.labels)]


def learned(recipe: Recipe, photos: Sequence[Photo], strangers: Sequence[Stranger]) -> Learned:
    """Return what the networks of a recipe learn from.

    Raises NotFoundError where nothing is in train or val, or a recipe asks for strangers and there
    are none; UsageError where there are strangers that it does not ask for.
    """
    known, labels = known_of(photos), labels_of(photos)
    extras, chosen = _strangers_of(recipe, labels, strangers)
    labels = with_background(labels) if chosen else labels
    plan, more = finetune_of(recipe), _as_photos(chosen, labels)
    of_plants = parts([*known, *extras], [1.0 / plan.folds] * plan.folds, plan.seed)
    of_strangers = [
        stranger_photos.fold_of(one, recipe.division, plan.folds)
        for one in chosen
        if recipe.division
    ]
    targets = one_hot([*known, *extras, *more], labels)
    unknown = [place for place, one in enumerate(chosen) if one.poisonous is None]
    first = len(known) + len(extras)
    targets[first + np.asarray(unknown, int), : len(POISON_LABELS)] = 0.0
    folds = np.asarray([*of_plants, *of_strangers])
    return Learned(known, extras, chosen, labels, folds, targets)


def known_of(photos: Sequence[Photo]) -> List[Photo]:
    """Return the photographs of train and val."""
    known = [photo for photo in photos if photo.split in KNOWN]
    if not known:
        raise NotFoundError("no photograph is in train or val; see plantd-train split")
    return known


def _strangers_of(
    recipe: Recipe, labels: Labels, strangers: Sequence[Stranger]
) -> Tuple[List[Photo], List[Stranger]]:
    if recipe.division is None:
        if strangers:
            raise UsageError(
                "recipe {} says nothing of strangers; add the key strangers with a division of "
                "them, or leave --strangers out".format(recipe.name)
            )
        return [], []
    chosen = stranger_photos.in_part(strangers, recipe.division, LEARNED)
    if not chosen:
        raise NotFoundError(
            "recipe {} learns from strangers, and none is given that it may learn from; give "
            "their folder by --strangers".format(recipe.name)
        )
    flags = dict(zip(labels.species, labels.poisonous))
    extras = [one for one in strangers if one.kind == EXTRA and one.label in flags]
    return [
        # Their groups are counted by themselves: the two lists were not made together.
        Photo(one.path, one.label, flags[one.label], group="x" + one.group, source=one.source)
        for one in extras
    ], chosen


def _as_photos(strangers: Sequence[Stranger], labels: Labels) -> List[Photo]:
    names = labels.background
    return [
        Photo(
            one.path,
            str(names.another_plant if one.kind == PLANT else names.no_plant),
            bool(one.poisonous),
            group=one.group,
            source=one.source,
        )
        for one in strangers
    ]
