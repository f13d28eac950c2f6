"""Trains the networks of one recipe that are not there yet: one a fold, and one on all.

How this works: each is trained by one process, which holds its folder meanwhile; what another one
has trained, or begun, is found there. Trainings of the same photographs share their pixels and
what ImageNet's trunk sees in them.
"""

import functools
import hashlib
import json
from pathlib import Path
from typing import List, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from plantd.errors import UsageError
from plantd.tensor import InputSpec
from plantd_calibration.data.photos import names_and_sizes
from plantd_calibration.data.whole_files import remove_parts
from plantd_calibration.stats.linear_heads import fit_poison, fit_species
from plantd_training import trunks
from plantd_training.data import pixel_files
from plantd_training.data.photos import POISON_LABELS, Labels
from plantd_training.methods import bfloat16, finetune, out_of_fold
from plantd_training.methods.examples import Examples
from plantd_training.methods.learned import Learned
from plantd_training.methods.recipe import Finetune, Recipe, finetune_of
from plantd_training.networks.probe import Probe
from plantd_training.runtime import exclusive
from plantd_training.runtime.team import ALONE, Team

WEIGHTS = "weights.npz"
FEATURES = "features.npz"
# Keras on any backend, or torch in bfloat16: several times as fast where a processor has it.
KERAS, BFLOAT16 = TRAINERS = ("keras", "bfloat16")


class How(NamedTuple):
    """Where trainings and pixels are kept, by which of TRAINERS is trained, and by whom."""

    cache: Path
    trainer: str
    pixels: Path
    team: Team = ALONE


class TrainingSet(NamedTuple):
    """Everything that the trainings of one recipe share."""

    spec: InputSpec
    labels: Labels
    examples: Examples
    folder: Path


def train_missing(recipe: Recipe, held: Learned, how: How, only: Optional[int] = None) -> Path:
    """Train what is missing, or `only` one; return the folder of the recipe's trainings."""
    folder = folder_of(recipe, held, how.cache)
    paths = enumerate(weights_of(finetune_of(recipe), folder))
    wanted = [(number, path) for number, path in paths if only in (None, number)]
    numbers = [number for number, path in wanted if not how.team.from_first(path.exists())]
    if numbers:
        data = training_set(recipe, held, folder, how.pixels)
        _train(recipe, data, held.folds, numbers, how)
    return folder


def missing(recipe: Recipe, folder: Path) -> List[Tuple[int, Path]]:
    """Return the number of each network that is not trained yet, and the file it will be in."""
    paths = enumerate(weights_of(finetune_of(recipe), folder))
    return [(number, path) for number, path in paths if not path.exists()]


def folder_of(recipe: Recipe, held: Learned, cache: Path) -> Path:
    """Return where a recipe's trainings on these photographs lie; how it is asked is not in it."""
    files = names_and_sizes(held.photos)
    plan = finetune_of(recipe)._replace(answer_px=0)._asdict()
    rule, penalty = list(plan.pop("preprocessing")), plan.pop("inverse_penalty")
    what = [recipe.trunk, recipe.side_px, rule, penalty, recipe.augment]
    if recipe.weights != trunks.IMAGENET:
        what.append(recipe.weights)
    told = json.dumps([what, plan, files, held.folds.tolist()])
    return cache / ("whole_" + hashlib.sha256(told.encode()).hexdigest()[:12])


def training_set(recipe: Recipe, held: Learned, folder: Path, pixels_in: Path) -> TrainingSet:
    """Return what trainings share, with the file of pixels in `pixels_in`, written if missing."""
    spec = trunks.input_spec(recipe.trunk, recipe.side_px, *finetune_of(recipe).preprocessing)
    side_px = finetune_of(recipe).canvas_px
    canvas = spec._replace(width_px=side_px, height_px=side_px)
    path = pixel_files.path_of(held.photos, canvas, pixels_in)
    with exclusive.held(path.parent):
        pixels = pixel_files.mapped(held.photos, canvas, path)
    return TrainingSet(spec, held.labels, Examples(pixels, held.targets), folder)


def _train(
    recipe: Recipe, data: TrainingSet, folds: np.ndarray, numbers: Sequence[int], how: How
) -> None:
    plan = finetune_of(recipe)
    if how.trainer == BFLOAT16:
        bfloat16.check(recipe.trunk, recipe.augment, plan)
    made = functools.partial(
        finetune.trainable_network,
        *(recipe.trunk, data.spec, recipe.augment, plan, data.examples, recipe.weights),
    )
    learner = made()
    features = trunk_features(learner, data)
    with how.team.training():
        # Weights lie where the network was built: on one device, or on all of a team.
        learner = made() if how.team.is_spread else learner
        for number in numbers:
            path = weights_of(plan, data.folder)[number]
            with how.team.holding(path.parent):
                if not how.team.from_first(path.exists()):
                    seen = np.flatnonzero(folds != number)
                    _train_one(recipe, data, seen, learner, features[seen], path, how)


def _train_one(
    recipe: Recipe,
    data: TrainingSet,
    seen: np.ndarray,
    learner: finetune.TrainableNetwork,
    features: np.ndarray,
    path: Path,
    how: How,
) -> None:
    """Train one network on what is `seen`, into the file `path`."""
    plan, shown = finetune_of(recipe), data.examples.chosen(seen)
    _check_learnable(shown.labels, data.labels, path.parent.name)
    probe = how.team.from_first(probe_of(features, shown.labels, plan.inverse_penalty))
    if how.trainer == BFLOAT16:
        given = (recipe.trunk, data.spec, recipe.augment, plan, shown, path.parent, probe)
        for name, learned_weights in bfloat16.train(*given).items():
            learner.network.get_layer(name).set_weights(learned_weights)
    else:
        finetune.train(learner, shown, plan, path.parent, probe, how.team)
    if how.team.is_first:
        weights = enumerate(learner.network.get_weights())
        out_of_fold.save_arrays(path, {"{:04d}".format(place): w for place, w in weights})
        remove_parts(path.parent)


def trunk_features(learner: finetune.TrainableNetwork, data: TrainingSet) -> np.ndarray:
    """Return (n, channels) what ImageNet's trunk sees, kept for whoever trains the next network."""
    path = data.folder / FEATURES
    with exclusive.held(data.folder):
        if not path.exists():
            found = finetune.features(learner, data.spec, data.examples)
            out_of_fold.save_arrays(path, {"features": found})
    with np.load(str(path)) as kept:
        return np.asarray(kept["features"])


def probe_of(features: np.ndarray, labels: np.ndarray, inverse_penalty: float) -> Probe:
    """Return the heads to begin with: linear probes on (n, channels) features."""
    poison, species = np.split(labels, [len(POISON_LABELS)], axis=1)
    flagged = poison.any(axis=1)
    return Probe(
        fit_poison(features[flagged], poison[flagged].argmax(axis=1), inverse_penalty),
        fit_species(features, species.argmax(axis=1), inverse_penalty),
    )


def _check_learnable(labels: np.ndarray, known: Labels, without: str) -> None:
    seen = labels[:, len(POISON_LABELS) :].any(axis=0)
    missing = [name for name, is_there in zip(known.species, seen) if not is_there]
    if missing:
        raise UsageError(
            "for {} no photograph of {} is left to learn from; expected each label in two "
            "groups at least, or fewer folds".format(without, ", ".join(missing))
        )


def weights_of(plan: Finetune, folder: Path) -> List[Path]:
    """The file that each training ends in: fold by fold, then the network that ships."""
    names = ["fold{}".format(fold) for fold in range(plan.folds)]
    return [folder / name / WEIGHTS for name in (*names, "all")]
