"""The trainings of a recipe, shared out among the machines of a cluster.

How this works: one network of one recipe is one task, which trains it into the shared cache as one
machine would; then each shard of photographs that a network reads unseen is one. What lies there
when all have ended is what one machine would have made: the method goes on as if it had.
"""

import logging
from typing import Any, Callable, List, NamedTuple, Optional, Tuple

import keras

from plantd_calibration.cluster.joining import Cluster
from plantd_calibration.cluster.tasks import Task
from plantd_import.tf_graph.quiet_tensorflow import tensorflow_quietly
from plantd_training.methods import cross_validation, trainings, unseen
from plantd_training.methods.learned import Learned, learned
from plantd_training.methods.material import Material
from plantd_training.methods.recipe import Recipe, finetune_of

logger = logging.getLogger(__name__)


class Work(NamedTuple):
    """What is trained, with what.

    Attributes:
        only: this fold alone; None for all.
        precision: of the computation, as Keras's dtype policy names it.
    """

    material: Material
    only: Optional[int] = None
    precision: str = "float32"


def train(cluster: Cluster, recipe: Recipe, work: Work) -> None:
    """Train and read what is missing in the cache, each part on whichever machine is free."""
    there = work._replace(material=work.material.absolute())
    cluster.run([task for one in recipe.networks for task in _trainings(one, there)])
    if work.only is None:
        cluster.run([task for one in recipe.networks for task in _readings(one, there)])


def _trainings(recipe: Recipe, work: Work) -> List[Task]:
    folder = trainings.folder_of(recipe, _held(recipe, work), work.material.cache)
    return [
        _task("{} {}".format(recipe.name, path.parent.name), train_one, (recipe, work, number))
        for number, path in trainings.missing(recipe, folder)
        if work.only in (None, number)
    ]


def _readings(recipe: Recipe, work: Work) -> List[Task]:
    held = _held(recipe, work)
    folds = unseen.readings(recipe, held, trainings.folder_of(recipe, held, work.material.cache))
    shards = [one for fold in folds if not fold.path.exists() for one in unseen.shards(fold)]
    return [
        _task(_name(recipe, one), unseen.read_shard, (one,))
        for one in shards
        if not one.path.exists()
    ]


def _task(name: str, call: Callable[..., None], arguments: Tuple[Any, ...]) -> Task:
    return Task(name, call, arguments, before=tensorflow_quietly)


def _name(recipe: Recipe, one: unseen.Reading) -> str:
    return "{} {} {}".format(recipe.name, one.weights.parent.name, one.path.stem)


def _held(recipe: Recipe, work: Work) -> Learned:
    return learned(recipe, work.material.photos, work.material.strangers)


def train_one(recipe: Recipe, work: Work, number: int) -> None:
    """Train one network, on the machine that this is."""
    finetune_of(recipe)
    keras.config.set_dtype_policy(work.precision)
    cross_validation.train(recipe, work.material, number)
