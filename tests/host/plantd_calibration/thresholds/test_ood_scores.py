"""Scores that tell known plants from others."""

import numpy as np
import pytest

from plantd import heads
from plantd.heads import HeadSpec
from plantd_calibration.data.inference import ModelOutputs
from plantd_calibration.thresholds import ood_scores

LABELS = tuple("abcdefgh")


def observed(n, peak, seed):
    random = np.random.default_rng(seed)
    logits = random.normal(0, 1, (n, len(LABELS)))
    logits[np.arange(n), random.integers(0, len(LABELS), n)] += peak
    features = logits @ np.random.default_rng(0).normal(0, 1, (len(LABELS), 20))
    return ModelOutputs(np.zeros((n, 2)), logits, features, np.zeros((n, 8)))


@pytest.fixture(scope="module")
def found():
    train = observed(200, 6, 1)
    known = ood_scores.Known(train.features, train.species.argmax(1))
    parts = [(observed(80, 6, s), observed(60, 1, s + 1), observed(60, 0, s + 2)) for s in (2, 9)]
    return {one.name: one for one in ood_scores.separations(*parts, known, "logits", (0.1, 0.1))}


def test_every_score_tells_clear_cases_apart(found):
    assert len(found) == 6
    for one in found.values():
        assert one.unknown > 0.8, one
        assert one.negative > 0.8, one


def test_the_devices_score_is_chosen_on_the_tuning_halves():
    areas = (0.9, 0.9, 0.9, 0.9)
    worse = ood_scores.Separation("standout", True, *areas, tune_kept=0.3)
    better = ood_scores.Separation("energy", True, 0.6, 0.6, 0.1, 0.1, tune_kept=0.4)
    nearest = ood_scores.Separation("nearest features", False, *areas, tune_kept=0.9)
    assert ood_scores.best_on_device([worse, better, nearest]) == "energy"


def test_kept_counts_what_scores_above_the_strangers_that_may_not_pass():
    known = np.asarray([1.0, 2.0, 3.0, 4.0])
    unknown, negative = np.asarray([0.0, 2.5, 3.5, 0.0]), np.asarray([0.5, 0.7])
    assert ood_scores.kept([known, unknown, negative], (0.0, 0.0)) == 0.25
    assert ood_scores.kept([known, unknown, negative], (0.25, 0.0)) == 0.5
    assert ood_scores.kept([known, unknown, negative], (0.5, 0.5)) == 1.0


def test_standout_and_energy_are_those_of_the_device():
    some = observed(5, 3, 4)
    head = HeadSpec("species", LABELS, poisonous=(False,) * len(LABELS))
    scores = ood_scores.scores(ood_scores.Known(some.features, some.species.argmax(1)), "logits")
    for name, of in (("standout", heads.standout), ("energy", heads.energy)):
        expected = [of(row, head) for row in some.species]
        np.testing.assert_allclose(scores[name](some), expected)


def test_without_logits_or_features_less_is_compared():
    bare = ood_scores.Known(np.empty((4, 0)), np.arange(4))
    assert set(ood_scores.scores(bare, "softmax")) == {"standout", "max probability"}


def test_area_is_the_chance_of_a_known_plant_scoring_higher():
    assert ood_scores.area(np.asarray([2.0, 3.0]), np.asarray([1.0, 2.5])) == 0.75
