"""The methods by the names that recipes call them by."""

from typing import Callable, Dict

from plantd_training.export.bundle_export import Trained
from plantd_training.methods import finetune_run, linear_probe_run, partial_finetune_run
from plantd_training.methods.feature_cache import FeatureCache
from plantd_training.methods.material import Material
from plantd_training.methods.recipe import Recipe

Method = Callable[[Recipe, Material], Trained]


def train(recipe: Recipe, material: Material) -> Trained:
    """Train a recipe's network by its method, as far as `material.cache` does not have it yet."""
    return BY_NAME[recipe.method](recipe, material)


def _partial_finetune(recipe: Recipe, material: Material) -> Trained:
    return partial_finetune_run.train(recipe, material.photos, material.cache)


def _linear_probe(recipe: Recipe, material: Material) -> Trained:
    return linear_probe_run.train(recipe, material.photos, FeatureCache(material.cache))


BY_NAME: Dict[str, Method] = {
    "finetune": finetune_run.train,
    "partial_finetune": _partial_finetune,
    "linear_probe": _linear_probe,
}
