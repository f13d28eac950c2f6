"""Trains a whole network once a fold and once on all: what each photograph looks like unseen.

How this works: the photographs of train and val, and the strangers that are learned from, are
dealt into folds, groups and kins kept together. For each fold a network learns from the others and
reads this one; together that is a reading of every photograph by a network that never saw it, from
which thresholds and their bound can be fitted. What ships is one more network of the same recipe,
trained on all of them. Test is not touched. Networks of several recipes may answer together: their
logits are averaged, unseen ones too.
"""

import logging
from pathlib import Path
from typing import List, NamedTuple, Optional, Sequence

import numpy as np

from plantd_calibration.data.photos import Photo
from plantd_training.data.photos import POISON_LABELS
from plantd_training.evaluation.outputs import Outputs
from plantd_training.methods import out_of_fold, unseen
from plantd_training.methods.learned import Learned, learned
from plantd_training.methods.material import Material
from plantd_training.methods.recipe import Recipe, finetune_of
from plantd_training.methods.trainings import How, folder_of, train_missing, weights_of
from plantd_training.runtime.team import ALONE, Team

logger = logging.getLogger(__name__)

NOTE = "note.txt"


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


def ensemble(recipe: Recipe, material: Material) -> Ensemble:
    """Train and read what the cache lacks; write the readings out of fold; return all."""
    held, how = learned(recipe, material.photos, material.strangers), _how(material)
    members = [_cross_validate(one, held, how) for one in recipe.networks]
    mean = Outputs(
        np.mean([member.unseen.poison for member in members], axis=0),
        np.mean([member.unseen.species for member in members], axis=0),
    )
    path = folder_of(recipe, held, how.cache) / out_of_fold.FILE
    out_of_fold.write(path, recipe, held, mean)
    logger.info("%s", path)
    return Ensemble(members, held, mean)


def train(
    recipe: Recipe, material: Material, only: Optional[int] = None, team: Team = ALONE
) -> Path:
    """Train what the cache lacks, from where a kill left it; return the trainings' folder.

    Args:
        only: this fold alone; as many as there are folds stands for the network that ships.
        team: who trains each network together.
    """
    held = learned(recipe, material.photos, material.strangers)
    return train_missing(recipe, held, _how(material, team), only)


def _how(material: Material, team: Team = ALONE) -> How:
    return How(material.cache, material.trainer, material.pixels or material.cache, team)


def _cross_validate(recipe: Recipe, held: Learned, how: How) -> CrossValidated:
    folder = train_missing(recipe, held, how)
    *_, ships = weights_of(finetune_of(recipe), folder)
    seen = _nothing(len(held.folds), len(held.labels.species))
    for fold, reading in enumerate(unseen.readings(recipe, held, folder)):
        places = np.flatnonzero(held.folds == fold)
        seen.poison[places], seen.species[places] = unseen.read(reading)
    return CrossValidated(unseen.read_weights(ships), seen, _note(ships))


def _note(weights: Path) -> List[str]:
    """Weights that came about otherwise than the recipe says have a note beside them."""
    path = weights.with_name(NOTE)
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


def _nothing(photos: int, species: int) -> Outputs:
    sizes = (len(POISON_LABELS), species)
    return Outputs(*(np.full((photos, size), np.nan, np.float32) for size in sizes))
