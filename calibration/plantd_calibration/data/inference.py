"""What the stored model gives for each photograph, computed once and kept.

Pictures are decoded by `plantd.picture`, brought to size by `plantd.tensor`, and run through the
bundle's own graph: nothing here sees them in another way than the device does.
"""

import hashlib
import json
import logging
import os
import tempfile
from pathlib import Path
from typing import Any, Callable, List, NamedTuple, Sequence

import numpy as np
import onnx

from plantd import picture, quality
from plantd.bundle import Bundle, sha256_of_file
from plantd.tensor import to_tensor
from plantd_calibration.data.penultimate import FEATURES, shared_features, with_features
from plantd_calibration.data.photos import Photo, digests
from plantd_import.onnx_graph.agreement import session_of

logger = logging.getLogger(__name__)


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

    def __init__(self, bundle: Bundle, folder: Path) -> None:
        """Args: where the files lie; it is made when missing."""
        self._bundle = bundle
        self._folder = folder
        self._model_hash = sha256_of_file(bundle.model_path)
        self._session: Any = None
        folder.mkdir(parents=True, exist_ok=True)

    def observe(self, photos: Sequence[Photo], change: Change = AS_IS) -> ModelOutputs:
        """Return what the model gives for photographs, in their order, each one changed first."""
        path = self._folder / (self._key(photos, change) + ".npz")
        if not path.exists():
            logger.info("looking at %d photographs, %s", len(photos), change.name)
            _save(path, self._computed(photos, change))
        with np.load(path) as arrays:
            return ModelOutputs(*(arrays[name] for name in ModelOutputs._fields))

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

    def _key(self, photos: Sequence[Photo], change: Change) -> str:
        # What another version measured is measured again.
        measures = sha256_of_file(quality.__file__)
        what = [self._model_hash, list(self._bundle.manifest.input), measures, change.name]
        return hashlib.sha256(json.dumps([what, digests(photos)]).encode()).hexdigest()[:24]


def _measured(pixels: np.ndarray) -> np.ndarray:
    return np.asarray(picture.quality_of(pixels), np.float64)


def _save(path: Path, observed: ModelOutputs) -> None:
    """A file of another name first: a run that is killed leaves no half file behind."""
    number, unfinished = tempfile.mkstemp(dir=str(path.parent), suffix=".part")
    with os.fdopen(number, "wb") as target:
        np.savez(target, **observed._asdict())
    os.replace(unfinished, path)
