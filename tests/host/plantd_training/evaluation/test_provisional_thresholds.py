"""Provisional thresholds: no poisonous photograph passes."""

import numpy as np
import pytest

from plantd.errors import BundleError
from plantd.heads import Candidate, Prediction
from plantd.quality import Quality
from plantd_training.evaluation import provisional_thresholds
from plantd_training.evaluation.provisional_thresholds import PredictedPhoto

GOOD = Quality(640, 480, 200.0, 120.0, 0.0, 0.0, 50.0)


def seen(poison_p, mass, poisonous, species_p=0.8, energy=8.0):
    species = (Candidate("A", species_p, False), Candidate("B", mass, True))
    return PredictedPhoto(Prediction(poison_p, species, mass, energy), GOOD, poisonous)


@pytest.fixture
def photographs():
    random = np.random.default_rng(1)
    edible = [seen(p, p, False) for p in random.uniform(0.0, 0.3, 60)]
    return edible + [seen(p, p, True) for p in random.uniform(0.25, 1.0, 20)]


def test_no_poisonous_photograph_passes_and_most_edible_ones_are_answered(photographs):
    thresholds = provisional_thresholds.rounded_down(provisional_thresholds.fit(photographs))
    counted = provisional_thresholds.answers(photographs, thresholds)
    assert counted.poisonous_as_edible == 0
    assert counted.edible_as_edible > 0
    assert sum(counted) == len(photographs)


def test_the_margin_keeps_a_poisonous_one_out_that_looks_ten_times_safer(photographs):
    thresholds = provisional_thresholds.fit(photographs)
    worst = min((s for s in photographs if s.poisonous), key=lambda s: s.prediction.poison_p)
    odds = (
        worst.prediction.poison_p / (1 - worst.prediction.poison_p) / provisional_thresholds.MARGIN
    )
    safer = seen(odds / (1 + odds), odds / (1 + odds), True)
    assert provisional_thresholds.answers([safer], thresholds).poisonous_as_edible == 0


def test_a_network_that_is_sure_of_a_wrong_edible_gets_no_thresholds(photographs):
    hopeless = seen(0.0, 0.0, True, species_p=1.0, energy=99.0)
    with pytest.raises(BundleError, match="no thresholds"):
        provisional_thresholds.fit([*photographs, hopeless])


def test_rounding_goes_to_the_careful_side(photographs):
    exact = provisional_thresholds.fit(photographs)
    rounded = provisional_thresholds.rounded_down(exact)
    assert rounded.edible_poison_p <= exact.edible_poison_p
    assert rounded.poison_p <= exact.poison_p
    assert rounded.energy >= exact.energy
