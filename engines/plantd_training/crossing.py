"""Trains a whole network once a fold and once on all: what each photograph looks like unseen.

How this works: the photographs of train and val are dealt into folds, groups kept together. For
each fold a network learns from the others and reads this one; together that is a reading of every
photograph by a network that never saw it, from which thresholds and their bound can be fitted. What
ships is one more network of the same recipe, trained on all of them. Test is not touched.
"""

import hashlib
import json
import logging
from pathlib import Path
from typing import List, NamedTuple, Optional, Sequence

import numpy as np

from plantd.errors import NotFoundError, UsageError
from plantd.tensor import InputSpec
from plantd_training import figures, out_of_fold, trunks, whole
from plantd_training.judging import Outputs
from plantd_training.photos import POISON_LABELS, Labels, Photo, labels_of, one_hot
from plantd_training.pictures import colours, tensors
from plantd_training.probe import Probe, fit_poison, fit_species
from plantd_training.recipe import Recipe, WholeRecipe
from plantd_training.splits import parts
from plantd_training.whole import Examples, Learner

logger = logging.getLogger(__name__)

WEIGHTS = "weights.npz"
# Photographs of these splits are learned from.
KNOWN = ("train", "val")


class Crossed(NamedTuple):
    """What a recipe's training gives.

    Attributes:
        weights: of the network that ships, in Keras's order.
        photos: of train and val.
        folds: (n,) which network read each of them unseen.
        unseen: their raw outputs by that network.
    """

    weights: List[np.ndarray]
    photos: List[Photo]
    folds: np.ndarray
    unseen: Outputs


class _Heads(NamedTuple):
    """What the heads begin with is fitted to: (n, channels), (n, 2 + species)."""

    features: np.ndarray
    labels: np.ndarray
    inverse_penalty: float

    def fitted(self) -> Probe:
        poison, species = np.split(self.labels, [len(POISON_LABELS)], axis=1)
        return Probe(
            fit_poison(self.features, poison.argmax(axis=1), self.inverse_penalty),
            fit_species(self.features, species.argmax(axis=1), self.inverse_penalty),
        )


class _Class(NamedTuple):
    """Everything that the trainings of one recipe share."""

    plan: WholeRecipe
    spec: InputSpec
    photos: List[Photo]
    examples: Examples
    folder: Path


def train(
    recipe: Recipe,
    plan: WholeRecipe,
    photos: Sequence[Photo],
    cache: Path,
    only: Optional[int] = None,
) -> Path:
    """Train what is missing in `cache`, from where a kill left it; return the trainings' folder.

    Args:
        only: this fold alone; `plan.folds` for the network that ships.
    """
    known, labels = known_of(photos), labels_of(photos)
    folder = folder_of(recipe, plan, known, cache)
    missing = [number for number, path in enumerate(_results(plan, folder)) if not path.exists()]
    if only is not None:
        missing = [number for number in missing if number == only]
    if missing:
        held = _class(recipe, plan, known, labels, folder)
        _train(recipe, held, folds_of(known, plan), missing)
    return folder


def crossed(recipe: Recipe, plan: WholeRecipe, photos: Sequence[Photo], cache: Path) -> Crossed:
    """Train what is missing in `cache` and return all of it."""
    folder = train(recipe, plan, photos, cache)
    known, labels = known_of(photos), labels_of(photos)
    folds = folds_of(known, plan)
    unseen = _collected(folds, _results(plan, folder)[:-1], len(labels.species))
    out_of_fold.write(folder / out_of_fold.FILE, recipe, labels, known, folds, unseen)
    with np.load(str(folder / WEIGHTS)) as kept:
        weights = [kept[name] for name in sorted(kept.files)]
    return Crossed(weights, known, folds, unseen)


def known_of(photos: Sequence[Photo]) -> List[Photo]:
    """Return the photographs that are learned from: train and val."""
    known = [photo for photo in photos if photo.split in KNOWN]
    if not known:
        raise NotFoundError("no photograph is in train or val; see plantd-train split")
    return known


