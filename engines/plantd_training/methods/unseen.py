"""What each photograph looks like to the network that was trained without its fold.

How this works: a fold is read in shards of about a thousand photographs, as
`plantd_calibration.data.shards` has them: any machine may read any.
"""

import logging
from pathlib import Path
from typing import List, NamedTuple

import keras
import numpy as np

from plantd.tensor import InputSpec
from plantd_calibration.data.photos import Photo
from plantd_calibration.data.shards import arrays_of, cut, join, keep
from plantd_training import trunks
from plantd_training.data.photos import Labels, targets
from plantd_training.data.pictures import tensors
from plantd_training.evaluation import head_metrics
from plantd_training.evaluation.outputs import Outputs
from plantd_training.methods import finetune
from plantd_training.methods.learned import Learned
from plantd_training.methods.recipe import Recipe, asked_px, finetune_of
from plantd_training.methods.trainings import weights_of
from plantd_training.networks.network import with_species_evidence, with_test_time_augmentation

logger = logging.getLogger(__name__)

# Whole batches, so that a photograph's numbers do not depend on where a shard ends.
SHARD = 4 * finetune.READ


class Reading(NamedTuple):
    """Photographs, the network that reads them, and the file that keeps its raw outputs."""

    recipe: Recipe
    labels: Labels
    weights: Path
    photos: List[Photo]
    path: Path


def readings(recipe: Recipe, held: Learned, folder: Path) -> List[Reading]:
    """Return one a fold, in their order."""
    looks = recipe.test_time_augmentation or (finetune_of(recipe).answer_px,)
    name, photos = "read_unseen_{}.npz".format("_".join(map(str, looks))), held.photos
    *of_folds, _ = weights_of(finetune_of(recipe), folder)
    chosen = [
        [photos[place] for place in np.flatnonzero(held.folds == fold)]
        for fold in range(len(of_folds))
    ]
    return [
        Reading(recipe, held.labels, weights, shown, weights.with_name(name))
        for weights, shown in zip(of_folds, chosen)
    ]


def shards(whole: Reading) -> List[Reading]:
    """Return the parts in which a fold is read; itself where it has one only."""
    if len(whole.photos) <= SHARD:
        return [whole]
    name = whole.path.stem + "_{:04d}" + whole.path.suffix
    parts = cut(
        len(whole.photos),
        SHARD,
        lambda part: whole.path.with_name(name.format(part.start // SHARD)),
    )
    return [whole._replace(photos=whole.photos[one.part], path=one.path) for one in parts]


def read(whole: Reading) -> Outputs:
    """Return the raw outputs of a fold, reading what no file has yet."""
    if not whole.path.exists():
        parts = shards(whole)
        for part in parts:
            read_shard(part)
        if len(parts) > 1:
            join(whole.path, [part.path for part in parts])
        _tell(whole)
    return Outputs(**arrays_of(whole.path))


def read_shard(one: Reading) -> None:
    """Read photographs into the file of a shard, if it is not there."""
    if one.path.exists():
        return
    network = network_of(one.recipe, one.labels, read_weights(one.weights))
    spec = answer_spec(one.recipe)
    rows = [
        finetune.logits(network, tensors([one.photos[place] for place in places], spec))
        for places in finetune.in_parts(len(one.photos), finetune.READ)
    ]
    keep(one.path, Outputs(*map(np.concatenate, zip(*rows)))._asdict())


def _tell(whole: Reading) -> None:
    _, places = targets(whole.photos, whole.labels)
    plants = len(whole.labels.plants)
    of_plants, species = places < plants, arrays_of(whole.path)["species"]
    named = head_metrics.species_figures(species[of_plants][:, :plants], places[of_plants])
    logger.info("%s unseen: %s", whole.weights.parent.name, named)


def read_weights(path: Path) -> List[np.ndarray]:
    """Return a network's weights, in Keras's order."""
    with np.load(str(path)) as kept:
        return [kept[name] for name in sorted(kept.files)]


def network_of(recipe: Recipe, labels: Labels, weights: List[np.ndarray]) -> keras.Model:
    """Return (n, asked_px, asked_px, 3) -> both heads' logits, with trained weights."""
    plan, twice = finetune_of(recipe), recipe.test_time_augmentation
    side_px = None if twice else plan.answer_px
    net = finetune.network(recipe.trunk, len(labels.species), plan, trunks.RANDOM, side_px)
    net.set_weights(weights)
    return with_species_evidence(with_test_time_augmentation(net, *twice) if twice else net, labels)


def answer_spec(recipe: Recipe) -> InputSpec:
    """Return the input of the network that ships."""
    return trunks.input_spec(recipe.trunk, asked_px(recipe), *finetune_of(recipe).preprocessing)
