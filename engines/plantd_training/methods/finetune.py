"""Trains a whole network with both heads, on whichever backend Keras runs on.

How this works: the photographs are kept as pixels in a file, a little larger than the input, and
read batch by batch: memory does not grow with them. One Keras model
takes a batch of them with its labels and ends in each picture's loss: inside it the pictures are
varied, brought to size, mixed (labels too), normalised and put through the network. So all that
costs time runs where the backend computes, on a GPU where there is one; nothing here names a
backend. After each epoch everything that the next one needs is written to one file.
"""

import logging
from pathlib import Path
from typing import Any, List, NamedTuple, Optional, Sequence, Tuple

import keras
import numpy as np
from keras import ops

from plantd.tensor import InputSpec, normalise
from plantd_training import trunks
from plantd_training.data import augment
from plantd_training.data.augment import Strengths
from plantd_training.data.photos import POISON_LABELS
from plantd_training.methods.examples import Batches, Examples
from plantd_training.methods.recipe import Finetune
from plantd_training.networks import heads
from plantd_training.networks.network import POISON_OUTPUT, SPECIES_OUTPUT, start_from_probe
from plantd_training.networks.probe import Probe
from plantd_training.runtime import checkpoint
from plantd_training.runtime.checkpoint import Row
from plantd_training.runtime.interrupts import HeldInterrupts
from plantd_training.runtime.team import ALONE, Team
from plantd_training.trunks import IMAGENET

logger = logging.getLogger(__name__)

PREDICT_BATCH = 64
# So many pictures are in memory at once; whole batches, so that it does not matter how many.
READ = 4 * PREDICT_BATCH
# An epoch has few batches: ImageNet's statistics are left within one.
BATCH_NORM_MOMENTUM = 0.97


class TrainableNetwork(NamedTuple):
    """A network, the model that trains it, and both as they were before the first step."""

    network: keras.Model
    trainer: keras.Model
    start: List[np.ndarray]


class JointLoss(NamedTuple):
    """The weight of each poison label, the species' smoothing, the share of the poison head."""

    balance: Sequence[float]
    smoothing: float
    share: float


def trainable_network(
    trunk: str,
    spec: InputSpec,
    strengths: Strengths,
    plan: Finetune,
    examples: Examples,
    weights: str = IMAGENET,
) -> TrainableNetwork:
    """Return a network on an untrained trunk and the model that trains it on such examples.

    The network computes by Keras's dtype policy; places and colours are always varied in float32.
    """
    keras.utils.set_random_seed(plan.seed)
    net = network(trunk, examples.labels.shape[1] - len(POISON_LABELS), plan, weights)
    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float32")
    trainer = _trainer(net, spec, strengths, plan, examples)
    keras.config.set_dtype_policy(policy)
    return TrainableNetwork(net, trainer, [np.array(one) for one in trainer.variables])


def network(
    trunk: str,
    species: int,
    plan: Finetune,
    weights: str = IMAGENET,
    side_px: Optional[int] = None,
) -> keras.Model:
    """Return (n, side, side, 3) -> [poison logits, species logits].

    Args:
        side_px: None takes pictures of any size.
    """
    body = trunks.build(trunk, side_px, weights)
    frozen = trunks.names_below(trunk, plan.frozen_stride) if plan.frozen_stride else set()
    for layer in body.layers:
        layer.trainable = layer.name not in frozen
        if isinstance(layer, keras.layers.DepthwiseConv2D):
            layer.trainable = plan.depthwise and layer.trainable
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.trainable = plan.batch_norm and layer.trainable
            layer.momentum = BATCH_NORM_MOMENTUM
    sizes = ((POISON_OUTPUT, len(POISON_LABELS)), (SPECIES_OUTPUT, species))
    shape = heads.HeadShape(dropout=plan.dropout)
    outputs = [heads.logits(body.output, shape, size, name, plan.seed) for name, size in sizes]
    return keras.Model(body.input, outputs, name="plantd")


