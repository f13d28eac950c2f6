"""plantd-train weights: what a recipe trains as a whole, without TensorFlow being loaded."""

import argparse

import keras

from plantd_calibration.data.photo_lists import read_photos
from plantd_calibration.data.stranger_photos import read_strangers
from plantd_training.data import checks
from plantd_training.methods import cross_validation
from plantd_training.methods.recipe import finetune_of
from plantd_training.methods.recipe_file import read_recipe


def weights(given: argparse.Namespace) -> None:
    """Train every fold and the network that ships into --cache, where `bundle` finds them."""
    recipe, photos = read_recipe(given.recipe), read_photos(given.data)
    finetune_of(recipe)
    checks.check(photos)
    keras.config.set_dtype_policy(given.precision)
    strangers = read_strangers(given.strangers) if given.strangers else []
    if given.only is None:
        cross_validation.ensemble(recipe, photos, given.cache, strangers, given.trainer)
    given_all = (recipe, photos, given.cache, given.only, strangers, given.trainer)
    print(cross_validation.train(*given_all))
