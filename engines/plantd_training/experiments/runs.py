"""The folder of a training: what was asked for, the labels in the outputs' order, the networks."""

from pathlib import Path
from typing import Any, Dict, NamedTuple, Tuple

import keras
import numpy as np
import yaml

from plantd.errors import GraphError, NotFoundError
from plantd.tensor import InputSpec
from plantd_calibration.data.yaml_file import read_tree
from plantd_training.data.photos import Labels
from plantd_training.networks.freeze import Heads, heads_of, metadata_tree
from plantd_training.networks.network import POISON_OUTPUT, SPECIES_OUTPUT

CONFIG = "config.yaml"
LABELS = "labels.yaml"
MODEL = "model.keras"
JOINT = "joint"


class Run(NamedTuple):
    """A finished training."""

    folder: Path
    spec: InputSpec
    labels: Labels
    heads: Heads


def describe(folder: Path, tree: Dict[str, Any], spec: InputSpec, labels: Labels) -> None:
    """Write what a training was asked for, and the order of its outputs, into its folder.

    Raises GraphError when the folder holds another training already.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in ((CONFIG, tree), (LABELS, metadata_tree(spec, labels))):
        text, path = yaml.safe_dump(content, sort_keys=False, allow_unicode=True), folder / name
        if path.exists() and path.read_text(encoding="utf-8") != text:
            raise GraphError(
                "{} differs from what is asked for now; this folder holds another training: name "
                "a new one by --out, or ask for the same".format(path)
            )
        path.write_text(text, encoding="utf-8")


def read_run(folder: Path) -> Run:
    """Return a finished training; raise NotFoundError when it is none, or has not ended."""
    spec, labels = read_labels(folder)
    if (folder / JOINT).exists():
        return Run(folder, spec, labels, heads_of(_model(folder / JOINT)))
    separate = Heads(_model(folder / POISON_OUTPUT), _model(folder / SPECIES_OUTPUT))
    return Run(folder, spec, labels, separate)


def read_labels(folder: Path) -> Tuple[InputSpec, Labels]:
    """Return the network's input and its labels as a training wrote them down."""
    path = folder / LABELS
    if not path.exists():
        raise NotFoundError("{} is not a training: it has no {}".format(folder, LABELS))
    tree = read_tree(path, "list of labels")
    species = tree["heads"][SPECIES_OUTPUT]
    bad = set(species["poisonous"])
    labels = Labels(tuple(species["labels"]), tuple(name in bad for name in species["labels"]))
    given = dict(tree["input"], mean=tuple(tree["input"]["mean"]), std=tuple(tree["input"]["std"]))
    return InputSpec(name="picture", layout="NHWC", **given), labels


def logits(model: keras.Model, values: np.ndarray) -> np.ndarray:
    """Return (n, labels) float32 logits of a network with one head for (n, ...) inputs."""
    return np.asarray(model(values, training=False), np.float32)


def _model(folder: Path) -> keras.Model:
    path = folder / MODEL
    if not path.exists():
        raise NotFoundError(
            "there is no {}: the training has not ended; run plantd-train fit again, it goes "
            "on".format(path)
        )
    return keras.models.load_model(path, compile=False)
