"""Provisional thresholds, for a bundle that nobody has calibrated yet.

Fitted on val so that no poisonous photograph passes as edible through `plantd.verdict.decide`,
even if both heads were MARGIN times less sure of it, while as many edible ones as possible are
answered. This carries no bound: such a bundle says "uncalibrated".
"""

import itertools
import math
from typing import Iterator, List, NamedTuple, Sequence

import numpy as np

from plantd import verdict
from plantd.answers import EDIBLE, POISONOUS, UNSURE
from plantd.errors import BundleError
from plantd.heads import Prediction
from plantd.quality import Quality
from plantd.verdict import Thresholds

# Odds of every poisonous photograph are divided by it before the thresholds are fitted.
MARGIN = 10.0
# Share of val's edible photographs that may be called poisonous by each head.
FALSE_ALARMS = 0.03
# Share of val's photographs whose energy may be too low to be a known plant.
STRANGERS = 0.03
# The network's own word for it, where it can say so.
BACKGROUND = 0.5
STEPS = 12


class PredictedPhoto(NamedTuple):
    """One photograph of val as both heads read it."""

    prediction: Prediction
    quality: Quality
    poisonous: bool


class Answers(NamedTuple):
    """How many photographs got which answer."""

    edible_as_edible: int
    edible_as_poisonous: int
    edible_as_unsure: int
    poisonous_as_edible: int
    poisonous_as_poisonous: int
    poisonous_as_unsure: int


def fit(seen: Sequence[PredictedPhoto]) -> Thresholds:
    """Return the thresholds that answer most edible photographs and pass no poisonous one.

    Raises BundleError when no thresholds keep every poisonous photograph from passing.
    """
    harmless = [one.prediction for one in seen if not one.poisonous]
    doubted = [_doubted(one) if one.poisonous else one for one in seen]
    best, most = None, -1
    for thresholds in _candidates(seen, harmless):
        counted = answers(doubted, thresholds)
        if counted.poisonous_as_edible == 0 and counted.edible_as_edible > most:
            best, most = thresholds, counted.edible_as_edible
    if best is None:
        raise BundleError(
            "no thresholds keep every poisonous photograph of val from passing as edible; "
            "train the heads better"
        )
    return best


def answers(seen: Sequence[PredictedPhoto], thresholds: Thresholds) -> Answers:
    """Return the answers of `plantd.verdict.decide` by what the plants are."""
    given = [
        (verdict.decide(s.prediction, s.quality, thresholds).answer, s.poisonous) for s in seen
    ]
    order = (EDIBLE, POISONOUS, UNSURE)
    return Answers(*(given.count((name, bad)) for bad in (False, True) for name in order))


def _candidates(
    seen: Sequence[PredictedPhoto], harmless: Sequence[Prediction]
) -> Iterator[Thresholds]:
    poison_p = _quantile([r.poison_p for r in harmless], 1.0 - FALSE_ALARMS)
    mass = _quantile([r.poisonous_mass for r in harmless], 1.0 - FALSE_ALARMS)
    energy = _quantile([s.prediction.energy for s in seen], STRANGERS)
    no_plant, another_plant = (
        None if math.isnan(p) else BACKGROUND
        for p in (seen[0].prediction.no_plant_p, seen[0].prediction.another_plant_p)
    )
    lower_p = np.geomspace(1e-4, 1.0, STEPS) * poison_p
    lower_mass = np.geomspace(1e-4, 1.0, STEPS) * mass
    for p, m, species_p in itertools.product(lower_p, lower_mass, (0.3, 0.4, 0.5, 0.6, 0.7)):
        yield Thresholds(
            poison_p=poison_p,
            poisonous_mass=mass,
            edible_poison_p=float(p),
            edible_poisonous_mass=float(m),
            species_p=species_p,
            energy=energy,
            no_plant=no_plant,
            another_plant=another_plant,
        )


def _quantile(values: List[float], share: float) -> float:
    return float(np.quantile(np.asarray(values), share))


def _doubted(one: PredictedPhoto) -> PredictedPhoto:
    prediction = one.prediction._replace(
        poison_p=_less_sure(one.prediction.poison_p),
        poisonous_mass=_less_sure(one.prediction.poisonous_mass),
    )
    return one._replace(prediction=prediction)


def _less_sure(p: float) -> float:
    odds = p / max(1.0 - p, 1e-12) / MARGIN
    return odds / (1.0 + odds)


def rounded_down(thresholds: Thresholds) -> Thresholds:
    """Return thresholds a person can read; every one rounded to the careful side."""
    energy = thresholds.energy
    return thresholds._replace(
        poison_p=_floor(thresholds.poison_p),
        poisonous_mass=_floor(thresholds.poisonous_mass),
        edible_poison_p=_floor(thresholds.edible_poison_p),
        edible_poisonous_mass=_floor(thresholds.edible_poisonous_mass),
        energy=None if energy is None else float(np.ceil(energy * 1e3) / 1e3),
    )


def _floor(p: float) -> float:
    return float(np.floor(p * 1e6) / 1e6)
