"""Trains a whole network once a fold and once on all: what each photograph looks like unseen.

How this works: the photographs of train and val, and the strangers that are learned from, are
dealt into folds, groups and kins kept together. For each fold a network learns from the others and
reads this one; together that is a reading of every photograph by a network that never saw it, from
which thresholds and their bound can be fitted. What ships is one more network of the same recipe,
trained on all of them. Test is not touched. Networks of several recipes may answer together: their
logits are averaged, unseen ones too.
"""

import hashlib
import json
import logging
from pathlib import Path
from typing import List, NamedTuple, Optional, Sequence, Tuple

import keras
import numpy as np

from plantd.errors import UsageError
from plantd.tensor import InputSpec
from plantd_calibration.data.photos import Photo
from plantd_calibration.data.stranger_photos import Stranger
from plantd_calibration.stats.linear_heads import fit_poison, fit_species
from plantd_training import trunks
from plantd_training.data.photos import POISON_LABELS, Labels, targets
from plantd_training.data.pictures import colours, tensors
from plantd_training.evaluation import head_metrics
from plantd_training.evaluation.outputs import Outputs
from plantd_training.methods import bfloat16, finetune, out_of_fold
from plantd_training.methods.finetune import Examples
from plantd_training.methods.learned import Learned, learned
from plantd_training.methods.recipe import Finetune, Recipe, asked_px, finetune_of
from plantd_training.networks.network import with_species_evidence, with_test_time_augmentation
from plantd_training.networks.probe import Probe
from plantd_training.runtime import exclusive

logger = logging.getLogger(__name__)

WEIGHTS = "weights.npz"
FEATURES = "features.npz"
NOTE = "note.txt"
# Keras on any backend, or torch in bfloat16: several times as fast where a processor has it.
KERAS, BFLOAT16 = TRAINERS = ("keras", "bfloat16")


class CrossValidated(NamedTuple):
    """What one recipe's trainings give.

    Attributes:
        weights: of the network that ships, in Keras's order.
        unseen: raw outputs for what was learned from, each by the network of its fold.
        note: how the weights came about, where it is not as the recipe says.
    """

    weights: List[np.ndarray]
    unseen: Outputs
    note: Sequence[str] = ()


class Ensemble(NamedTuple):
    """What the networks of a recipe and of those that answer with it give.

    Attributes:
        members: by recipe, in the order of `Recipe.networks`.
        learned: what they learned from; its folds say which networks read each one unseen.
        unseen: mean of the members' raw outputs, in the order of `learned.photos`.
    """

    members: List[CrossValidated]
    learned: Learned
    unseen: Outputs

    @property
    def photos(self) -> List[Photo]:
        """The photographs of train and val."""
        return self.learned.known

    @property
    def folds(self) -> np.ndarray:
        """(n,) which networks read each of `photos` unseen."""
        return self.learned.folds[: len(self.photos)]

    @property
    def of_known(self) -> Outputs:
        """The raw outputs of `photos`."""
        return Outputs(*(values[: len(self.photos)] for values in self.unseen))


class TrainingSet(NamedTuple):
    """Everything that the trainings of one recipe share."""

    spec: InputSpec
    labels: Labels
    examples: Examples
    folder: Path


def ensemble(
    recipe: Recipe,
    photos: Sequence[Photo],
    cache: Path,
    strangers: Sequence[Stranger] = (),
    trainer: str = KERAS,
) -> Ensemble:
    """Train and read what is missing in `cache`; write the readings out of fold; return all.

    Args:
        trainer: one of TRAINERS.
    """
    held = learned(recipe, photos, strangers)
    members = [_cross_validate(one, held, cache, trainer) for one in recipe.networks]
    unseen = Outputs(
        np.mean([member.unseen.poison for member in members], axis=0),
        np.mean([member.unseen.species for member in members], axis=0),
    )
    path = folder_of(recipe, held, cache) / out_of_fold.FILE
    out_of_fold.write(path, recipe, held, unseen)
    logger.info("%s", path)
    return Ensemble(members, held, unseen)


