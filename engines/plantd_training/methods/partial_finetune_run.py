"""Trains a recipe with the method partial_finetune: probes first, then the trunk's upper part."""

import hashlib
import json
import logging
from pathlib import Path
from typing import Callable, List, Sequence, Tuple

import keras
import numpy as np

from plantd.tensor import InputSpec
from plantd_calibration.data.photos import Photo, in_split, names_and_sizes
from plantd_training import trunks
from plantd_training.data.photos import POISON_LABELS, Labels, labels_of, targets
from plantd_training.export.bundle_export import Trained
from plantd_training.export.model_card import Table
from plantd_training.methods import partial_finetune, view_cache
from plantd_training.methods.partial_finetune import Targets
from plantd_training.methods.recipe import PartialFinetune, Recipe, test_time_told
from plantd_training.methods.view_cache import ViewSet
from plantd_training.networks import probe
from plantd_training.networks.network import (
    network_from_stages,
    start_from_probe,
    with_test_time_augmentation,
)
from plantd_training.runtime import checkpoint

logger = logging.getLogger(__name__)

PROBE_VIEWS = 2
SHOWN = ("epoch", "val_top1", "val_top5", "val_species_loss", "val_poison_loss")


def train(recipe: Recipe, photos: Sequence[Photo], cache: Path) -> Trained:
    """Return the network of a recipe; started again after a kill it goes on where it stood."""
    plan = recipe.settings
    assert isinstance(plan, PartialFinetune)
    labels, spec = labels_of(photos), _spec(recipe, recipe.side_px)
    keras.utils.set_random_seed(plan.seed)
    lower, upper = trunks.split(trunks.build(recipe.trunk, recipe.side_px, recipe.weights))
    train, val = in_split(photos, "train"), in_split(photos, "val")
    folder = cache / ("staged_" + _digest(recipe, train))
    shown = ViewSet(train, spec, recipe.augment, plan.seed, folder)

    def view(index: int) -> np.ndarray:
        if index == 0:
            return view_cache.plain(train, spec, lower, folder / "train.npy")
        return view_cache.view(shown, lower, index - 1)

    model = partial_finetune.model_on_maps(
        upper, (len(POISON_LABELS), len(labels.species)), plan.dropout
    )
    val_maps = view_cache.plain(val, spec, lower, folder / "val.npy")
    wanted = Targets(*targets(train, labels)), Targets(*targets(val, labels))
    run = folder / ("run_" + _digest_of(list(plan)))
    if not checkpoint.begun(run):
        fitted = _probe(model, view, val_maps, wanted, plan.inverse_penalties)
        start_from_probe(model, fitted)
    history = partial_finetune.train(model, plan, view, wanted[0], (val_maps, wanted[1]), run)
    return _trained(recipe, plan, labels, model, history)


def _probe(
    model: keras.Model,
    view: Callable[[int], np.ndarray],
    val_maps: np.ndarray,
    wanted: Tuple[Targets, Targets],
    penalties: Sequence[float],
) -> probe.Probe:
    """Return linear probes on what the untrained upper part makes of a few views."""
    pool = keras.Model(model.input, model.get_layer("pool").output)
    seen = [_pooled(pool, view(index)) for index in range(PROBE_VIEWS + 1)]
    train = (
        np.concatenate(seen),
        np.tile(wanted[0].poison, len(seen)),
        np.tile(wanted[0].species, len(seen)),
    )
    val = (_pooled(pool, val_maps), wanted[1].poison, wanted[1].species)
    fitted, strength, losses = probe.tuned(train, val, penalties)
    logger.info("probes: %s, loss on val %s", strength, losses)
    return fitted


def _pooled(pool: keras.Model, maps: np.ndarray, batch: int = 64) -> np.ndarray:
    rows = [
        np.asarray(pool(np.float32(maps[i : i + batch]), training=False))
        for i in range(0, len(maps), batch)
    ]
    return np.concatenate(rows)


def _trained(
    recipe: Recipe,
    plan: PartialFinetune,
    labels: Labels,
    model: keras.Model,
    history: Sequence[checkpoint.Row],
) -> Trained:
    every = max(1, len(history) // 8)
    shown = sorted({*range(0, len(history), every), len(history) - 1})
    rows = [tuple(history[epoch][name] for name in SHOWN) for epoch in shown]
    lines: List[str] = [
        "heads: started from linear probes, then trained together with the trunk's part above "
        "stride 16 for {} epochs of {} varied views a photograph".format(plan.epochs, plan.views),
        "AdamW at {:g}, cosine; label smoothing {:g}; pairs mixed at alpha {:g}; dropout {:g}; "
        "poison loss weighs {:g}; averaged weights".format(
            plan.rate, plan.smoothing, plan.mixing, plan.dropout, plan.poison_share
        ),
        "views: " + ", ".join("{} {:g}".format(*one) for one in recipe.augment),
    ]
    lines += test_time_told(recipe)
    return Trained(
        model=_whole(recipe, labels, model),
        spec=_spec(
            recipe,
            recipe.test_time_augmentation.side_px
            if recipe.test_time_augmentation
            else recipe.side_px,
        ),
        labels=labels,
        trunk=recipe.trunk_told + ", trained above stride 16",
        recipe=lines,
        tables=[Table("Training, on val (loss in nats)", SHOWN, rows)],
    )


def _whole(recipe: Recipe, labels: Labels, model: keras.Model) -> keras.Model:
    if recipe.test_time_augmentation is None:
        return network_from_stages(recipe.trunk, recipe.side_px, labels, model, recipe.weights)
    core = network_from_stages(recipe.trunk, None, labels, model, recipe.weights)
    return with_test_time_augmentation(core, *recipe.test_time_augmentation)


def _spec(recipe: Recipe, side_px: int) -> InputSpec:
    assert isinstance(recipe.settings, PartialFinetune)
    return trunks.input_spec(recipe.trunk, side_px, *recipe.settings.preprocessing)


def _digest(recipe: Recipe, train: Sequence[Photo]) -> str:
    assert isinstance(recipe.settings, PartialFinetune)
    seed = recipe.settings.seed
    files = names_and_sizes(train)
    return _digest_of(
        [
            list(_spec(recipe, recipe.side_px)),
            recipe.trunk,
            recipe.weights,
            recipe.augment,
            seed,
            files,
        ]
    )


def _digest_of(what: Sequence[object]) -> str:
    return hashlib.sha256(json.dumps(what).encode()).hexdigest()[:12]
