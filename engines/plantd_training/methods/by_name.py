"""The methods by the names that recipes call them by."""

from pathlib import Path
from typing import Callable, Dict, NamedTuple, Optional, Sequence

from plantd_calibration.data.photos import Photo
from plantd_calibration.data.stranger_photos import Stranger
from plantd_training.export.bundle_export import Trained
from plantd_training.methods import finetune_run, linear_probe_run, partial_finetune_run
from plantd_training.methods.feature_cache import FeatureCache
from plantd_training.methods.recipe import Recipe
from plantd_training.methods.trainings import KERAS


class Material(NamedTuple):
    """What a method trains with.

    Attributes:
        cache: folder of what is kept, so that a killed training goes on where it stood.
        trainer: of finetune, one of trainings.TRAINERS.
        pixels: of finetune: where photographs are kept as pixels; None for `cache`.
    """

    photos: Sequence[Photo]
    cache: Path
    strangers: Sequence[Stranger] = ()
    trainer: str = KERAS
    pixels: Optional[Path] = None


Method = Callable[[Recipe, Material], Trained]


def train(recipe: Recipe, material: Material) -> Trained:
    """Train a recipe's network by its method, as far as `material.cache` does not have it yet."""
    return BY_NAME[recipe.method](recipe, material)


def _finetune(recipe: Recipe, material: Material) -> Trained:
    return finetune_run.train(recipe, *material)


def _partial_finetune(recipe: Recipe, material: Material) -> Trained:
    return partial_finetune_run.train(recipe, material.photos, material.cache)


def _linear_probe(recipe: Recipe, material: Material) -> Trained:
    return linear_probe_run.train(recipe, material.photos, FeatureCache(material.cache))


BY_NAME: Dict[str, Method] = {
    "finetune": _finetune,
    "partial_finetune": _partial_finetune,
    "linear_probe": _linear_probe,
}
