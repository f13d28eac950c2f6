"""Trains what a configuration describes, epoch by epoch, so that a kill costs one epoch at most.

OUT/config.yaml            what was asked for
OUT/labels.yaml            the labels in the order of the outputs, and the network's input
OUT/NETWORK/               joint, or poison and species
    history.csv            a row of figures an epoch
    tensorboard/           the same for TensorBoard
    state.npz              what the next epoch needs
    best.weights.h5        the epoch with the lowest val loss
    model.keras            that network, when the training has ended
"""

import logging
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple

import keras
import tensorflow as tf

from plantd.tensor import InputSpec
from plantd_calibration.data.photos import Photo, in_split
from plantd_training import trunks
from plantd_training.data.photos import POISON_LABELS, Labels
from plantd_training.experiments import dataset, factory, runs
from plantd_training.experiments.config import FitConfig, tree_from_config
from plantd_training.experiments.dataset import Reading
from plantd_training.networks.network import POISON_OUTPUT, SPECIES_OUTPUT
from plantd_training.runtime import checkpoint, event_files
from plantd_training.runtime.interrupts import HeldInterrupts

logger = logging.getLogger(__name__)

BEST = "best.weights.h5"
STEP_EVERY = 3
STEP_FACTOR = 0.1


class FitJob(NamedTuple):
    """One training: what, on what, where to, on which devices.

    Attributes:
        strategy: TensorFlow's distribution strategy; None trains on one device.
        live: draw a progress bar.
    """

    config: FitConfig
    photos: Sequence[Photo]
    labels: Labels
    folder: Path
    strategy: Optional[tf.distribute.Strategy] = None
    live: bool = False


def fit(job: FitJob) -> Dict[str, List[checkpoint.Row]]:
    """Train every network of the configuration; return each one's history by name."""
    runs.describe(job.folder, tree_from_config(job.config), _spec(job.config), job.labels)
    histories = {}
    for name in network_names(job.config):
        keras.utils.set_random_seed(job.config.seed)
        histories[name] = _train(job, name)
    return histories


def network_names(config: FitConfig) -> Tuple[str, ...]:
    """Return the networks a configuration trains: one with both heads, or one a head."""
    return ("joint",) if config.joint else (POISON_OUTPUT, SPECIES_OUTPUT)


def _train(job: FitJob, name: str) -> List[checkpoint.Row]:
    folder = job.folder / name
    folder.mkdir(parents=True, exist_ok=True)
    train = in_split(job.photos, "train")
    model = _compile(job, name, -(-len(train) // job.config.batch))
    reading = _reading(job, name)
    val = dataset.plain(in_split(job.photos, "val"), reading._replace(strengths=()))
    state = {"model": model.variables, "optimizer": model.optimizer.variables}
    history = checkpoint.resume(folder, state).history
    if history:
        logger.info("%s: goes on after epoch %d", name, len(history))
    while len(history) < job.config.epochs and not _stalled(history, job.config.patience):
        drawn = dataset.training_epoch(train, reading, len(history))
        with HeldInterrupts() as held:
            history.append(_epoch(model, drawn, val, job, len(history), held))
            _note(folder, history, model)
            checkpoint.keep(folder, state, history)
    model.load_weights(folder / BEST)
    model.save(folder / runs.MODEL)
    return history


def _compile(job: FitJob, name: str, steps: int) -> keras.Model:
    with (job.strategy or tf.distribute.get_strategy()).scope():
        sizes = {POISON_OUTPUT: len(POISON_LABELS), SPECIES_OUTPUT: len(job.labels.species)}
        wanted = sizes if name == "joint" else {name: sizes[name]}
        model = factory.network(job.config, wanted)
        optimizer = keras.optimizers.Adam(_schedule(job.config, steps))
        optimizer.build(model.trainable_variables)
        model.compile(
            optimizer,
            loss=[_loss(job.config, head) for head in wanted],
            loss_weights=[_share(job.config, head, name) for head in wanted],
            metrics=[_metrics(head) for head in wanted],
            # XLA takes longer to compile these networks on a processor than it ever saves.
            jit_compile=False,
        )
    return model


def _schedule(config: FitConfig, steps: int) -> Any:
    if config.schedule == "cosine":
        return keras.optimizers.schedules.CosineDecay(config.rate, steps * config.epochs)
    if config.schedule == "step":
        every = steps * max(1, config.epochs // STEP_EVERY)
        return keras.optimizers.schedules.ExponentialDecay(
            config.rate, every, STEP_FACTOR, staircase=True
        )
    return config.rate


def _loss(config: FitConfig, head: str) -> keras.losses.Loss:
    smoothing = config.smoothing if head == SPECIES_OUTPUT else 0.0
    return keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=smoothing)


def _share(config: FitConfig, head: str, name: str) -> float:
    return config.poison_share if head == POISON_OUTPUT and name == "joint" else 1.0


def _metrics(head: str) -> List[keras.metrics.Metric]:
    if head == SPECIES_OUTPUT:
        return [
            keras.metrics.CategoricalAccuracy(name="top1"),
            keras.metrics.TopKCategoricalAccuracy(5, name="top5"),
        ]
    place = POISON_LABELS.index("poisonous")
    return [
        keras.metrics.CategoricalAccuracy(name="accuracy"),
        keras.metrics.Precision(top_k=1, class_id=place, name="precision"),
        keras.metrics.Recall(top_k=1, class_id=place, name="recall"),
    ]


def _spec(config: FitConfig) -> InputSpec:
    return trunks.input_spec(config.trunk, config.side_px, config.rule, config.interpolation)


def _reading(job: FitJob, name: str) -> Reading:
    config = job.config
    return Reading(
        spec=_spec(config),
        labels=job.labels,
        outputs=(POISON_OUTPUT, SPECIES_OUTPUT) if name == "joint" else (name,),
        batch=config.batch,
        strengths=config.augment,
        balance=config.balance,
        seed=config.seed,
    )


def _epoch(
    model: keras.Model,
    train: tf.data.Dataset,
    val: tf.data.Dataset,
    job: FitJob,
    epoch: int,
    held: HeldInterrupts,
) -> checkpoint.Row:
    logs = model.fit(
        train,
        validation_data=val,
        initial_epoch=epoch,
        epochs=epoch + 1,
        shuffle=False,
        verbose=1 if job.live else 0,
        callbacks=[held],
    ).history
    figures = {name: float(values[-1]) for name, values in logs.items()}
    logger.info(
        "epoch %d: %s", epoch + 1, ", ".join("{} {:.4f}".format(*one) for one in figures.items())
    )
    return {"epoch": epoch, **figures}


def _note(folder: Path, history: Sequence[checkpoint.Row], model: keras.Model) -> None:
    """Keep the weights of the best epoch, and tell TensorBoard."""
    losses = [row["val_loss"] for row in history]
    if losses[-1] <= min(losses):
        model.save_weights(folder / BEST)
    event_files.write(folder / "tensorboard", len(history) - 1, history[-1])


def _stalled(history: Sequence[checkpoint.Row], patience: Optional[int]) -> bool:
    losses = [row["val_loss"] for row in history]
    return patience is not None and len(losses) - 1 - _best(losses) >= patience


def _best(losses: Sequence[float]) -> int:
    return losses.index(min(losses)) if losses else -1
