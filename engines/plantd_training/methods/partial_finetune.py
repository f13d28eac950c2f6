"""Trains the upper part of a trunk and both heads on kept views of the photographs.

How this works: the lower part stays as ImageNet left it and is never computed again; each epoch
takes the next view of every photograph. Pictures of a batch are mixed in pairs (labels too), the
heads start from linear probes, and what is saved is an average of the weights over time. After each
epoch everything that the next one needs is written to one file, so that a killed training goes on
to the same result.
"""

import logging
from pathlib import Path
from typing import Callable, Dict, Iterator, List, NamedTuple, Sequence, Tuple

import keras
import numpy as np
import tensorflow as tf

from plantd_training.evaluation.head_metrics import species_figures
from plantd_training.methods.recipe import PartialFinetune
from plantd_training.networks.network import POISON_OUTPUT, SPECIES_OUTPUT
from plantd_training.networks.probe import cross_entropy
from plantd_training.runtime import checkpoint

logger = logging.getLogger(__name__)


Step = Callable[[tf.Tensor, tf.Tensor, tf.Tensor], tf.Tensor]


class Targets(NamedTuple):
    """Places of the labels: (n,) in POISON_LABELS, (n,) in the species."""

    poison: np.ndarray
    species: np.ndarray


def model_on_maps(upper: keras.Model, sizes: Tuple[int, int], dropout: float) -> keras.Model:
    """Return maps of the lower part -> [poison logits, species logits].

    Batch norm stays in inference, with ImageNet's statistics: those of mixed pictures are not
    those of pictures (val lost 5 points of top-1 when it was trained).

    Args:
        sizes: how many labels (poison, species) have.
    """
    for layer in upper.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.trainable = False
    maps = keras.Input(upper.input.shape[1:], name="maps")
    pooled = keras.layers.GlobalAveragePooling2D(name="pool")(upper(maps))
    kept = keras.layers.Dropout(dropout, name="dropout", seed=1)(pooled)
    heads = [
        keras.layers.Dense(size, name=name)(kept)
        for name, size in zip((POISON_OUTPUT, SPECIES_OUTPUT), sizes)
    ]
    return keras.Model(maps, heads, name="plantd_upper")


