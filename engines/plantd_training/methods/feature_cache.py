"""What a frozen trunk sees in each photograph, computed once and kept."""

import hashlib
import json
import logging
from pathlib import Path
from typing import Callable, Iterator, List, NamedTuple, Sequence

import keras
import numpy as np
import tensorflow as tf

from plantd.tensor import InputSpec
from plantd_calibration.data.photos import Photo
from plantd_calibration.data.whole_files import replacing
from plantd_training import trunks
from plantd_training.data.pictures import tensors

logger = logging.getLogger(__name__)

BATCH = 32

Infer = Callable[[tf.Tensor], tf.Tensor]


class View(NamedTuple):
    """One view of a photograph: the trunk, its input, whether mirrored, the trunk's weights."""

    trunk: str
    spec: InputSpec
    mirrored: bool = False
    weights: str = trunks.IMAGENET


class FeatureCache:
    """Feature vectors of lists of photographs, one .npy file a list and view."""

    def __init__(self, folder: Path) -> None:
        """Args: where the files lie; it is made when missing."""
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def features(self, photos: Sequence[Photo], view: View) -> np.ndarray:
        """Return (n, channels) float32: the trunk's feature maps averaged over the picture."""
        path = self._folder / (_key(photos, view) + ".npy")
        if not path.exists():
            logger.info("features of %d photographs by %s", len(photos), view.trunk)
            values = np.concatenate(list(_batches(photos, view, _pooled(view))))
            _save(path, values)
        return np.asarray(np.load(path))


def _pooled(view: View) -> Infer:
    trunk = trunks.build(view.trunk, view.spec.width_px, view.weights)
    pooled = keras.layers.GlobalAveragePooling2D()(trunk.output)
    model = keras.Model(trunk.input, pooled)
    infer: Infer = tf.function(lambda values: model(values, training=False), reduce_retracing=True)
    return infer


def _batches(photos: Sequence[Photo], view: View, infer: Infer) -> Iterator[np.ndarray]:
    for start in range(0, len(photos), BATCH):
        batch = tensors(photos[start : start + BATCH], view.spec, view.mirrored)
        yield infer(tf.constant(batch)).numpy()


def _key(photos: Sequence[Photo], view: View) -> str:
    files: List[List[object]] = [[str(p.path), p.path.stat().st_size] for p in photos]
    what = [view.trunk, view.weights, list(view.spec), view.mirrored, files]
    return hashlib.sha256(json.dumps(what).encode()).hexdigest()[:24]


def _save(path: Path, values: np.ndarray) -> None:
    with replacing(path) as unfinished:
        np.save(unfinished, values)
