"""Trunks: every weight of the packages finds its place, and preprocessing is the trunk's own."""

import keras
import numpy as np
import pytest

from plantd.errors import NotFoundError, UsageError
from plantd.tensor import from_resized
from plantd_training import trunks
from plantd_training.trunks import lite, resnet
from plantd_training.trunks.torch_pickle import read_weights


@pytest.mark.parametrize("name", ["lite0", "lite1", "lite2"])
def test_every_tensor_of_the_package_is_used_once(name):
    weights = read_weights(lite.weights_path(name))
    wanted = sorted(
        float(np.abs(values).sum())
        for key, values in weights.items()
        if not key.startswith("_fc") and not key.endswith("num_batches_tracked")
    )
    model = lite.build(name, 32)
    used = sorted(float(np.abs(values).sum()) for values in model.get_weights())
    np.testing.assert_allclose(used, wanted, rtol=1e-5)


def test_the_published_sizes():
    # Source: the efficientnet lite README of google's tpu models: 4.7, 5.4 and 6.1 million
    # parameters with ImageNet's 1000 outputs (1281000 of them), batch norm's statistics aside.
    millions = {}
    for name in ("lite0", "lite1", "lite2"):
        model = lite.build(name, 32, imagenet=False)
        trainable = sum(int(np.prod(v.shape)) for v in model.trainable_variables)
        millions[name] = round((trainable + 1281000) / 1e6, 1)
    assert millions == {"lite0": 4.7, "lite1": 5.4, "lite2": 6.1}


def test_random_weights_are_the_same_at_each_call():
    one, other = (trunks.build("tiny", 32, trunks.RANDOM).get_weights() for _ in range(2))
    for values, same in zip(one, other):
        np.testing.assert_array_equal(values, same)


def test_the_tiny_trunk_has_no_imagenet_weights():
    with pytest.raises(UsageError, match="tiny has no ImageNet weights; expected weights: random"):
        trunks.build("tiny", 32)


def test_a_split_trunk_gives_what_the_whole_gives():
    trunk = trunks.build("lite0", 64)
    lower, upper = trunks.split(trunk)
    picture = np.random.default_rng(1).uniform(-1, 1, (2, 64, 64, 3)).astype(np.float32)
    whole = np.asarray(trunk(picture, training=False))
    halves = np.asarray(upper(lower(picture, training=False), training=False))
    assert lower.output_shape == (None, 4, 4, 112)
    np.testing.assert_allclose(halves, whole, atol=1e-4)


def test_resnet_takes_what_keras_preprocesses():
    spec = trunks.input_spec("resnet50", 64)
    pixels = np.random.default_rng(2).integers(0, 256, (64, 64, 3), np.uint8)
    keras_own = keras.applications.resnet.preprocess_input(
        np.array(pixels[np.newaxis, :, :, ::-1], np.float32)
    )
    np.testing.assert_allclose(from_resized(pixels, spec), keras_own, atol=1e-4)


def test_resnet_takes_a_local_weights_file(tmp_path):
    path = tmp_path / "resnet.weights.h5"
    trunks.build("resnet50", 32, trunks.RANDOM).save_weights(path)
    loaded = trunks.build("resnet50", 32, str(path))
    assert loaded.output_shape == (None, 1, 1, 2048)


def test_a_missing_weights_file_is_named(tmp_path):
    with pytest.raises(NotFoundError, match="there is no weights file"):
        resnet.build(32, str(tmp_path / "none.weights.h5"))


def test_a_trunk_that_does_not_exist_names_those_that_do():
    with pytest.raises(UsageError, match="lite0, lite1, lite2, tiny, resnet50"):
        trunks.build("vgg", 32)
    with pytest.raises(UsageError, match="takes the weights"):
        trunks.build("lite0", 32, "file.h5")