def train(
    model: keras.Model,
    recipe: PartialFinetune,
    view: Callable[[int], np.ndarray],
    targets: Targets,
    val: Tuple[np.ndarray, Targets],
    folder: Path,
) -> List[Dict[str, float]]:
    """Train to the recipe's last epoch, from where `folder` stands; return val's history.

    Args:
        view: gives the lower part's maps of all photographs; 0 as they are, from 1 on varied.

    The model ends with the averaged weights of the last epoch.
    """
    folder.mkdir(parents=True, exist_ok=True)
    optimizer = _optimizer(recipe, -(-len(targets.species) // recipe.batch))
    step = _step(model, optimizer, recipe, targets)
    optimizer.build(model.trainable_variables)
    average = [np.array(value) for value in model.get_weights()]
    # `variables` also holds the state of the random generators, which `get_weights` leaves out.
    state = {"model": model.variables, "average": average, "optimizer": optimizer.variables}
    history = checkpoint.resume(folder, state).history
    for epoch in range(len(history), recipe.epochs):
        loss = 0.0
        maps = view(epoch % (recipe.views + 1))
        for batch in _batches(maps, targets, recipe, epoch):
            loss = 0.98 * loss + 0.02 * float(step(*batch)) if loss else float(step(*batch))
            _blend(average, model.get_weights(), recipe.average)
        history.append({"epoch": epoch, "loss": loss, **_val(model, average, val)})
        logger.info("%s", {k: round(v, 4) for k, v in history[-1].items()})
        checkpoint.keep(folder, state, history)
    model.set_weights(average)
    return history


def logits(model: keras.Model, maps: np.ndarray, batch: int = 64) -> Tuple[np.ndarray, np.ndarray]:
    """Return (n, 2) poison and (n, labels) species logits for (n, h, w, c) maps."""
    rows = [
        [np.asarray(head) for head in model(np.float32(maps[i : i + batch]), training=False)]
        for i in range(0, len(maps), batch)
    ]
    return np.concatenate([row[0] for row in rows]), np.concatenate([row[1] for row in rows])


def _optimizer(recipe: PartialFinetune, steps: int) -> keras.optimizers.Optimizer:
    rate = keras.optimizers.schedules.CosineDecay(
        0.0,
        decay_steps=steps * (recipe.epochs - 1),
        warmup_target=recipe.rate,
        warmup_steps=steps,
        alpha=0.01,
    )
    optimizer = keras.optimizers.AdamW(rate, weight_decay=recipe.decay, clipnorm=5.0)
    optimizer.exclude_from_weight_decay(var_names=["gamma", "beta", "bias"])
    return optimizer


def _step(
    model: keras.Model,
    optimizer: keras.optimizers.Optimizer,
    recipe: PartialFinetune,
    targets: Targets,
) -> Step:
    species_loss = keras.losses.CategoricalCrossentropy(
        from_logits=True, label_smoothing=recipe.smoothing
    )
    poison_loss = keras.losses.CategoricalCrossentropy(from_logits=True, reduction=None)
    counts = np.bincount(targets.poison, minlength=2)
    balance = tf.constant(counts.sum() / (2.0 * np.maximum(counts, 1)), tf.float32)

    def step(maps: tf.Tensor, poison: tf.Tensor, species: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            poison_logits, species_logits = model(maps, training=True)
            weights = tf.linalg.matvec(poison, balance)
            poison_part = tf.reduce_mean(poison_loss(poison, poison_logits) * weights)
            loss = species_loss(species, species_logits) + recipe.poison_share * poison_part
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables))
        return loss

    compiled: Step = tf.function(step, reduce_retracing=True)
    return compiled


def _batches(
    view: np.ndarray, targets: Targets, recipe: PartialFinetune, epoch: int
) -> Iterator[Tuple[tf.Tensor, tf.Tensor, tf.Tensor]]:
    """Yield mixed batches in an order that depends on nothing but seed and epoch."""
    random = np.random.default_rng((recipe.seed, epoch))
    order = random.permutation(len(view))
    poison = np.eye(2, dtype=np.float32)[targets.poison]
    species = np.eye(int(targets.species.max()) + 1, dtype=np.float32)[targets.species]
    for start in range(0, len(order), recipe.batch):
        chosen = order[start : start + recipe.batch]
        parts = [
            np.float32(view[np.sort(chosen)]),
            poison[np.sort(chosen)],
            species[np.sort(chosen)],
        ]
        if recipe.mixing > 0:
            share = np.float32(random.beta(recipe.mixing, recipe.mixing))
            partner = random.permutation(len(chosen))
            parts = [share * part + (1 - share) * part[partner] for part in parts]
        yield tuple(tf.constant(part) for part in parts)


def _blend(average: List[np.ndarray], weights: Sequence[np.ndarray], momentum: float) -> None:
    for kept, new in zip(average, weights):
        if np.issubdtype(kept.dtype, np.floating):
            kept *= momentum
            kept += (1.0 - momentum) * new
        else:
            kept[...] = new


def _val(
    model: keras.Model, average: Sequence[np.ndarray], val: Tuple[np.ndarray, Targets]
) -> Dict[str, float]:
    current = model.get_weights()
    model.set_weights(average)
    poison, species = logits(model, val[0])
    model.set_weights(current)
    named = species_figures(species, val[1].species)
    poison_p = 1.0 / (1.0 + np.exp(poison[:, 0] - poison[:, 1]))
    flags = val[1].poison.astype(bool)
    threshold = poison_p[flags].min()
    return {
        "val_top1": named.top1,
        "val_top5": named.top5,
        "val_species_loss": cross_entropy(species, val[1].species),
        "val_poison_loss": cross_entropy(poison, val[1].poison),
        "val_edible_passed": float((poison_p[~flags] < threshold).mean()),
    }