def folds_of(known: Sequence[Photo], plan: WholeRecipe) -> np.ndarray:
    """Return (n,) folds: groups kept together, every label in each as nearly as they allow."""
    return np.asarray(parts(known, [1.0 / plan.folds] * plan.folds, plan.seed))


def folder_of(recipe: Recipe, plan: WholeRecipe, known: Sequence[Photo], cache: Path) -> Path:
    """Return where a recipe's trainings on these photographs lie."""
    files = [[photo.path.name, photo.path.stat().st_size] for photo in known]
    what = [recipe.trunk, recipe.side_px, list(recipe.preprocessings[0]), recipe.augment]
    told = json.dumps([what, list(plan), files])
    return cache / ("whole_" + hashlib.sha256(told.encode()).hexdigest()[:12])


def _class(
    recipe: Recipe, plan: WholeRecipe, known: List[Photo], labels: Labels, folder: Path
) -> _Class:
    rule, interpolation = recipe.preprocessings[0]
    spec = trunks.input_spec(recipe.trunk, recipe.side_px, rule, interpolation)
    logger.info("%d photographs are read", len(known))
    pixels = colours(known, spec._replace(width_px=plan.canvas_px, height_px=plan.canvas_px))
    wanted = one_hot(known, labels)
    return _Class(plan, spec, known, Examples(pixels, wanted), folder)


def _train(recipe: Recipe, held: _Class, folds: np.ndarray, numbers: Sequence[int]) -> None:
    learner = whole.learner(recipe.trunk, held.spec, recipe.augment, held.plan, held.examples)
    features = whole.features(learner, held.spec, held.examples)
    for number in numbers:
        path = _results(held.plan, held.folder)[number]
        ships = path.name == WEIGHTS
        seen = np.flatnonzero((folds != number) | ships)
        _check_learnable(held.examples.labels[seen], labels_of(held.photos), number)
        probe = _Heads(features[seen], held.examples.labels[seen], recipe.inverse_penalties[0])
        folder = held.folder / "all" if ships else path.parent
        whole.train(learner, held.examples.chosen(seen), held.plan, folder, probe.fitted)
        if ships:
            weights = learner.network.get_weights()
            out_of_fold.save_arrays(path, {"{:04d}".format(i): w for i, w in enumerate(weights)})
        else:
            _read_unseen(learner, held, np.flatnonzero(folds == number), path)


def _check_learnable(labels: np.ndarray, known: Labels, fold: int) -> None:
    seen = labels[:, len(POISON_LABELS) :].any(axis=0)
    missing = [name for name, is_there in zip(known.species, seen) if not is_there]
    if missing:
        raise UsageError(
            "without fold {} no photograph of {} is left to learn from; expected each label in two "
            "groups at least, or fewer folds".format(fold, ", ".join(missing))
        )


def _results(plan: WholeRecipe, folder: Path) -> List[Path]:
    """The file that each training ends in: fold by fold, then the network that ships."""
    folds = [folder / "fold{}".format(fold) / out_of_fold.FILE for fold in range(plan.folds)]
    return [*folds, folder / WEIGHTS]


def _read_unseen(learner: Learner, held: _Class, places: np.ndarray, path: Path) -> None:
    side_px = held.plan.answer_px
    asked = held.spec._replace(width_px=side_px, height_px=side_px)
    poison, species = whole.logits(
        learner.network, tensors([held.photos[place] for place in places], asked)
    )
    named = figures.species_figures(species, held.examples.labels[places, 2:].argmax(axis=1))
    logger.info("%s unseen: %s", path.parent.name, named)
    out_of_fold.save_arrays(path, {"places": places, "poison": poison, "species": species})


def _collected(folds: np.ndarray, paths: Sequence[Path], species: int) -> Outputs:
    unseen = Outputs(
        np.full((len(folds), len(POISON_LABELS)), np.nan, np.float32),
        np.full((len(folds), species), np.nan, np.float32),
    )
    for path in paths:
        with np.load(str(path)) as kept:
            unseen.poison[kept["places"]] = kept["poison"]
            unseen.species[kept["places"]] = kept["species"]
    return unseen