def train(
    recipe: Recipe,
    photos: Sequence[Photo],
    cache: Path,
    only: Optional[int] = None,
    strangers: Sequence[Stranger] = (),
    trainer: str = KERAS,
) -> Path:
    """Train what is missing in `cache`, from where a kill left it; return the trainings' folder.

    Args:
        only: this fold alone; as many as there are folds stands for the network that ships.
        trainer: one of TRAINERS.
    """
    return _train_missing(recipe, learned(recipe, photos, strangers), cache, trainer, only)


def _train_missing(
    recipe: Recipe, held: Learned, cache: Path, trainer: str, only: Optional[int] = None
) -> Path:
    folder = folder_of(recipe, held, cache)
    missing = [
        n for n, path in enumerate(_weights(finetune_of(recipe), folder)) if not path.exists()
    ]
    if only is not None:
        missing = [number for number in missing if number == only]
    if missing:
        _train(recipe, _training_set(recipe, held, folder), held.folds, missing, trainer)
    return folder


def _cross_validate(recipe: Recipe, held: Learned, cache: Path, trainer: str) -> CrossValidated:
    folder = _train_missing(recipe, held, cache, trainer)
    *of_folds, ships = _weights(finetune_of(recipe), folder)
    photos, unseen = held.photos, _nothing(len(held.folds), len(held.labels.species))
    for fold, path in enumerate(of_folds):
        places = np.flatnonzero(held.folds == fold)
        shown = [photos[place] for place in places]
        poison, species = _read_unseen(recipe, shown, held.labels, path)
        unseen.poison[places], unseen.species[places] = poison, species
    return CrossValidated(_read_weights(ships), unseen, _note(ships))


def folder_of(recipe: Recipe, held: Learned, cache: Path) -> Path:
    """Return where a recipe's trainings on these photographs lie; how it is asked is not in it."""
    files = [[photo.path.name, photo.path.stat().st_size] for photo in held.photos]
    plan = finetune_of(recipe)._replace(answer_px=0)._asdict()
    rule, penalty = list(plan.pop("preprocessing")), plan.pop("inverse_penalty")
    what = [recipe.trunk, recipe.side_px, rule, penalty, recipe.augment]
    if recipe.weights != trunks.IMAGENET:
        what.append(recipe.weights)
    told = json.dumps([what, plan, files, held.folds.tolist()])
    return cache / ("whole_" + hashlib.sha256(told.encode()).hexdigest()[:12])


def _training_set(recipe: Recipe, held: Learned, folder: Path) -> TrainingSet:
    spec = trunks.input_spec(recipe.trunk, recipe.side_px, *finetune_of(recipe).preprocessing)
    side_px = finetune_of(recipe).canvas_px
    logger.info("%d photographs are read", len(held.folds))
    pixels = colours(held.photos, spec._replace(width_px=side_px, height_px=side_px))
    return TrainingSet(spec, held.labels, Examples(pixels, held.targets), folder)


def _train(
    recipe: Recipe, data: TrainingSet, folds: np.ndarray, numbers: Sequence[int], trainer: str
) -> None:
    plan = finetune_of(recipe)
    if trainer == BFLOAT16:
        bfloat16.check(recipe.trunk, recipe.augment, plan)
    learner = finetune.trainable_network(
        recipe.trunk, data.spec, recipe.augment, plan, data.examples, recipe.weights
    )
    features = _features(learner, data)
    for number in numbers:
        path = _weights(plan, data.folder)[number]
        with exclusive.held(path.parent):
            if path.exists():
                continue
            seen = np.flatnonzero(folds != number)
            shown = data.examples.chosen(seen)
            _check_learnable(shown.labels, data.labels, number)
            probe = _probe(features[seen], shown.labels, plan.inverse_penalty)
            if trainer == BFLOAT16:
                given = (recipe.trunk, data.spec, recipe.augment, plan, shown, path.parent, probe)
                for name, weights_of in bfloat16.train(*given).items():
                    learner.network.get_layer(name).set_weights(weights_of)
            else:
                finetune.train(learner, shown, plan, path.parent, probe)
            weights = enumerate(learner.network.get_weights())
            out_of_fold.save_arrays(path, {"{:04d}".format(place): w for place, w in weights})


