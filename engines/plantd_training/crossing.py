"""Trains a whole network once a fold and once on all: what each photograph looks like unseen.

How this works: the photographs of train and val are dealt into folds, groups kept together. For
each fold a network learns from the others and reads this one; together that is a reading of every
photograph by a network that never saw it, from which thresholds and their bound can be fitted. What
ships is one more network of the same recipe, trained on all of them. Test is not touched.
"""

import hashlib
import json
import logging
import os
import zipfile
from pathlib import Path
from typing import Dict, List, NamedTuple, Optional, Sequence

import keras
import numpy as np

from plantd.errors import NotFoundError
from plantd.tensor import InputSpec
from plantd_training import figures, trunks, whole
from plantd_training.judging import Outputs
from plantd_training.photos import POISON_LABELS, Labels, Photo, labels_of, targets
from plantd_training.pictures import colours, fingerprint, tensors
from plantd_training.recipe import Recipe, WholeRecipe
from plantd_training.splits import parts
from plantd_training.whole import Examples, Learner

logger = logging.getLogger(__name__)

PREDICTIONS = "out_of_fold.npz"
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
    write_predictions(folder / PREDICTIONS, recipe, labels, known, folds, unseen)
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


def network_of(recipe: Recipe, plan: WholeRecipe, labels: Labels, found: Crossed) -> keras.Model:
    """Return the network that ships: (n, answer_px, answer_px, 3) -> both heads' logits."""
    net = whole.network(recipe.trunk, len(labels.species), plan, weights=trunks.RANDOM)
    net.set_weights(found.weights)
    return net


def write_predictions(
    path: Path,
    recipe: Recipe,
    labels: Labels,
    photos: Sequence[Photo],
    folds: np.ndarray,
    unseen: Outputs,
) -> None:
    """Write what plantd-calibrate confidence reads by --predictions."""
    told = {"name": recipe.name, "version": recipe.version, "folds": int(folds.max()) + 1}
    arrays = {
        "file": np.asarray(["/".join(photo.path.parts[-3:]) for photo in photos]),
        "fold": folds.astype(np.int32),
        "poison": unseen.poison,
        "species": unseen.species,
        "labels": np.asarray(labels.species),
        "poison_labels": np.asarray(POISON_LABELS),
        "recipe": np.asarray(json.dumps({**told, "data_fingerprint": fingerprint(photos)})),
    }
    _save(path, arrays)


def _class(
    recipe: Recipe, plan: WholeRecipe, known: List[Photo], labels: Labels, folder: Path
) -> _Class:
    rule, interpolation = recipe.preprocessings[0]
    spec = trunks.input_spec(recipe.trunk, recipe.side_px, rule, interpolation)
    logger.info("%d photographs are read", len(known))
    pixels = colours(known, spec._replace(width_px=plan.canvas_px, height_px=plan.canvas_px))
    wanted = whole.one_hot(*targets(known, labels), len(labels.species))
    return _Class(plan, spec, known, Examples(pixels, wanted), folder)


def _train(recipe: Recipe, held: _Class, folds: np.ndarray, numbers: Sequence[int]) -> None:
    learner = whole.learner(recipe.trunk, held.spec, recipe.augment, held.plan, held.examples)
    for number in numbers:
        path = _results(held.plan, held.folder)[number]
        if path.name == WEIGHTS:
            whole.train(learner, held.examples, held.plan, held.folder / "all")
            weights = learner.network.get_weights()
            _save(path, {"{:04d}".format(i): w for i, w in enumerate(weights)})
        else:
            seen = held.examples.chosen(np.flatnonzero(folds != number))
            whole.train(learner, seen, held.plan, path.parent)
            _read_unseen(learner, held, np.flatnonzero(folds == number), path)


def _results(plan: WholeRecipe, folder: Path) -> List[Path]:
    """The file that each training ends in: fold by fold, then the network that ships."""
    folds = [folder / "fold{}".format(fold) / PREDICTIONS for fold in range(plan.folds)]
    return [*folds, folder / WEIGHTS]


def _read_unseen(learner: Learner, held: _Class, places: np.ndarray, path: Path) -> None:
    side_px = held.plan.answer_px
    asked = held.spec._replace(width_px=side_px, height_px=side_px)
    poison, species = whole.logits(
        learner.network, tensors([held.photos[place] for place in places], asked)
    )
    named = figures.species_figures(species, held.examples.labels[places, 2:].argmax(axis=1))
    logger.info("%s unseen: %s", path.parent.name, named)
    _save(path, {"places": places, "poison": poison, "species": species})


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


def _save(path: Path, arrays: Dict[str, np.ndarray]) -> None:
    """As numpy.savez_compressed, which cannot be told of an array called "file"."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part.npz")
    with zipfile.ZipFile(str(unfinished), "w", zipfile.ZIP_DEFLATED) as target:
        for name, array in arrays.items():
            with target.open(name + ".npy", "w") as member:
                np.save(member, array, allow_pickle=False)
    os.replace(str(unfinished), str(path))
