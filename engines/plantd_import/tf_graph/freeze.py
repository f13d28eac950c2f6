"""Keras models and SavedModels become graphs without variables, for inference."""

import importlib
import json
import re
import zipfile
from typing import Any, Optional, Sequence

import h5py  # type: ignore[import-untyped]  # h5py ships no types
import tensorflow as tf
from tensorflow.core.framework import graph_pb2
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

from plantd.errors import GraphError, UnavailableError
from plantd.messages import first_line

SIGNATURE = "serving_default"
SENTENCE_MAX = 200
AGAIN = "copy or export it again"
# What Keras of another time or another program's layers need is where the model was trained.
FREEZE_IT_THERE = (
    "freeze it to a .pb where it was made, with the Keras and the layers that trained it, and "
    "import that"
)


def graph_from_keras_h5(path: str) -> graph_pb2.GraphDef:
    """Return the graph of a model saved as HDF5, by the Keras generation that wrote it."""
    try:
        with h5py.File(path, "r") as file:
            config = _text(file.attrs.get("model_config"))
            version = _text(file.attrs.get("keras_version", "2"))
    except OSError as error:
        raise GraphError(
            "{} is not a readable HDF5 file: {}; {}".format(path, first_line(error), AGAIN)
        ) from error
    if config is None:
        raise GraphError(
            "{} holds weights without a network; save the whole model with model.save() and "
            "import that".format(path)
        )
    _check_no_code(config, path)
    if version is not None and version.startswith("3"):
        import keras
    else:
        keras = _keras_2(path)
    return _graph_from_keras(keras, path)


def _text(attribute: Any) -> Optional[str]:
    """Return an attribute of HDF5; h5py gives those of fixed length as bytes."""
    if attribute is None:
        return None
    return attribute.decode() if isinstance(attribute, bytes) else str(attribute)


def _keras_2(path: str) -> Any:
    """Return tf-keras; no extra brings it, since its wheel asks for another TensorFlow package."""
    try:
        return importlib.import_module("tf_keras")
    except ImportError as error:
        raise UnavailableError(
            "{} was saved by Keras 2, and tf-keras, which reads it, is not installed here; "
            "pip install --no-deps tf-keras, or make venv-host".format(path)
        ) from error


def graph_from_keras_zip(path: str) -> graph_pb2.GraphDef:
    """Return the graph of a model saved in Keras 3's own format."""
    try:
        with zipfile.ZipFile(path) as archive:
            _check_no_code(archive.read("config.json").decode(), path)
    except (zipfile.BadZipFile, KeyError, UnicodeDecodeError) as error:
        raise GraphError(
            "{} is a damaged .keras file: {}; {}".format(path, first_line(error), AGAIN)
        ) from error
    import keras

    return _graph_from_keras(keras, path)


def graph_from_saved_model(path: str, signature: Optional[str] = None) -> graph_pb2.GraphDef:
    """Return the graph of a SavedModel's signature, its variables made constants.

    Args:
        signature: its name; without one, that for serving, or the only one there is.
    """
    try:
        model = tf.saved_model.load(path)
    except Exception as error:
        raise GraphError(
            "{} is not a readable SavedModel: {}; expected the whole folder as it was exported, "
            "its variables included; {}".format(path, first_line(error), AGAIN)
        ) from error
    return _frozen(model.signatures[_chosen(sorted(model.signatures), signature, path)])


def _chosen(names: Sequence[str], signature: Optional[str], path: str) -> str:
    """Return the signature that was named, else the one for serving, else the only one."""
    if signature in names:
        return str(signature)
    if signature is None and (SIGNATURE in names or len(names) == 1):
        return SIGNATURE if SIGNATURE in names else names[0]
    cure = "name one with --signature (import: --poison-signature, --species-signature)"
    raise GraphError(
        "{} has no signature {}; it has: {}; {}".format(
            path,
            signature or SIGNATURE,
            ", ".join(names) or "none",
            cure if names else "export it with one",
        )
    )


def _graph_from_keras(keras: Any, path: str) -> graph_pb2.GraphDef:
    try:
        model = keras.models.load_model(path, compile=False)
    except Exception as error:
        cure = AGAIN if isinstance(error, OSError) else FREEZE_IT_THERE
        raise GraphError(
            "Keras cannot load {}: {}; {}".format(path, _shortened(first_line(error)), cure)
        ) from error
    if len(model.inputs) != 1:
        raise GraphError(
            "{} has {} inputs; expected one, the picture".format(path, len(model.inputs))
        )
    shape = tuple(model.inputs[0].shape)
    signature = [tf.TensorSpec(shape, tf.float32, name=_plain(model.inputs[0].name))]
    infer = tf.function(lambda picture: model(picture, training=False), input_signature=signature)
    return _frozen(infer.get_concrete_function())


def _shortened(sentence: str) -> str:
    """Keras quotes whole configurations and help pages."""
    first = re.split(r"(?<=[\w'\")])\. | using config=", sentence)[0]
    return first if len(first) <= SENTENCE_MAX else first[:SENTENCE_MAX] + "..."


def _frozen(function: Any) -> graph_pb2.GraphDef:
    constant = convert_variables_to_constants_v2(function, lower_control_flow=True)
    return constant.graph.as_graph_def()


def _plain(name: str) -> str:
    return name.split(":")[0].split("/")[-1]


def _check_no_code(config: str, path: str) -> None:
    """A Lambda layer carries Python code of whoever made the file; it is never run here."""
    try:
        names = sorted(_lambda_names(json.loads(config)))
    except ValueError as error:
        raise GraphError(
            "{} has a damaged model_config: {}; {}".format(path, error, AGAIN)
        ) from error
    if names:
        raise GraphError(
            "{} holds code in its Lambda layer {}; loading it would run that code: freeze the "
            "model to a .pb where it was made, and import that".format(path, names[0])
        )


def _lambda_names(tree: Any) -> Sequence[str]:
    if isinstance(tree, list):
        return [name for part in tree for name in _lambda_names(part)]
    if not isinstance(tree, dict):
        return []
    own = []
    if tree.get("class_name") == "Lambda":
        own = [str((tree.get("config") or {}).get("name", "lambda"))]
    return own + [name for part in tree.values() for name in _lambda_names(part)]
