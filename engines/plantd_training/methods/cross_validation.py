"""Trains a whole network once a fold and once on all: what each photograph looks like unseen.

How this works: the photographs of train and val are dealt into folds, groups kept together. For
each fold a network learns from the others and reads this one; together that is a reading of every
photograph by a network that never saw it, from which thresholds and their bound can be fitted. What
ships is one more network of the same recipe, trained on all of them. Test is not touched. Networks
of several recipes may answer together: their logits are averaged, unseen ones too.
"""

import hashlib
import json
import logging
from pathlib import Path
from typing import List, NamedTuple, Optional, Sequence, Tuple

import keras
import numpy as np

from plantd.errors import NotFoundError, UsageError
from plantd.tensor import InputSpec
from plantd_calibration.data.photos import Photo
from plantd_calibration.stats.linear_heads import fit_poison, fit_species
from plantd_training import trunks
from plantd_training.data.photos import POISON_LABELS, Labels, labels_of, one_hot, targets
from plantd_training.data.pictures import colours, tensors
from plantd_training.data.splits import parts
from plantd_training.evaluation import head_metrics
from plantd_training.evaluation.outputs import Outputs
from plantd_training.methods import finetune, out_of_fold
from plantd_training.methods.finetune import Examples
from plantd_training.methods.recipe import Recipe, WholeRecipe
from plantd_training.networks.network import answering_twice, seconded
from plantd_training.networks.probe import Probe

logger = logging.getLogger(__name__)

WEIGHTS = "weights.npz"
# Photographs of these splits are learned from.
KNOWN = ("train", "val")


class Crossed(NamedTuple):
    """What one recipe's trainings give.

    Attributes:
        weights: of the network that ships, in Keras's order.
        unseen: raw outputs for the photographs of train and val, each by the network of its fold.
    """

    weights: List[np.ndarray]
    unseen: Outputs


class Together(NamedTuple):
    """What the networks of a recipe and of those that answer with it give.

    Attributes:
        members: by recipe, in the order of `Recipe.networks`.
        photos: of train and val.
        folds: (n,) which networks read each of them unseen.
        unseen: mean of the members' raw outputs.
    """

    members: List[Crossed]
    photos: List[Photo]
    folds: np.ndarray
    unseen: Outputs


class _Class(NamedTuple):
    """Everything that the trainings of one recipe share."""

    spec: InputSpec
    labels: Labels
    examples: Examples
    folder: Path


def together(recipe: Recipe, photos: Sequence[Photo], cache: Path) -> Together:
    """Train and read what is missing in `cache`; write the readings out of fold; return all."""
    known, labels = known_of(photos), labels_of(photos)
    members = [_crossed(one, photos, cache) for one in recipe.networks]
    unseen = Outputs(
        np.mean([member.unseen.poison for member in members], axis=0),
        np.mean([member.unseen.species for member in members], axis=0),
    )
    folds = folds_of(known, recipe.plan)
    path = folder_of(recipe, known, cache) / out_of_fold.FILE
    out_of_fold.write(path, recipe, labels, known, folds, unseen)
    logger.info("%s", path)
    return Together(members, known, folds, unseen)


def train(recipe: Recipe, photos: Sequence[Photo], cache: Path, only: Optional[int] = None) -> Path:
    """Train what is missing in `cache`, from where a kill left it; return the trainings' folder.

    Args:
        only: this fold alone; as many as there are folds stands for the network that ships.
    """
    known, labels = known_of(photos), labels_of(photos)
    folder = folder_of(recipe, known, cache)
    missing = [n for n, path in enumerate(_weights(recipe.plan, folder)) if not path.exists()]
    if only is not None:
        missing = [number for number in missing if number == only]
    if missing:
        held = _class(recipe, known, labels, folder)
        _train(recipe, held, folds_of(known, recipe.plan), missing)
    return folder


def _crossed(recipe: Recipe, photos: Sequence[Photo], cache: Path) -> Crossed:
    folder = train(recipe, photos, cache)
    known, labels = known_of(photos), labels_of(photos)
    *of_folds, ships = _weights(recipe.plan, folder)
    folds, unseen = folds_of(known, recipe.plan), _nothing(len(known), len(labels.species))
    for fold, path in enumerate(of_folds):
        places = np.flatnonzero(folds == fold)
        shown = [known[place] for place in places]
        poison, species = _read_unseen(recipe, shown, labels, path)
        unseen.poison[places], unseen.species[places] = poison, species
    return Crossed(_kept(ships), unseen)


def known_of(photos: Sequence[Photo]) -> List[Photo]:
    """Return the photographs that are learned from: train and val."""
    known = [photo for photo in photos if photo.split in KNOWN]
    if not known:
        raise NotFoundError("no photograph is in train or val; see plantd-train split")
    return known


def folds_of(known: Sequence[Photo], plan: WholeRecipe) -> np.ndarray:
    """Return (n,) folds: groups kept together, every label in each as nearly as they allow."""
    return np.asarray(parts(known, [1.0 / plan.folds] * plan.folds, plan.seed))


