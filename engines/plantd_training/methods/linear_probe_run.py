"""Fits the linear probe a recipe asks for: on train and its mirror images, chosen on val."""

import logging
from typing import NamedTuple, Sequence, Tuple

import numpy as np

from plantd.tensor import InputSpec
from plantd_calibration.data.photos import Photo, in_split
from plantd_calibration.stats.linear_heads import Strength
from plantd_training import trunks
from plantd_training.data.photos import Labels, labels_of, targets
from plantd_training.evaluation.head_metrics import species_figures
from plantd_training.export.bundle_export import Trained
from plantd_training.export.model_card import Table
from plantd_training.methods.feature_cache import FeatureCache, View
from plantd_training.methods.recipe import LinearProbe, Recipe
from plantd_training.networks import probe
from plantd_training.networks.network import network_from_probe

logger = logging.getLogger(__name__)


class Trial(NamedTuple):
    """One preprocessing on val: the losses in nats and the shares of photographs named right."""

    preprocessing: str
    poison_loss: float
    species_loss: float
    top1: float
    top5: float


class Fitted(NamedTuple):
    """The probe that val chose, its input and penalties, and every trial."""

    probe: probe.Probe
    spec: InputSpec
    strength: Strength
    trials: Tuple[Trial, ...]


def train(recipe: Recipe, photos: Sequence[Photo], cache: FeatureCache) -> Trained:
    """Return the network of a recipe: its trunk as ImageNet left it, with fitted heads."""
    labels = labels_of(photos)
    fitted = fit(recipe, photos, labels, cache)
    line = (
        "heads: linear probes on pooled features of train and its mirror images; inverse "
        "penalties {} (poison) and {} (species) chosen on val".format(*fitted.strength)
    )
    table = Table(
        "Preprocessings tried, on val (loss in nats)",
        ("preprocessing", "poison loss", "species loss", "top-1", "top-5"),
        fitted.trials,
    )
    return Trained(
        model=network_from_probe(
            recipe.trunk, recipe.side_px, labels, fitted.probe, recipe.weights
        ),
        spec=fitted.spec,
        labels=labels,
        trunk=recipe.trunk_told + ", frozen",
        recipe=[line],
        tables=[table],
    )


def fit(recipe: Recipe, photos: Sequence[Photo], labels: Labels, cache: FeatureCache) -> Fitted:
    """Return the probe with the lowest species loss on val over the recipe's preprocessings."""
    settings = recipe.settings
    assert isinstance(settings, LinearProbe)
    fits, trials = [], []
    for rule, interpolation in settings.preprocessings:
        spec = trunks.input_spec(recipe.trunk, recipe.side_px, rule, interpolation)
        as_is, mirrored = (View(recipe.trunk, spec, flip, recipe.weights) for flip in (False, True))
        train = _read(in_split(photos, "train"), labels, cache, [as_is, mirrored])
        val = _read(in_split(photos, "val"), labels, cache, [as_is])
        best, strength, losses = probe.tuned(train, val, settings.inverse_penalties)
        named = species_figures(best.species.logits(val[0]), val[2])
        trial = Trial(
            "{} {}".format(rule, interpolation),
            losses["poison"],
            losses["species"],
            named.top1,
            named.top5,
        )
        logger.info("val: %s", trial)
        fits.append((best, spec, strength))
        trials.append(trial)
    chosen = int(np.argmin([trial.species_loss for trial in trials]))
    return Fitted(*fits[chosen], trials=tuple(trials))


def _read(
    photos: Sequence[Photo], labels: Labels, cache: FeatureCache, views: Sequence[View]
) -> Tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return features, poison and species of photographs, one view of all after the other."""
    seen = [cache.features(photos, view) for view in views]
    poison, species = targets(photos, labels)
    return np.concatenate(seen), np.tile(poison, len(views)), np.tile(species, len(views))
