"""plantd-train weights: what a recipe trains as a whole, without TensorFlow being loaded."""

import argparse

import keras

from plantd_calibration.cluster.joining import Cluster
from plantd_calibration.data.photo_lists import read_photos
from plantd_calibration.data.stranger_photos import read_strangers
from plantd_training.data import checks
from plantd_training.methods import cross_validation, shared_out
from plantd_training.methods.recipe import Recipe, finetune_of
from plantd_training.methods.recipe_file import read_recipe
from plantd_training.methods.shared_out import Work


def weights(given: argparse.Namespace) -> None:
    """Train every fold and the network that ships into --cache, where `bundle` finds them."""
    recipe, photos = read_recipe(given.recipe), read_photos(given.data)
    finetune_of(recipe)
    checks.check(photos)
    keras.config.set_dtype_policy(given.precision)
    strangers = read_strangers(given.strangers) if given.strangers else []
    how = (strangers, given.trainer, given.pixels)
    share_out(given, recipe, Work(photos, given.cache, *how, given.only, given.precision))
    if given.only is None:
        cross_validation.ensemble(recipe, photos, given.cache, *how)
    print(cross_validation.train(recipe, photos, given.cache, given.only, *how))


def share_out(given: argparse.Namespace, recipe: Recipe, work: Work) -> None:
    """Let a cluster train what is missing, if --cluster names one."""
    if given.cluster is None:
        return
    finetune_of(recipe)
    with Cluster(given.cluster, work.cache, given.cluster_threads) as cluster:
        shared_out.train(cluster, recipe, work)