def _features(learner: finetune.TrainableNetwork, data: TrainingSet) -> np.ndarray:
    """Return (n, channels) what ImageNet's trunk sees, kept for whoever trains the next network."""
    path = data.folder / FEATURES
    with exclusive.held(data.folder):
        if not path.exists():
            found = finetune.features(learner, data.spec, data.examples)
            out_of_fold.save_arrays(path, {"features": found})
    with np.load(str(path)) as kept:
        return np.asarray(kept["features"])


def _probe(features: np.ndarray, labels: np.ndarray, inverse_penalty: float) -> Probe:
    poison, species = np.split(labels, [len(POISON_LABELS)], axis=1)
    flagged = poison.any(axis=1)
    return Probe(
        fit_poison(features[flagged], poison[flagged].argmax(axis=1), inverse_penalty),
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


def _weights(plan: Finetune, folder: Path) -> List[Path]:
    """The file that each training ends in: fold by fold, then the network that ships."""
    names = ["fold{}".format(fold) for fold in range(plan.folds)]
    return [folder / name / WEIGHTS for name in (*names, "all")]


def _read_weights(path: Path) -> List[np.ndarray]:
    with np.load(str(path)) as kept:
        return [kept[name] for name in sorted(kept.files)]


def _note(weights: Path) -> List[str]:
    """Weights that came about otherwise than the recipe says have a note beside them."""
    path = weights.with_name(NOTE)
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


def _nothing(photos: int, species: int) -> Outputs:
    sizes = (len(POISON_LABELS), species)
    return Outputs(*(np.full((photos, size), np.nan, np.float32) for size in sizes))


def network_of(recipe: Recipe, labels: Labels, weights: List[np.ndarray]) -> keras.Model:
    """Return (n, asked_px, asked_px, 3) -> both heads' logits, with trained weights."""
    plan, twice = finetune_of(recipe), recipe.test_time_augmentation
    side_px = None if twice else plan.answer_px
    net = finetune.network(recipe.trunk, len(labels.species), plan, trunks.RANDOM, side_px)
    net.set_weights(weights)
    return with_species_evidence(with_test_time_augmentation(net, *twice) if twice else net, labels)


def _read_unseen(
    recipe: Recipe, shown: Sequence[Photo], labels: Labels, weights: Path
) -> Tuple[np.ndarray, np.ndarray]:
    """Return raw outputs for photographs of a fold, kept beside the weights of its network."""
    looks = recipe.test_time_augmentation or (finetune_of(recipe).answer_px,)
    path = weights.with_name("read_unseen_{}.npz".format("_".join(map(str, looks))))
    if not path.exists():
        net = network_of(recipe, labels, _read_weights(weights))
        poison, species = finetune.logits(net, tensors(shown, answer_spec(recipe)))
        _, places = targets(shown, labels)
        of_plants = places < len(labels.plants)
        named = head_metrics.species_figures(
            species[of_plants][:, : len(labels.plants)], places[of_plants]
        )
        logger.info("%s unseen: %s", weights.parent.name, named)
        out_of_fold.save_arrays(path, {"poison": poison, "species": species})
    with np.load(str(path)) as kept:
        return kept["poison"], kept["species"]


def answer_spec(recipe: Recipe) -> InputSpec:
    """Return the input of the network that ships."""
    return trunks.input_spec(recipe.trunk, asked_px(recipe), *finetune_of(recipe).preprocessing)
