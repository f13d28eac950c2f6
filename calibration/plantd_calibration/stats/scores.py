"""What the verdict asks of each photograph, as columns: thousands of decisions at once.

`answers` is `plantd.verdict.decide` on columns; a property test holds the two together. Every
reading comes from `plantd.heads.predict`: there is no second arithmetic.
"""

from typing import Dict, NamedTuple, Sequence

import numpy as np

from plantd import heads, quality
from plantd.answers import EDIBLE, POISONOUS, UNSURE
from plantd.heads import HeadOutputs, HeadSpec, Prediction
from plantd.quality import Quality, QualityLimits
from plantd.verdict import Thresholds


class Heads(NamedTuple):
    """Both heads with their temperatures; the species head knows what is poisonous."""

    poison: HeadSpec
    species: HeadSpec


class Scores(NamedTuple):
    """n photographs in columns.

    Attributes:
        poison_p, mass, best_p, energy, standout: (n,) float64; see plantd.heads.Prediction.
        no_plant_p, another_plant_p: (n,) float64; NaN where the head has no such label.
        best_poisonous: (n,) bool.
        deadly: (n,) bool: does something that kills look like the best species?
        good: (n,) bool: is the picture without faults?
    """

    poison_p: np.ndarray
    mass: np.ndarray
    best_p: np.ndarray
    energy: np.ndarray
    standout: np.ndarray
    no_plant_p: np.ndarray
    another_plant_p: np.ndarray
    best_poisonous: np.ndarray
    deadly: np.ndarray
    good: np.ndarray

    def take(self, chosen: np.ndarray) -> "Scores":
        """Return the photographs at these places."""
        return Scores(*(column[chosen] for column in self))


def logits_of(values: np.ndarray, head: HeadSpec) -> np.ndarray:
    """Return (n, labels) float64 logits of raw outputs; probabilities become their logarithms."""
    raw = np.asarray(values, np.float64)
    if head.kind == "logits":
        return raw
    if head.kind == heads.SIGMOID:
        raw = heads.in_order_of_labels(np.concatenate([raw, 1.0 - raw], axis=1), head)
    return np.asarray(np.log(np.maximum(raw, np.finfo(np.float64).tiny)))


def predictions_of(poison: np.ndarray, species: np.ndarray, both: Heads) -> Sequence[Prediction]:
    """Return the reading of each row of raw outputs."""
    return [heads.predict(HeadOutputs(*row), *both) for row in zip(poison, species)]


def scores_of(read: Sequence[Prediction], measured: np.ndarray, limits: QualityLimits) -> Scores:
    """Return the columns of readings and of (n, fields of Quality) measured pictures."""
    columns = [
        (
            *(r.poison_p, r.poisonous_mass, r.best.p, r.energy, r.standout),
            *(r.no_plant_p, r.another_plant_p),
        )
        for r in read
    ]
    numbers = np.asarray(columns, np.float64).reshape(-1, 7).T
    poisonous = np.asarray([r.best.poisonous for r in read], bool)
    deadly = np.asarray([r.deadly for r in read], bool)
    return Scores(
        **dict(zip(Scores._fields, numbers)),
        best_poisonous=poisonous,
        deadly=deadly,
        good=without_faults(measured, limits),
    )


def answers(scores: Scores, thresholds: Thresholds) -> np.ndarray:
    """Return (n,) texts: poisonous, edible or unsure.

    The limits of the picture are those that the scores were made with.
    """
    finite = _finite(scores, thresholds)
    alarm = (scores.poison_p >= thresholds.poison_p) | (scores.mass >= thresholds.poisonous_mass)
    alarm &= ~_weak_without_a_plant(scores, thresholds)
    clear = np.all(list(conditions(scores, thresholds).values()), axis=0)
    given = np.where(alarm, POISONOUS, np.where(clear, EDIBLE, UNSURE))
    return np.where(finite, given, UNSURE)


def conditions(scores: Scores, thresholds: Thresholds) -> Dict[str, np.ndarray]:
    """Return (n,) bool for each thing that "edible" asks for: does it hold?"""
    found = {
        "poison head low enough": scores.poison_p < thresholds.edible_poison_p,
        "poisonous species low enough": scores.mass < thresholds.edible_poisonous_mass,
        "best species sure enough": scores.best_p >= thresholds.species_p,
        "best species is edible": ~scores.best_poisonous,
        "no deadly look-alike": ~scores.deadly,
        "picture good enough": scores.good,
    }
    for name, p in (("no plant", scores.no_plant_p), ("another plant", scores.another_plant_p)):
        least = getattr(thresholds, name.replace(" ", "_"))
        if least is not None:
            found["not {}".format(name)] = p < least
    for name in ("energy", "standout"):
        least = getattr(thresholds, name)
        if least is not None:
            found["like a known plant ({})".format(name)] = getattr(scores, name) >= least
    return found


def _weak_without_a_plant(scores: Scores, thresholds: Thresholds) -> np.ndarray:
    strong, least = thresholds.poison_no_plant, thresholds.no_plant
    if strong is None or least is None:
        return np.zeros(len(scores.mass), bool)
    weak = (scores.poison_p < strong) & (scores.mass < strong)
    return np.asarray(weak & (scores.no_plant_p >= least))


def without_faults(measured: np.ndarray, limits: QualityLimits) -> np.ndarray:
    """Return (n,) bool: is the picture good enough?"""
    return np.asarray([not quality.faults(Quality(*row), limits) for row in measured], bool)


def _finite(scores: Scores, thresholds: Thresholds) -> np.ndarray:
    columns = [scores.poison_p, scores.mass, scores.best_p]
    columns += [scores.energy] if thresholds.energy is not None else []
    columns += [scores.standout] if thresholds.standout is not None else []
    columns += [scores.no_plant_p] if thresholds.no_plant is not None else []
    columns += [scores.another_plant_p] if thresholds.another_plant is not None else []
    return np.asarray(np.all(np.isfinite(columns), axis=0))
