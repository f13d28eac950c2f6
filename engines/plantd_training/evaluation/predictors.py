"""Where readings come from: a training's TensorFlow networks, a bundle's ONNX, a running engine."""

import logging
from abc import abstractmethod
from pathlib import Path
from typing import Any, List, Mapping, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from plantd import bundle, heads, picture, quality, verdict
from plantd.api.client import Client
from plantd.engine.onnxrt import OnnxRuntimeEngine
from plantd.errors import EngineError
from plantd.heads import Candidate, HeadOutputs, Prediction
from plantd.system.lifetime import Openable
from plantd.tensor import to_tensor
from plantd_calibration.data.photos import Photo
from plantd_training.data.pictures import pixels_of
from plantd_training.evaluation.outputs import head_specs
from plantd_training.experiments import runs
from plantd_training.networks.network import POISON_OUTPUT, SPECIES_OUTPUT

logger = logging.getLogger(__name__)

THREADS = 2


class Answer(NamedTuple):
    """What was read of one photograph, and the verdict where there is one."""

    prediction: Prediction
    verdict: str = ""


class Predictor(Openable):
    """Reads photographs one by one; it may own an engine, so it is opened and closed."""

    def __init__(self, name: str) -> None:
        """Args: how reports call it."""
        self.name = name

    @property
    @abstractmethod
    def species(self) -> Tuple[str, ...]:
        """The labels it knows; empty where it does not tell."""

    @abstractmethod
    def answer(self, photo: Photo) -> Answer:
        """Return what it makes of one photograph; its file is read and decoded anew."""

    def open(self) -> None:
        """Take what it reads with."""
        logger.debug("%s: open", self.name)

    def close(self) -> None:
        """Give it back; may be called twice."""
        logger.debug("%s: closed", self.name)


class TensorFlowPredictor(Predictor):
    """The networks of a training, in TensorFlow."""

    def __init__(self, folder: Path) -> None:
        """Args: the training's folder."""
        super().__init__("TensorFlow " + folder.name)
        self._run = runs.read_run(folder)
        self._specs = head_specs(self._run.labels)

    @property
    def species(self) -> Tuple[str, ...]:
        """See Predictor."""
        return self._run.labels.species

    def answer(self, photo: Photo) -> Answer:
        """See Predictor."""
        values = to_tensor(pixels_of(photo), self._run.spec)
        outputs = HeadOutputs(
            runs.logits(self._run.heads.poison, values)[0],
            runs.logits(self._run.heads.species, values)[0],
        )
        specs = self._specs
        return Answer(heads.predict(outputs, specs[POISON_OUTPUT], specs[SPECIES_OUTPUT]))


class OnnxPredictor(Predictor):
    """A bundle, as the device's onnxruntime backend runs it."""

    def __init__(self, path: Path) -> None:
        """Args: the bundle's folder."""
        super().__init__("ONNX " + path.name)
        self._bundle = bundle.load(str(path))
        self._engine = OnnxRuntimeEngine(self._bundle, THREADS)

    @property
    def species(self) -> Tuple[str, ...]:
        """See Predictor."""
        return self._bundle.manifest.species.labels

    def answer(self, photo: Photo) -> Answer:
        """See Predictor.

        In the reading the species head's own flags count, as in the training data; the verdict is
        the device's, with what species.yaml adds.
        """
        manifest, pixels = self._bundle.manifest, pixels_of(photo)
        outputs = self._engine.infer(to_tensor(pixels, manifest.input))
        decided = verdict.decide(
            heads.predict(outputs, manifest.poison, self._bundle.species_head),
            quality_of(pixels),
            manifest.thresholds,
        )
        return Answer(heads.predict(outputs, manifest.poison, manifest.species), decided.answer)

    def open(self) -> None:
        """See Predictor."""
        self._engine.open()

    def close(self) -> None:
        """See Predictor."""
        self._engine.close()


class ServicePredictor(Predictor):
    """A running plantd, asked over its socket: it sees the file's own bytes."""

    def __init__(self, socket_path: str, timeout_s: float = 30.0) -> None:
        """Args: the service's socket; how long one answer may take."""
        super().__init__("service at " + socket_path)
        self._client = Client(socket_path, timeout_s)

    @property
    def species(self) -> Tuple[str, ...]:
        """See Predictor. Its answers name the five likeliest only."""
        return ()

    def answer(self, photo: Photo) -> Answer:
        """See Predictor; raise EngineError when the service could not look at it."""
        told = self._client.post_bytes("/v1/classify", photo.path.read_bytes())
        return answer_from_json(told, photo.path)


def quality_of(pixels: np.ndarray) -> quality.Quality:
    """Return the quality of (height, width, 3) uint8 BGR pixels, as the device measures it."""
    height_px, width_px = pixels.shape[:2]
    return quality.measure(picture.thumbnail_grey(pixels), width_px, height_px)


def answer_from_json(told: Mapping[str, Any], path: Path) -> Answer:
    """Return what a verdict's JSON says of the picture at `path`.

    Raises EngineError when no engine could look at it.
    """
    if told["poison"]["p"] is None:
        raise EngineError("the service could not look at {}: {}".format(path, told["rule"]))
    return Answer(prediction_from_json(told), str(told["verdict"]))


def prediction_from_json(told: Mapping[str, Any]) -> Prediction:
    """Return the reading of a verdict's JSON; only the five likeliest species are in it."""
    species = tuple(
        Candidate(str(one["label"]), float(one["p"]), bool(one["poisonous"]))
        for one in [*told["species"], *told["nearest"]]
    )
    return Prediction(
        poison_p=float(told["poison"]["p"]),
        species=species,
        poisonous_mass=_number(told["poisonous_mass"]),
        energy=_number(told["energy"]),
        standout=_number(told["standout"]),
        no_plant_p=_number(told["no_plant"]),
        another_plant_p=_number(told["another_plant"]),
        no_plant_least_p=_number(told["no_plant_least"]),
    )


def answers(predictor: Predictor, photos: Sequence[Photo]) -> List[Answer]:
    """Return one answer a photograph, in their order."""
    return [predictor.answer(photo) for photo in photos]


def _number(value: Optional[float]) -> float:
    return float("nan") if value is None else float(value)
