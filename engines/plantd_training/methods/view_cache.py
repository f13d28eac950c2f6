"""Augmented views of training photographs, kept as a trunk's lower part sees them.

The lower part is frozen, so a view has to be seen by it only once. Each view is one file of half
precision, made from its own seed: a killed run goes on with the next missing view.
"""

import logging
from pathlib import Path
from typing import NamedTuple, Sequence

import keras
import numpy as np
import tensorflow as tf

from plantd.tensor import InputSpec, normalise
from plantd_calibration.data.photos import Photo
from plantd_calibration.data.whole_files import replacing
from plantd_training.data import augment, pictures
from plantd_training.data.augment import Strengths
from plantd_training.methods.feature_cache import Infer

logger = logging.getLogger(__name__)

BATCH = 32
# Augmentation turns and shifts a picture this much larger than the input.
CANVAS = 1.2


class ViewSet(NamedTuple):
    """Which views: of which photographs, for which input, varied how, kept where."""

    photos: Sequence[Photo]
    spec: InputSpec
    strengths: Strengths
    seed: int
    folder: Path


def view(views: ViewSet, lower: keras.Model, index: int) -> np.ndarray:
    """Return view `index`: (n, *lower's output) float16, mapped from its file, made if missing."""
    path = views.folder / "view_{:03d}.npy".format(index)
    if not path.exists():
        logger.info("view %d of %d photographs", index, len(views.photos))
        _make(views, lower, index, path)
    return _kept(path)


def plain(photos: Sequence[Photo], spec: InputSpec, lower: keras.Model, path: Path) -> np.ndarray:
    """Return what the lower part makes of photographs as the device sees them, kept at `path`."""
    if not path.exists():
        logger.info("%d photographs as the device sees them", len(photos))
        infer = _inference(lower)
        batches = [
            infer(tf.constant(_tensors(photos[start : start + BATCH], spec))).numpy()
            for start in range(0, len(photos), BATCH)
        ]
        _save(path, np.concatenate(batches))
    return _kept(path)


def _make(views: ViewSet, lower: keras.Model, index: int, path: Path) -> None:
    infer = _inference(lower)
    stages = augment.layers(views.strengths, views.seed + index)
    side = views.spec.width_px
    stages.append(keras.layers.Resizing(side, side))
    large = round(side * CANVAS)
    canvas = views.spec._replace(width_px=large, height_px=large)
    batches = []
    for start in range(0, len(views.photos), BATCH):
        shown = pictures.colours(views.photos[start : start + BATCH], canvas)
        colours = tf.constant(shown, tf.float32)
        for stage in stages:
            colours = stage(colours, training=True)
        values = normalise(np.clip(np.asarray(colours), 0.0, 255.0), views.spec)
        batches.append(infer(tf.constant(values)).numpy())
    _save(path, np.concatenate(batches))


def _inference(lower: keras.Model) -> Infer:
    infer: Infer = tf.function(lambda values: lower(values, training=False), reduce_retracing=True)
    return infer


def _kept(path: Path) -> np.ndarray:
    maps: np.ndarray = np.load(path, mmap_mode="r")
    return maps


def _tensors(photos: Sequence[Photo], spec: InputSpec) -> np.ndarray:
    return normalise(pictures.colours(photos, spec), spec)


def _save(path: Path, values: np.ndarray) -> None:
    with replacing(path) as unfinished:
        np.save(unfinished, values.astype(np.float16))
