"""What the stored model gives for each photograph, computed once and kept.

Pictures are decoded by `plantd.picture`, brought to size by `plantd.tensor`, and run through the
bundle's own graph: nothing here sees them in another way than the device does. A long list is
looked at in `shards`, which the machines of a cluster share.
"""

import hashlib
import json
import logging
from pathlib import Path
from typing import Any, Callable, List, NamedTuple, Optional, Sequence

import numpy as np
import onnx

from plantd import picture, quality
from plantd.bundle import Bundle, load, sha256_of_file
from plantd.tensor import to_tensor
from plantd_calibration.cluster.joining import Cluster
from plantd_calibration.cluster.tasks import Task
from plantd_calibration.data.penultimate import FEATURES, shared_features, with_features
from plantd_calibration.data.photos import Photo, digests
from plantd_calibration.data.shards import arrays_of, cut, join, keep, missing
from plantd_import.onnx_graph.agreement import session_of

logger = logging.getLogger(__name__)

SHARD = 1000


class ModelOutputs(NamedTuple):
    """n photographs through the model.

    Attributes:
        poison: (n, labels) float32, the poison head's raw output.
        species: (n, labels) float32.
        features: (n, channels) float32: what both heads look at; (n, 0) where they share nothing.
        quality: (n, fields of plantd.quality.Quality) float64.
    """

    poison: np.ndarray
    species: np.ndarray
    features: np.ndarray
    quality: np.ndarray

    def take(self, chosen: np.ndarray) -> "ModelOutputs":
        """Return the photographs at these places."""
        return ModelOutputs(*(values[chosen] for values in self))


class Change(NamedTuple):
    """Something done to (height, width, 3) uint8 BGR pixels before anything looks at them."""

    name: str
    of: Callable[[np.ndarray], np.ndarray]


AS_IS = Change("as they are", lambda pixels: pixels)
MIRRORED = Change("mirrored", lambda pixels: pixels[:, ::-1])


class CachedInference:
    """A bundle's graph with the features as one more output; keeps what it computed in files."""

    def __init__(self, bundle: Bundle, folder: Path, cluster: Optional[Cluster] = None) -> None:
        """Args: where the files lie; it is made when missing; who shares long lists."""
        self._bundle = bundle
        self._folder = folder
        self._cluster = cluster
        self._model_hash = sha256_of_file(bundle.model_path)
        self._session: Any = None
        folder.mkdir(parents=True, exist_ok=True)

    def observe(self, photos: Sequence[Photo], change: Change = AS_IS) -> ModelOutputs:
        """Return what the model gives for photographs, in their order, each one changed first."""
        marks = digests(photos)
        path = self._path(marks, change)
        if not path.exists():
            logger.info("looking at %d photographs, %s", len(photos), change.name)
            if len(photos) > SHARD:
                self._put_together(path, photos, marks, change)
            else:
                keep(path, self._computed(photos, change)._asdict())
        return ModelOutputs(**arrays_of(path))

    def _put_together(
        self, path: Path, photos: Sequence[Photo], marks: Sequence[str], change: Change
    ) -> None:
        """Write the file of a long list from those of its shards."""
        parts = cut(len(photos), SHARD, lambda part: self._path(marks[part], change))
        to_see = [shard.part for shard in missing(parts)]
        if self._cluster is None:
            for part in to_see:
                self.observe(photos[part], change)
        else:
            told = "{} photographs from the {}th on, {}"
            self._cluster.run(
                [
                    Task(
                        told.format(len(photos[part]), part.start + 1, change.name),
                        observe_shard,
                        (self._bundle.path, self._folder.absolute(), _there(photos[part]), change),
                    )
                    for part in to_see
                ]
            )
        join(path, [shard.path for shard in parts])

    def measured(self, photos: Sequence[Photo]) -> np.ndarray:
        """Return (n, fields of Quality) float64 of photographs; the network does not see them."""
        return np.stack([_measured(picture.read(str(photo.path))) for photo in photos])

    def _computed(self, photos: Sequence[Photo], change: Change) -> ModelOutputs:
        rows = [self._row(photo, change) for photo in photos]
        return ModelOutputs(*(np.stack(column) for column in zip(*rows)))

    def _row(self, photo: Photo, change: Change) -> List[np.ndarray]:
        pixels = np.ascontiguousarray(change.of(picture.read(str(photo.path))))
        return [*self._infer(pixels), _measured(pixels)]

    def _infer(self, pixels: np.ndarray) -> List[np.ndarray]:
        spec = self._bundle.manifest.input
        if self._session is None:
            self._session = session_of(self._graph().SerializeToString())
        # Shared by both heads, or nothing: then there are two outputs.
        values = self._session.run(None, {spec.name: to_tensor(pixels, spec)})
        named = dict(zip([output.name for output in self._session.get_outputs()], values))
        names = (self._bundle.manifest.poison.output, self._bundle.manifest.species.output)
        wanted = [named[name] for name in names] + [named.get(FEATURES, np.empty(0))]
        return [np.asarray(value, np.float32).reshape(-1) for value in wanted]

    def _graph(self) -> onnx.ModelProto:
        manifest, model = self._bundle.manifest, onnx.load(self._bundle.model_path)
        features = shared_features(model, (manifest.poison.output, manifest.species.output))
        return with_features(model, features) if features else model

    def _path(self, marks: Sequence[str], change: Change) -> Path:
        # What another version measured is measured again.
        measures = sha256_of_file(quality.__file__)
        what = [self._model_hash, list(self._bundle.manifest.input), measures, change.name]
        told = json.dumps([what, list(marks)])
        return self._folder / (hashlib.sha256(told.encode()).hexdigest()[:24] + ".npz")


def observe_shard(path: str, folder: Path, photos: Sequence[Photo], change: Change) -> None:
    """Look at photographs with the bundle at `path`, on the machine that this is."""
    CachedInference(load(path), folder).observe(photos, change)


def _there(photos: Sequence[Photo]) -> List[Photo]:
    return [photo._replace(path=photo.path.absolute()) for photo in photos]


def _measured(pixels: np.ndarray) -> np.ndarray:
    return np.asarray(picture.quality_of(pixels), np.float64)