def folder_of(recipe: Recipe, known: Sequence[Photo], cache: Path) -> Path:
    """Return where a recipe's trainings on these photographs lie; how it is asked is not in it."""
    files = [[photo.path.name, photo.path.stat().st_size] for photo in known]
    rule, penalty = list(recipe.preprocessings[0]), recipe.inverse_penalties[0]
    what = [recipe.trunk, recipe.side_px, rule, penalty, recipe.augment]
    told = json.dumps([what, recipe.plan._replace(answer_px=0)._asdict(), files])
    return cache / ("whole_" + hashlib.sha256(told.encode()).hexdigest()[:12])


def _class(recipe: Recipe, known: List[Photo], labels: Labels, folder: Path) -> _Class:
    rule, interpolation = recipe.preprocessings[0]
    spec = trunks.input_spec(recipe.trunk, recipe.side_px, rule, interpolation)
    side_px = recipe.plan.canvas_px
    logger.info("%d photographs are read", len(known))
    pixels = colours(known, spec._replace(width_px=side_px, height_px=side_px))
    return _Class(spec, labels, Examples(pixels, one_hot(known, labels)), folder)


def _train(recipe: Recipe, held: _Class, folds: np.ndarray, numbers: Sequence[int]) -> None:
    plan = recipe.plan
    learner = finetune.learner(recipe.trunk, held.spec, recipe.augment, plan, held.examples)
    features = finetune.features(learner, held.spec, held.examples)
    for number in numbers:
        path = _weights(plan, held.folder)[number]
        seen = np.flatnonzero(folds != number)
        shown = held.examples.chosen(seen)
        _check_learnable(shown.labels, held.labels, number)
        probe = _probe(features[seen], shown.labels, recipe.inverse_penalties[0])
        finetune.train(learner, shown, plan, path.parent, probe)
        weights = enumerate(learner.network.get_weights())
        out_of_fold.save_arrays(path, {"{:04d}".format(place): w for place, w in weights})


def _probe(features: np.ndarray, labels: np.ndarray, inverse_penalty: float) -> Probe:
    poison, species = np.split(labels, [len(POISON_LABELS)], axis=1)
    return Probe(
        fit_poison(features, poison.argmax(axis=1), inverse_penalty),
        fit_species(features, species.argmax(axis=1), inverse_penalty),
    )


def _check_learnable(labels: np.ndarray, known: Labels, fold: int) -> None:
    seen = labels[:, len(POISON_LABELS) :].any(axis=0)
    missing = [name for name, is_there in zip(known.species, seen) if not is_there]
    if missing:
        raise UsageError(
            "without fold {} no photograph of {} is left to learn from; expected each label in two "
            "groups at least, or fewer folds".format(fold, ", ".join(missing))
        )


def _weights(plan: WholeRecipe, folder: Path) -> List[Path]:
    """The file that each training ends in: fold by fold, then the network that ships."""
    names = ["fold{}".format(fold) for fold in range(plan.folds)]
    return [folder / name / WEIGHTS for name in (*names, "all")]


def _kept(path: Path) -> List[np.ndarray]:
    with np.load(str(path)) as kept:
        return [kept[name] for name in sorted(kept.files)]


def _nothing(photos: int, species: int) -> Outputs:
    sizes = (len(POISON_LABELS), species)
    return Outputs(*(np.full((photos, size), np.nan, np.float32) for size in sizes))


def network_of(recipe: Recipe, labels: Labels, weights: List[np.ndarray]) -> keras.Model:
    """Return (n, asked_px, asked_px, 3) -> both heads' logits, with trained weights."""
    plan, size = recipe.plan, len(labels.species)
    side_px = None if recipe.looks else plan.answer_px
    net = finetune.network(recipe.trunk, size, plan, trunks.RANDOM, side_px)
    net.set_weights(weights)
    return seconded(answering_twice(net, *recipe.looks) if recipe.looks else net, labels)


def _read_unseen(
    recipe: Recipe, shown: Sequence[Photo], labels: Labels, weights: Path
) -> Tuple[np.ndarray, np.ndarray]:
    """Return raw outputs for photographs of a fold, kept beside the weights of its network."""
    looks = recipe.looks or (recipe.plan.answer_px,)
    path = weights.with_name("read_unseen_{}.npz".format("_".join(map(str, looks))))
    if not path.exists():
        net = network_of(recipe, labels, _kept(weights))
        poison, species = finetune.logits(net, tensors(shown, answer_spec(recipe)))
        named = head_metrics.species_figures(species, targets(shown, labels)[1])
        logger.info("%s unseen: %s", weights.parent.name, named)
        out_of_fold.save_arrays(path, {"poison": poison, "species": species})
    with np.load(str(path)) as kept:
        return kept["poison"], kept["species"]


def answer_spec(recipe: Recipe) -> InputSpec:
    """Return the input of the network that ships."""
    rule, interpolation = recipe.preprocessings[0]
    return trunks.input_spec(recipe.trunk, recipe.asked_px, rule, interpolation)
