"""The upper part trained on kept views: it learns, and a killed training ends the same."""

import keras
import numpy as np
import pytest

from plantd_calibration.stats.linear_heads import Linear
from plantd_training.methods import partial_finetune
from plantd_training.methods.partial_finetune import Targets
from plantd_training.methods.recipe import PartialFinetune
from plantd_training.networks.network import start_from_probe
from plantd_training.networks.probe import Probe
from plantd_training.runtime import checkpoint

RECIPE = PartialFinetune(
    views=2,
    epochs=12,
    batch=8,
    rate=0.02,
    decay=0.0,
    smoothing=0.05,
    mixing=0.2,
    dropout=0.1,
    poison_share=0.5,
    average=0.8,
    seed=1,
)
SPECIES = np.repeat(np.arange(3), 8)
TARGETS = Targets((SPECIES == 2).astype(int), SPECIES)


def maps(seed):
    """Return (24, 4, 4, 6) maps in which a channel a species stands out."""
    values = np.random.default_rng(seed).normal(0, 0.3, (24, 4, 4, 6))
    values[np.arange(24), :, :, SPECIES] += 1.0
    return values.astype(np.float16)


def model():
    keras.utils.set_random_seed(1)
    given = keras.Input((4, 4, 6))
    x = keras.layers.Conv2D(8, 3, padding="same", activation="relu")(given)
    upper = keras.Model(given, keras.layers.BatchNormalization()(x))
    return partial_finetune.model_on_maps(upper, (2, 3), RECIPE.dropout)


def trained(folder, epochs=12, until=None):
    net = model()
    recipe = RECIPE._replace(epochs=epochs)

    def view(index):
        if until is not None and checkpoint.begun(folder):
            raise KeyboardInterrupt
        return maps(index)

    history = partial_finetune.train(net, recipe, view, TARGETS, (maps(9), TARGETS), folder)
    return net, history


def test_it_learns_what_the_maps_show(tmp_path):
    net, history = trained(tmp_path)
    assert history[-1]["val_top1"] == 1.0
    poison, species = partial_finetune.logits(net, maps(10))
    assert (species.argmax(1) == SPECIES).all()
    assert ((poison[:, 1] > poison[:, 0]) == (SPECIES == 2)).all()


def test_a_training_stopped_after_an_epoch_ends_the_same(tmp_path):
    whole, history = trained(tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        trained(tmp_path / "halves", until=1)
    halves, resumed = trained(tmp_path / "halves")
    assert resumed == history
    for one, other in zip(whole.get_weights(), halves.get_weights()):
        np.testing.assert_array_equal(one, other)


def test_batch_norm_keeps_the_statistics_it_came_with(tmp_path):
    net, _ = trained(tmp_path)
    upper = next(layer for layer in net.layers if isinstance(layer, keras.Model))
    (norm,) = [one for one in upper.layers if isinstance(one, keras.layers.BatchNormalization)]
    np.testing.assert_array_equal(norm.moving_mean, np.zeros(8))


def test_heads_start_as_the_probes_they_are_given():
    net, random = model(), np.random.default_rng(3)
    linear = [Linear(random.normal(size=(8, n)), random.normal(size=n)) for n in (2, 3)]
    start_from_probe(net, Probe(*linear))
    pooled = np.asarray(keras.Model(net.input, net.get_layer("pool").output)(np.float32(maps(1))))
    poison, species = partial_finetune.logits(net, maps(1))
    np.testing.assert_allclose(poison, linear[0].logits(pooled), atol=1e-4)
    np.testing.assert_allclose(species, linear[1].logits(pooled), atol=1e-4)
