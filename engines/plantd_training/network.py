"""One trunk with both heads: a Keras model whose outputs are named as the bundle names them."""

from typing import Tuple

import keras
import numpy as np

from plantd_training import trunks
from plantd_training.photos import POISON_LABELS, Labels
from plantd_training.probe import Linear, Probe

POISON_OUTPUT = "poison"
SPECIES_OUTPUT = "species"


def network_from_probe(trunk_name: str, side_px: int, labels: Labels, probe: Probe) -> keras.Model:
    """Return the model (n, side, side, 3) -> [poison logits (n, 2), species logits (n, labels)]."""
    trunk = trunks.build(trunk_name, side_px)
    pooled = keras.layers.GlobalAveragePooling2D(name="pool")(trunk.output)
    poison = keras.layers.Dense(len(POISON_LABELS), name=POISON_OUTPUT)(pooled)
    species = keras.layers.Dense(len(labels.species), name=SPECIES_OUTPUT)(pooled)
    model = keras.Model(trunk.input, [poison, species], name="plantd")
    for name, linear in ((POISON_OUTPUT, probe.poison), (SPECIES_OUTPUT, probe.species)):
        model.get_layer(name).set_weights(_weights(linear))
    return model


def network_from_stages(
    trunk_name: str, side_px: int, labels: Labels, upper: keras.Model
) -> keras.Model:
    """Return the same network with the upper part and the heads as `staged` trained them.

    Args:
        upper: maps -> [poison logits, species logits]; its inner model "upper" is the trunk's.
    """
    heads = [
        Linear(*(np.asarray(w) for w in upper.get_layer(name).get_weights()))
        for name in (POISON_OUTPUT, SPECIES_OUTPUT)
    ]
    model = network_from_probe(trunk_name, side_px, labels, Probe(*heads))
    for layer in upper.get_layer("upper").layers:
        if layer.weights:
            model.get_layer(layer.name).set_weights(layer.get_weights())
    return model


def _weights(linear: Linear) -> Tuple[np.ndarray, np.ndarray]:
    return linear.kernel, linear.bias
