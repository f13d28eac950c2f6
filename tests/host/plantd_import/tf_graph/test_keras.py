"""Keras models of both generations and SavedModels are frozen here, and answer as before."""

import shutil
import sys
import warnings
from pathlib import Path
from typing import Any, Callable

import h5py
import keras
import numpy as np
import pytest
import tensorflow as tf
import tf_keras
from host.support import found_graphs

from plantd.errors import GraphError, UnavailableError
from plantd_import.tf_graph import inference_graph, loading, reference, source, survey

PICTURES = np.random.default_rng(4).uniform(0, 1, (2, 8, 8, 3)).astype(np.float32)


def model_of(library: Any) -> Any:
    """A convolution, batch norm that has seen something, dropout, softmax."""
    layers = library.layers
    model = library.Sequential(
        [
            library.Input((8, 8, 3)),
            layers.Conv2D(4, 3, name="conv"),
            layers.BatchNormalization(name="norm"),
            layers.Dropout(0.5),
            layers.GlobalAveragePooling2D(),
            layers.Dense(3, activation="softmax", name="answer"),
        ]
    )
    random = np.random.default_rng(1)
    model.set_weights([random.uniform(0.1, 1, w.shape) for w in model.get_weights()])
    return model


def keras_3_zip(folder: Path) -> Any:
    model = model_of(keras)
    model.save(folder / "m.keras")
    return model, folder / "m.keras"


def keras_3_h5(folder: Path) -> Any:
    model = model_of(keras)
    model.save(folder / "m.h5")
    return model, folder / "m.h5"


def keras_2_h5(folder: Path) -> Any:
    model = model_of(tf_keras)
    with warnings.catch_warnings():
        # Keras 2 says that its HDF5 format is old, which is why it is tested.
        warnings.simplefilter("ignore", UserWarning)
        model.save(folder / "m.h5")
    return model, folder / "m.h5"


def exported(folder: Path) -> Any:
    model = model_of(keras)
    model.export(folder / "saved", verbose=False)
    return model, folder / "saved"


def graph_pb_of_exported(folder: Path) -> Any:
    model, path = exported(folder)
    return model, path / "saved_model.pb"


@pytest.mark.parametrize(
    "save", [keras_3_zip, keras_3_h5, keras_2_h5, exported, graph_pb_of_exported]
)
def test_a_saved_model_answers_as_before(tmp_path: Path, save: Callable[[Path], Any]) -> None:
    model, path = save(tmp_path)
    graph = loading.graph_from_source(source.identify(str(path)))
    seen = survey.survey(graph)
    assert seen.refusals == ()
    (image,), (answer,) = seen.inputs, seen.outputs
    assert answer.kind == "softmax"
    choice = inference_graph.Choice(image.name, (answer.name,), (1, 8, 8, 3))
    part = inference_graph.inference_graph(graph, choice)
    seen_answers = reference.outputs_of_graph(part.graph, part.image, part.outputs, PICTURES, {})
    expected = model(PICTURES, training=False)
    np.testing.assert_allclose(*seen_answers.values(), np.asarray(expected), atol=1e-5)


def test_weights_without_a_network_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "only.weights.h5"
    model_of(keras).save_weights(path)
    with pytest.raises(GraphError, match="holds weights without a network"):
        loading.graph_from_source(source.identify(str(path)))


@pytest.mark.parametrize("library", [keras, tf_keras])
def test_a_lambda_layer_is_never_run(tmp_path: Path, library: Any) -> None:
    ran = tmp_path / "ran"
    code = "lambda x: x if __import__('os').makedirs({!r}, exist_ok=True) else x".format(str(ran))
    model = library.Sequential(
        [library.Input((8, 8, 3)), library.layers.Lambda(eval(code), name="theirs")]
    )
    path = tmp_path / "m.h5"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        model.save(path)
    ran.rmdir()
    with pytest.raises(GraphError, match="code in its Lambda layer theirs"):
        loading.graph_from_source(source.identify(str(path)))
    assert not ran.exists()