def features(learner: TrainableNetwork, spec: InputSpec, examples: Examples) -> np.ndarray:
    """Return (n, channels) float32: what the trunk sees before the first step, averaged."""
    _set_state(learner, learner.start)
    average = learner.network.get_layer(POISON_OUTPUT + "_average").output
    trunk = keras.Model(learner.network.input, average)
    rows = [
        _predicted(trunk, normalise(examples.chosen(places).read(), spec))
        for places in in_parts(len(examples.labels), READ)
    ]
    return np.concatenate(rows)


def train(
    learner: TrainableNetwork,
    examples: Examples,
    plan: Finetune,
    folder: Path,
    first: Probe,
    team: Team = ALONE,
) -> List[Row]:
    """Train to the last epoch, from where `folder` stands; return the history.

    The order of an epoch depends on nothing but the seed and the epoch; what is left over of the
    last batch waits for another epoch. At the end the network has the mean of the weights that the
    averaged epochs ended with.

    Args:
        first: the heads to begin with, so that the first steps do not spoil the trunk.
        team: who trains; all its processes come here, with a learner built in `team.training`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    steps = len(examples.labels) // plan.batch
    _begin(learner, plan, steps)
    if not checkpoint.begun(folder):
        start_from_probe(learner.network, first)
    mean = [np.zeros_like(weight) for weight in learner.network.get_weights()]
    groups = {"learner": _state(learner.trainer), "mean": mean}
    history = checkpoint.resume(folder, groups).history
    team.check_alike(len(history), "epochs of {} that are finished".format(folder.name))
    if history:
        logger.info("%s: goes on after epoch %d", folder.name, len(history))
    epochs = plan.epochs + plan.averaged
    for epoch in range(len(history), epochs):
        order = np.random.default_rng((plan.seed, epoch)).permutation(len(examples.labels))
        with HeldInterrupts() as held:
            drawn = examples.chosen(order[: steps * plan.batch])
            loss = _epoch(learner, Batches(drawn, plan.batch, team.rows(plan.batch)), held)
            _take_in(mean, learner.network.get_weights(), epoch - plan.epochs)
            history.append({"epoch": epoch, "loss": loss})
            logger.info("%s: epoch %d of %d, loss %.4f", folder.name, epoch + 1, epochs, loss)
            if team.is_first:
                checkpoint.keep(folder, groups, history)
    if plan.averaged:
        learner.network.set_weights(mean)
    return history


def _begin(learner: TrainableNetwork, plan: Finetune, steps: int) -> None:
    """Go back to before the first step; the rate follows the steps that an epoch of these has."""
    _set_state(learner, learner.start)
    optimizer = _optimizer(plan, steps)
    learner.trainer.compile(optimizer=optimizer, loss=_as_it_is)
    optimizer.build(learner.trainer.trainable_variables)


def _epoch(learner: TrainableNetwork, drawn: Batches, held: HeldInterrupts) -> float:
    """Train on these in their order; return the mean loss."""
    told = learner.trainer.fit(drawn, shuffle=False, verbose=0, callbacks=[held])
    return float(told.history["loss"][0])


def _take_in(mean: Sequence[np.ndarray], weights: Sequence[np.ndarray], before: int) -> None:
    """Take weights into the mean of those `before` them; below none they are not averaged yet."""
    for averaged, weight in zip(mean, weights) if before >= 0 else ():
        averaged += (weight - averaged) / (before + 1)


def in_parts(count: int, size: int) -> List[np.ndarray]:
    """Return the places 0 to `count` in parts of `size`, in their order."""
    return [np.arange(start, min(start + size, count)) for start in range(0, count, size)]


def logits(network: keras.Model, values: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
    """Return (n, 2) poison and (n, species) float32 logits for (n, side, side, 3) inputs."""
    poison, species = _predicted(network, values)
    return poison, species


def _predicted(network: keras.Model, values: np.ndarray) -> Any:
    """In whole batches: a backend that compiles would compile again for the last one."""
    missing = -len(values) % PREDICT_BATCH
    padded = np.concatenate([values, np.repeat(values[:1], missing, axis=0)])
    told = network.predict(padded, batch_size=PREDICT_BATCH, verbose=0)
    return keras.tree.map_structure(lambda one: one[: len(values)].astype(np.float32), told)


def normalisation(spec: InputSpec) -> keras.layers.Layer:
    """Return `plantd.tensor.normalise` as a layer of Keras."""
    scale = [spec.scale / std for std in spec.std]
    offset = [-mean / std for mean, std in zip(spec.mean, spec.std)]
    return keras.layers.Rescaling(scale, offset, name="normalise")


def _trainer(
    net: keras.Model, spec: InputSpec, strengths: Strengths, plan: Finetune, examples: Examples
) -> keras.Model:
    """Return [pixels, labels] -> (n,) losses: varied, mixed, normalised and answered inside."""
    pixels = keras.Input(examples.pixels.shape[1:], name="pixels", dtype="uint8")
    labels = keras.Input(examples.labels.shape[1:], name="labels")
    varied: keras.KerasTensor = ops.cast(pixels, "float32")
    for layer in augment.layers(strengths, plan.seed):
        varied = layer(varied)
    varied = keras.layers.Resizing(spec.height_px, spec.width_px)(varied)
    both = {"images": ops.clip(varied, 0.0, 255.0), "labels": labels}
    for mixer in augment.mixers(strengths, plan.seed):
        both = mixer(both)
    poison, species = net(normalisation(spec)(both["images"]))
    joint = JointLoss(_balance(examples), plan.smoothing, plan.poison_share)
    loss = _losses(both["labels"], poison, species, joint)
    return keras.Model([pixels, labels], loss, name="trainer")


def _losses(labels: Any, poison_logits: Any, species_logits: Any, joint: JointLoss) -> Any:
    """Return (n,) losses of both heads for (n, 2 + species) labels."""
    poison, species = ops.split(labels, [len(POISON_LABELS)], axis=1)
    smooth = species * (1.0 - joint.smoothing) + joint.smoothing / species.shape[1]
    named = -ops.sum(smooth * ops.log_softmax(species_logits), axis=1)
    weighed = poison * np.asarray(joint.balance, np.float32)
    return named - joint.share * ops.sum(weighed * ops.log_softmax(poison_logits), axis=1)


def _balance(examples: Examples) -> List[float]:
    counts = examples.labels[:, : len(POISON_LABELS)].sum(axis=0)
    return [float(counts.sum() / (2.0 * max(count, 1.0))) for count in counts]


class Rate(keras.optimizers.schedules.LearningRateSchedule):  # type: ignore[misc]  # no types
    """A warm-up and a cosine to almost nothing; then a warm-up again, and the largest rate."""

    def __init__(self, plan: Finetune, steps: int) -> None:
        self._warmup, self._turn, self._rate = steps * plan.warmup, steps * plan.epochs, plan.rate
        self._cosine = keras.optimizers.schedules.CosineDecay(
            0.0,
            decay_steps=self._turn - self._warmup,
            warmup_target=plan.rate,
            warmup_steps=self._warmup,
            alpha=0.001,
        )

    def __call__(self, step: Any) -> Any:
        """Return the rate of a step, both as Keras passes them."""
        after = (ops.cast(step, "float32") - self._turn + 1.0) / max(self._warmup, 1)
        return ops.where(after > 0.0, self._rate * ops.minimum(after, 1.0), self._cosine(step))


def _optimizer(plan: Finetune, steps: int) -> keras.optimizers.Optimizer:
    optimizer = keras.optimizers.AdamW(Rate(plan, steps), weight_decay=plan.decay, clipnorm=5.0)
    optimizer.exclude_from_weight_decay(var_names=["gamma", "beta", "bias"])
    return optimizer


def _as_it_is(_: Any, loss: Any) -> Any:
    return ops.mean(loss)


def _state(trainer: keras.Model) -> List[Any]:
    """Weights, the optimizer's memory, and where the random generators stand."""
    return [*trainer.variables, *trainer.optimizer.variables]


def _set_state(learner: TrainableNetwork, values: Sequence[np.ndarray]) -> None:
    for variable, value in zip(learner.trainer.variables, values):
        variable.assign(value)
