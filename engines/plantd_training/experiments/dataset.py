"""Photographs as tf.data: decoded by `plantd.picture`, augmented, ended in `plantd.tensor`.

Everything an epoch draws at random depends on the seed and the epoch's number alone, so that a
training that was killed sees the same pictures when it goes on.
"""

from typing import List, NamedTuple, Optional, Sequence, Tuple

import keras
import numpy as np
import tensorflow as tf

from plantd.tensor import InputSpec, normalise
from plantd_calibration.data.photos import Photo
from plantd_training.data import augment, pictures
from plantd_training.data.augment import Strengths
from plantd_training.data.photos import POISON_LABELS, Labels, one_hot
from plantd_training.networks.network import POISON_OUTPUT, SPECIES_OUTPUT

# Augmentation works on a picture this much larger than the input, so that turning and zooming
# find pixels.
CANVAS = 1.15
READERS = 4


class Reading(NamedTuple):
    """How photographs are read.

    Attributes:
        outputs: the heads whose targets are wanted, in the network's order.
        balance: share of poisonous photographs in an epoch; None takes them as they come.
    """

    spec: InputSpec
    labels: Labels
    outputs: Tuple[str, ...]
    batch: int
    strengths: Strengths = ()
    balance: Optional[float] = None
    seed: int = 1


def training_epoch(photos: Sequence[Photo], reading: Reading, epoch: int) -> tf.data.Dataset:
    """Return one epoch of training: (n, side, side, 3) inputs and one-hot targets by head."""
    order = epoch_order([photo.poisonous for photo in photos], reading, epoch)
    large = round(reading.spec.width_px * CANVAS) if reading.strengths else reading.spec.width_px
    canvas = reading.spec._replace(width_px=large, height_px=large)
    coloured = _coloured(photos, order, reading, canvas)
    seed = reading.seed * 100003 + epoch
    stages = augment.layers(reading.strengths, seed)
    if reading.strengths:
        stages.append(keras.layers.Resizing(reading.spec.height_px, reading.spec.width_px))
    mixers = augment.mixers(reading.strengths, seed)

    def vary(colours: tf.Tensor, wanted: tf.Tensor) -> Tuple[tf.Tensor, tf.Tensor]:
        for stage in stages:
            colours = stage(colours, training=True)
        both = {"images": tf.clip_by_value(colours, 0.0, 255.0), "labels": wanted}
        for mixer in mixers:
            both = mixer(both, training=True)
        return both["images"], both["labels"]

    return _finished(coloured.map(vary), reading)


def plain(photos: Sequence[Photo], reading: Reading) -> tf.data.Dataset:
    """Return photographs in their order as the device sees them: for validation."""
    return _finished(_coloured(photos, np.arange(len(photos)), reading, reading.spec), reading)


def epoch_order(poisonous: Sequence[bool], reading: Reading, epoch: int) -> np.ndarray:
    """Return (n,) places of the photographs of one epoch, as many as there are.

    With a balance, poisonous ones come as often as it says: each as often as any other, within one.
    """
    random = np.random.default_rng((reading.seed, epoch))
    flags = np.asarray(poisonous, bool)
    if reading.balance is None or not flags.any() or flags.all():
        return np.asarray(random.permutation(len(flags)))
    wanted = round(reading.balance * len(flags))
    parts = [
        _drawn(np.flatnonzero(flags), wanted, random),
        _drawn(np.flatnonzero(~flags), len(flags) - wanted, random),
    ]
    return np.asarray(random.permutation(np.concatenate(parts)))


def _drawn(places: np.ndarray, count: int, random: np.random.Generator) -> np.ndarray:
    rounds: List[np.ndarray] = []
    while sum(len(one) for one in rounds) < count:
        rounds.append(random.permutation(places))
    return np.concatenate(rounds)[:count] if rounds else np.asarray([], np.int64)


def _coloured(
    photos: Sequence[Photo], order: np.ndarray, reading: Reading, canvas: InputSpec
) -> tf.data.Dataset:
    """Return batches of (n, side, side, 3) colours from 0 to 255 and (n, all labels) targets."""
    wanted = one_hot(photos, reading.labels)

    def read(place: np.ndarray) -> np.ndarray:
        return _colours(photos[int(place)], canvas)

    def load(place: tf.Tensor) -> Tuple[tf.Tensor, tf.Tensor]:
        colours = tf.numpy_function(read, [place], tf.float32, stateful=False)
        colours.set_shape((canvas.height_px, canvas.width_px, 3))
        return colours, tf.gather(wanted, place)

    places = tf.data.Dataset.from_tensor_slices(np.asarray(order, np.int64))
    return places.map(load, num_parallel_calls=READERS, deterministic=True).batch(reading.batch)


def _finished(coloured: tf.data.Dataset, reading: Reading) -> tf.data.Dataset:
    spec, split = reading.spec, len(POISON_LABELS)

    def values_of(colours: np.ndarray) -> np.ndarray:
        return normalise(colours, spec)

    def finish(colours: tf.Tensor, wanted: tf.Tensor) -> Tuple[tf.Tensor, Tuple[tf.Tensor, ...]]:
        values = tf.numpy_function(values_of, [colours], tf.float32, stateful=False)
        values.set_shape((None, spec.height_px, spec.width_px, 3))
        by_head = {POISON_OUTPUT: wanted[:, :split], SPECIES_OUTPUT: wanted[:, split:]}
        return values, tuple(by_head[name] for name in reading.outputs)

    return coloured.map(finish).prefetch(1)


def _colours(photo: Photo, canvas: InputSpec) -> np.ndarray:
    """Return (side, side, 3) float32 colours from 0 to 255 in the network's order."""
    return np.ascontiguousarray(pictures.colours([photo], canvas)[0], np.float32)