def test_a_truncated_h5_is_refused(tmp_path: Path) -> None:
    _, path = keras_2_h5(tmp_path)
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(GraphError, match=r"(not a readable HDF5|cannot load).*export it again$"):
        loading.graph_from_source(source.identify(str(path)))


def test_an_h5_of_something_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "data.h5"
    with h5py.File(path, "w") as file:
        file["numbers"] = np.arange(3)
    with pytest.raises(GraphError, match="weights without a network"):
        loading.graph_from_source(source.identify(str(path)))


def test_one_of_several_signatures_is_named(tmp_path: Path) -> None:
    module = tf.Module()
    module.answer = tf.function(
        lambda x: found_graphs.network(x), input_signature=[tf.TensorSpec((None, 8, 8, 3))]
    )
    signatures = {"one": module.answer, "other": module.answer}
    tf.saved_model.save(module, str(tmp_path / "m"), signatures=signatures)
    found = source.identify(str(tmp_path / "m"))
    with pytest.raises(GraphError, match="no signature serving_default; it has: one, other; name"):
        loading.graph_from_source(found)
    with pytest.raises(GraphError, match="no signature third; it has: one, other"):
        loading.graph_from_source(found._replace(signature="third"))
    named = survey.survey(loading.graph_from_source(found._replace(signature="other")))
    assert [one.kind for one in named.outputs] == ["softmax"]


def test_the_only_signature_is_taken(tmp_path: Path) -> None:
    module = tf.Module()
    module.answer = tf.function(
        lambda x: found_graphs.network(x), input_signature=[tf.TensorSpec((None, 8, 8, 3))]
    )
    tf.saved_model.save(module, str(tmp_path / "m"), signatures={"other": module.answer})
    seen = survey.survey(loading.graph_from_source(source.identify(str(tmp_path / "m"))))
    assert [one.kind for one in seen.outputs] == ["softmax"]


def test_attributes_of_fixed_length_are_read(tmp_path: Path) -> None:
    """So other programs than Keras write them."""
    _, path = keras_2_h5(tmp_path)
    with h5py.File(path, "r+") as file:
        for name in ("model_config", "keras_version"):
            text = file.attrs[name]
            file.attrs[name] = np.bytes_(text)
    assert survey.survey(loading.graph_from_source(source.identify(str(path)))).refusals == ()


def test_a_layer_that_is_not_here_is_to_be_frozen_where_it_is(tmp_path: Path) -> None:
    _, path = keras_2_h5(tmp_path)
    with h5py.File(path, "r+") as file:
        file.attrs["model_config"] = file.attrs["model_config"].replace("Dropout", "TheirDropout")
    with pytest.raises(GraphError, match=r"TheirDropout'; freeze it to a .pb where it was") as at:
        loading.graph_from_source(source.identify(str(path)))
    assert len(str(at.value)) < 400


def test_a_damaged_saved_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "saved_model.pb").write_bytes(b"\x00\x01\x02")
    with pytest.raises(GraphError, match=r"not a readable SavedModel.*whole folder") as refused:
        loading.graph_from_source(source.identify(str(tmp_path)))
    assert "\n" not in str(refused.value)


def test_a_saved_model_without_its_variables_is_refused(tmp_path: Path) -> None:
    """What TensorFlow says takes two lines and is about devices."""
    _, path = exported(tmp_path)
    shutil.rmtree(path / "variables")
    with pytest.raises(GraphError, match=r"variables included; copy or export it") as refused:
        loading.graph_from_source(source.identify(str(path)))
    assert "\n" not in str(refused.value)


def test_without_tf_keras_an_old_file_is_refused_with_what_helps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, path = keras_2_h5(tmp_path)
    monkeypatch.setitem(sys.modules, "tf_keras", None)
    with pytest.raises(UnavailableError, match="pip install --no-deps tf-keras"):
        loading.graph_from_source(source.identify(str(path)))
