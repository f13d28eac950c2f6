"""Class activation: where in the picture a network found what spoke for a label. Pure.

How this works: a species head that averages its last feature map and multiplies it by a matrix can
multiply first and average then. What it multiplied, before the average, is a small map for every
label, whose mean is the label's logit: high where the picture spoke for it. A bundle's graph may
give these maps as one more output (`outputs.activation` in its manifest); nothing needs them.
Source: Zhou et al., Learning Deep Features for Discriminative Localization, CVPR 2016.
"""

from typing import NamedTuple, Optional

import numpy as np

from plantd.answers import POISONOUS, Rule
from plantd.frame import FieldOfView
from plantd.heads import HeadSpec, Prediction
from plantd.verdict import Decision

# What spoke is tinted so, and what did not is darkened: it shows without the colour too.
TINT_BGR = (40.0, 40.0, 255.0)
TINT_SHARE = 0.45
LEAST_LIGHT = 0.45


class ActivationSpec(NamedTuple):
    """The graph's output that gives the maps, as a manifest declares it.

    Attributes:
        output: the graph's output, (1, rows, columns, labels) float32.
        head: whose labels its last axis has: species.
        rows, columns: of a map; they divide what the network sees.
    """

    output: str
    head: str
    rows: int
    columns: int


class Activation(NamedTuple):
    """What spoke in one answered picture.

    Attributes:
        seq: number of the verdict.
        label: what the map is of.
        values: (rows, columns) float32, as the graph gave them.
        resized: (height, width, 3) uint8 BGR: what the network saw.
    """

    seq: int
    label: str
    values: np.ndarray
    resized: np.ndarray


def of_answer(
    seq: int,
    resized: np.ndarray,
    decision: Decision,
    prediction: Optional[Prediction],
    head: HeadSpec,
    maps: Optional[np.ndarray],
) -> Optional[Activation]:
    """Return what spoke in an answered picture; None where nothing shows it."""
    label = label_that_spoke(decision, prediction, head)
    values = map_of(maps, label, head)
    return None if values is None or label is None else Activation(seq, label, values, resized)


def label_that_spoke(
    decision: Decision, prediction: Optional[Prediction], head: HeadSpec
) -> Optional[str]:
    """Return the label whose map explains an answer; None where there is no such label.

    The background's for what is no plant or another one, the likeliest poisonous plant for
    "poisonous", else the likeliest plant.
    """
    if prediction is None:
        return None
    if decision.rule is Rule.NO_PLANT:
        return head.background.no_plant
    if decision.rule is Rule.ANOTHER_PLANT:
        return head.background.another_plant
    if decision.answer == POISONOUS:
        return next((one.label for one in prediction.species if one.poisonous), None)
    return prediction.best.label


def map_of(
    maps: Optional[np.ndarray], label: Optional[str], head: HeadSpec
) -> Optional[np.ndarray]:
    """Return a label's map, (rows, columns) float32; None where the engine gave none.

    Args:
        maps: (rows, columns, labels) float32: `HeadOutputs.activation`.
    """
    if maps is None or label not in head.labels:
        return None
    return np.ascontiguousarray(maps[:, :, head.labels.index(label)])


def heat(values: np.ndarray) -> np.ndarray:
    """Return (rows, columns) float64 in [0, 1]: what spoke for the label, the strongest place 1.

    What speaks against it is 0, and so is everything where nothing spoke or a value is no number.
    """
    found = np.asarray(values, np.float64)
    if not np.isfinite(found).all() or not found.size or not found.max() > 0.0:
        return np.zeros(found.shape)
    return np.maximum(found, 0.0) / found.max()


def overlay(pixels: np.ndarray, values: np.ndarray, view: FieldOfView) -> np.ndarray:
    """Return a picture with what spoke tinted and everything else darkened.

    Args:
        pixels: (height, width, 3) uint8 BGR.
        values: (rows, columns) of one label, as `map_of` returns it.
        view: where in these pixels the network looked: `tensor.field_of_view`.
    """
    warm = heat(values)
    down = _weights(pixels.shape[0], warm.shape[0], view.top, view.height)
    along = _weights(pixels.shape[1], warm.shape[1], view.left, view.width)
    shares = (down @ warm @ along.T)[:, :, np.newaxis]
    lit = pixels * (LEAST_LIGHT + (1.0 - LEAST_LIGHT) * shares)
    tinted = lit + TINT_SHARE * shares * (np.asarray(TINT_BGR) - lit)
    return np.asarray(np.clip(np.rint(tinted), 0, 255), np.uint8)


def _weights(pixels: int, cells: int, start: float, length: float) -> np.ndarray:
    """Return (pixels, cells): the share of each cell in each pixel, between their middles.

    What the network did not look at has none.
    """
    places = (np.arange(pixels) + 0.5 - start) / length
    between = np.clip(places * cells - 0.5, 0.0, cells - 1.0)
    distances = np.abs(between[:, np.newaxis] - np.arange(cells))
    inside = (places >= 0.0) & (places <= 1.0)
    return np.asarray(np.maximum(1.0 - distances, 0.0) * inside[:, np.newaxis])
