"""One trunk with both heads: a Keras model whose outputs are named as the bundle names them."""

from typing import List, Optional, Sequence

import keras
import numpy as np
from keras import ops

from plantd_calibration.stats.linear_heads import Linear
from plantd_training import trunks
from plantd_training.data.photos import POISON_LABELS, Labels
from plantd_training.networks.probe import Probe

POISON_OUTPUT = "poison"
SPECIES_OUTPUT = "species"


def joint_network(
    trunk_name: str, side_px: Optional[int], labels: Labels, weights: str = trunks.IMAGENET
) -> keras.Model:
    """Return the model (n, side, side, 3) -> [poison logits (n, 2), species logits (n, labels)].

    Args:
        side_px: None takes pictures of any size.
        weights: of the trunk; the heads are untrained.
    """
    trunk = trunks.build(trunk_name, side_px, weights)
    pooled = keras.layers.GlobalAveragePooling2D(name="pool")(trunk.output)
    poison = keras.layers.Dense(len(POISON_LABELS), name=POISON_OUTPUT)(pooled)
    species = keras.layers.Dense(len(labels.species), name=SPECIES_OUTPUT)(pooled)
    return keras.Model(trunk.input, [poison, species], name="plantd")


def network_from_probe(
    trunk_name: str,
    side_px: Optional[int],
    labels: Labels,
    probe: Probe,
    weights: str = trunks.IMAGENET,
) -> keras.Model:
    """Return the joint network on an untrained trunk, with linear probes for heads."""
    model = joint_network(trunk_name, side_px, labels, weights)
    start_from_probe(model, probe)
    return model


def start_from_probe(model: keras.Model, probe: Probe) -> None:
    """Set both heads to linear probes, so that the first steps do not spoil the trunk."""
    for name, linear in ((POISON_OUTPUT, probe.poison), (SPECIES_OUTPUT, probe.species)):
        model.get_layer(name).set_weights([linear.kernel, linear.bias])


def network_from_stages(
    trunk_name: str,
    side_px: Optional[int],
    labels: Labels,
    upper: keras.Model,
    weights: str = trunks.IMAGENET,
) -> keras.Model:
    """Return the same network with the upper part and the heads as partial_finetune trained them.

    Args:
        upper: maps -> [poison logits, species logits]; its inner model "upper" is the trunk's.
    """
    heads = [
        Linear(*(np.asarray(w) for w in upper.get_layer(name).get_weights()))
        for name in (POISON_OUTPUT, SPECIES_OUTPUT)
    ]
    model = network_from_probe(trunk_name, side_px, labels, Probe(*heads), weights)
    for layer in upper.get_layer("upper").layers:
        if layer.weights:
            model.get_layer(layer.name).set_weights(layer.get_weights())
    return model


def with_test_time_augmentation(once: keras.Model, side_px: int, crop_px: int) -> keras.Model:
    """Return the model (n, side, side, 3) -> logits from two looks at one picture, averaged.

    One look takes the whole picture, mirrored, the other its middle as it is. What was learned on
    varied views is asked for on two of them.

    Args:
        once: pictures of any size -> [poison logits, species logits].
        crop_px: side of the middle.
    """
    picture = keras.Input((side_px, side_px, 3), name=trunks.INPUT_NAME)
    look = keras.Model(once.input, once.outputs, name="look")
    backwards = np.arange(side_px - 1, -1, -1)
    whole = look(ops.take(picture, backwards, axis=2))
    # Not CenterCrop: it is an augmentation to Keras, and puts what follows into training.
    middle = look(keras.layers.Cropping2D((side_px - crop_px) // 2, name="middle")(picture))
    return keras.Model(picture, averaged([whole, middle]), name="plantd_test_time_augmented")


def with_species_evidence(once: keras.Model, labels: Labels) -> keras.Model:
    """Return the same network whose poison head hears the species head too.

    Each poison logit is raised by the best species logit of its side: the log odds of two witnesses
    add up. The best one, not the logarithm of a sum: FP16 could not hold the exponentials.
    Where the labels know but one side nothing is added; the background takes no side.
    """
    plants, bad = len(labels.plants), np.asarray(labels.poisonous)
    # The background stands behind the plants, and takes no side.
    sides = [np.flatnonzero(bad[:plants] == side) for side in (False, True)]
    if not all(len(side) for side in sides):
        return once
    picture = keras.Input(once.input.shape[1:], name=trunks.INPUT_NAME)
    poison, species = keras.Model(once.input, once.outputs, name="once")(picture)
    best = [ops.max(ops.take(species, side, axis=1), axis=1, keepdims=True) for side in sides]
    told = [
        keras.layers.Add(name=POISON_OUTPUT)([poison, ops.concatenate(best, axis=1)]),
        keras.layers.Identity(name=SPECIES_OUTPUT)(species),
    ]
    return keras.Model(picture, told, name="plantd_with_species_evidence")


def averaged(answers: Sequence[Sequence[keras.KerasTensor]]) -> List[keras.KerasTensor]:
    """Return the means of [poison logits, species logits] that several networks gave."""
    names = (POISON_OUTPUT, SPECIES_OUTPUT)
    return [
        keras.layers.Average(name=name)(list(several))
        for name, several in zip(names, zip(*answers))
    ]
