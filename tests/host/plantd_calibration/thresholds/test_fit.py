"""Thresholds keep what they promise, or are refused."""

import numpy as np
import pytest
from scipy.special import expit

from plantd.answers import EDIBLE
from plantd.errors import BundleError, UsageError
from plantd.quality import QualityLimits
from plantd_calibration.stats import bounds
from plantd_calibration.stats.labelled_scores import LabelledScores, groups_of, missed_groups
from plantd_calibration.stats.scores import Scores, answers
from plantd_calibration.subsets.targets import Targets
from plantd_calibration.thresholds import fit as fitting
from plantd_calibration.thresholds.path import Tuning, called_edible_by, choose_path, needed_step

GOOD = QualityLimits()


def drawn(n, center, seed, standout=4.0) -> Scores:
    """Photographs whose heads are about `center`: below zero looks edible, above poisonous."""
    random = np.random.default_rng(seed)
    margin, mass = random.normal(center, 2.0, (2, n))
    return Scores(
        poison_p=expit(margin),
        mass=expit(mass),
        best_p=random.uniform(0.3, 1.0, n),
        energy=random.normal(8.0, 1.0, n),
        standout=random.normal(standout, 0.5, n),
        no_plant_p=np.full(n, np.nan),
        another_plant_p=np.full(n, np.nan),
        best_poisonous=mass > 0,
        deadly=np.zeros(n, bool),
        good=np.ones(n, bool),
    )


def joined(*several: Scores) -> Scores:
    return Scores(*(np.concatenate(columns) for columns in zip(*several)))


def judged(harmless, poisonous, seed, group_of=str) -> LabelledScores:
    scores = joined(drawn(harmless, -6, seed), drawn(poisonous, 3, seed + 1))
    flags = np.arange(harmless + poisonous) >= harmless
    return LabelledScores(scores, flags, [group_of(i) for i in range(len(flags))])


def tuning_of(edible, *strangers) -> Tuning:
    unknown, negative = strangers
    may, poisonous = np.ones(len(edible.mass), bool), np.zeros(len(unknown.mass), bool)
    return Tuning(edible, unknown, negative, may, poisonous)


@pytest.fixture
def tuning():
    return tuning_of(drawn(300, -6, 1), drawn(80, -3, 7, standout=2.5), drawn(80, -3, 8, 2.0))


@pytest.fixture
def fitting_photos():
    return judged(300, 200, 20)


def fit(tuning, photos, targets=None):
    return fitting.fit(tuning, photos, targets or Targets(), "standout", GOOD, "method")


def test_without_a_wish_the_misses_at_the_aimed_step_are_what_is_proven(tuning, fitting_photos):
    fitted = fit(tuning, fitting_photos)
    misses = missed_groups(fitting_photos, fitted.thresholds)
    assert fitted.guarantee.n == 200
    assert fitted.guarantee.alpha == bounds.upper_bound(misses, 200, 0.95)
    assert fitted.guarantee.alpha == fitted.guarantee.bound
    assert "{} missed".format(misses) in fitted.guarantee.method


def test_the_aimed_step_is_the_strictest_that_answers_enough(tuning):
    shape = choose_path(tuning, Targets(called_edible=0.5), "standout", GOOD)
    n = len(tuning.edible.mass)
    assert called_edible_by(tuning.edible, shape, shape.aimed) >= 0.5 * n
    assert called_edible_by(tuning.edible, shape, shape.aimed - 1) < 0.5 * n


def test_poisonous_photographs_choose_nothing(tuning, fitting_photos):
    other = judged(300, 150, 77)
    first, second = (fit(tuning, photos) for photos in (fitting_photos, other))
    assert first.thresholds == second.thresholds


def test_a_wrong_label_costs_one_miss_and_does_not_close_the_way(tuning):
    """An edible plant under a poisonous label, as 3 to 5 % of them are."""
    photos = judged(0, 400, 20)
    clear = Scores(*(column[:1] for column in drawn(1, -20, 3, standout=9.0)))
    clear = clear._replace(best_p=np.ones(1), standout=np.full(1, 9.0))
    wrong = LabelledScores(
        joined(clear, photos.scores), np.ones(401, bool), ["wrong", *photos.groups]
    )
    without, with_it = (fit(tuning, each) for each in (photos, wrong))
    assert with_it.thresholds == without.thresholds
    assert with_it.tested[-1].misses == without.tested[-1].misses + 1


def test_an_alpha_takes_the_loosest_step_that_keeps_it(tuning, fitting_photos):
    strict, loose = (fit(tuning, fitting_photos, Targets(alpha=alpha)) for alpha in (0.03, 0.1))
    assert loose.guarantee.bound <= 0.1
    assert loose.tested[-1].step >= strict.tested[-1].step


def test_an_alpha_the_photographs_cannot_prove_is_refused(tuning, fitting_photos):
    with pytest.raises(UsageError, match="takes 299"):
        fit(tuning, fitting_photos, Targets(alpha=0.01))


def test_an_alpha_that_even_the_strictest_step_breaks_is_refused(tuning):
    alike = LabelledScores(
        drawn(100, -20, 3, standout=9.0), np.ones(100, bool), list(map(str, range(100)))
    )
    alike = alike._replace(scores=alike.scores._replace(best_p=np.ones(100)))
    with pytest.raises(BundleError, match="labels may be wrong"):
        fit(tuning, alike, Targets(alpha=0.05))


def test_without_a_poisonous_photograph_nothing_is_promised(tuning):
    with pytest.raises(UsageError, match="nothing can be promised"):
        fit(tuning, judged(30, 0, 4))


def test_strangers_stay_within_their_limits(tuning, fitting_photos):
    thresholds = fit(tuning, fitting_photos).thresholds
    unknown = answers(tuning.unknown, thresholds) == EDIBLE
    negative = answers(tuning.negative, thresholds) == EDIBLE
    assert unknown.sum() <= 1
    assert negative.sum() == 0


def test_strangers_that_cannot_be_told_apart_are_refused(fitting_photos):
    same = drawn(40, -6, 1)
    targets = Targets(unknown=0.0, negative=0.0)
    with pytest.raises(BundleError, match="--unknown-max"):
        fit(tuning_of(same, same, same), fitting_photos, targets)


def test_near_duplicates_count_once(tuning):
    photos = judged(300, 200, 20, group_of=lambda i: str(i // 2))
    assert groups_of(photos) == 100
    assert fit(tuning, photos).guarantee.n == 100


def test_one_edible_picture_of_a_group_is_a_missed_group(tuning):
    shape = choose_path(tuning, Targets(), "standout", GOOD)
    scores = joined(drawn(1, -20, 3, standout=9.0), drawn(1, 20, 4))
    scores = scores._replace(best_p=np.ones(2))
    photos = LabelledScores(scores, np.asarray([True, True]), ["same", "same"])
    assert missed_groups(photos, shape.at(shape.last)) == 1


def test_the_tests_stop_at_the_first_that_fails(tuning, fitting_photos):
    targets = Targets(unknown=1.0, negative=1.0, false_alarms=0.0)
    shape = choose_path(tuning, targets, "standout", GOOD)
    tested = fitting.fixed_sequence(shape, fitting_photos, 0.02, 0.95)
    assert [one.passed for one in tested[:-1]] == [True] * (len(tested) - 1)
    assert tested[-1].passed is (tested[-1].step == shape.last)
    assert all(one.bound <= 0.02 for one in tested[:-1])


def test_the_needed_step_is_where_the_answer_turns(tuning, fitting_photos):
    shape = choose_path(tuning, Targets(), "standout", GOOD)
    needed = needed_step(fitting_photos.scores, shape)
    for step in range(0, len(shape.path), 20):
        edible = answers(fitting_photos.scores, shape.at(step)) == EDIBLE
        np.testing.assert_array_equal(edible, needed <= step)


def test_the_temperature_of_the_poison_head_changes_no_decision(tuning, fitting_photos):
    def warm(scores):
        margin = np.log(scores.poison_p / (1 - scores.poison_p))
        return scores._replace(poison_p=expit(margin / 2.5))

    cold_rule = fit(tuning, fitting_photos)
    warm_photos = fitting_photos._replace(scores=warm(fitting_photos.scores))
    warm_rule = fit(tuning_of(*map(warm, tuning[:3])), warm_photos)
    np.testing.assert_array_equal(
        answers(fitting_photos.scores, cold_rule.thresholds),
        answers(warm_photos.scores, warm_rule.thresholds),
    )


def test_the_promise_is_kept_in_95_of_100_worlds(tuning):
    """Both ways, fitted on 60 poisonous photographs, tried on 20,000 others of the same world."""
    fresh, worlds = judged(0, 20000, 999), 60
    loose = Targets(unknown=1.0, negative=1.0, false_alarms=0.0, called_edible=0.9)
    for targets in (loose, loose._replace(alpha=0.1)):
        broken = 0
        for seed in range(worlds):
            fitted = fit(tuning, judged(0, 60, 1000 + 2 * seed), targets)
            missed = missed_groups(fresh, fitted.thresholds) / groups_of(fresh)
            broken += missed > fitted.guarantee.bound
        assert broken <= 7  # more than 7 of 60 has a chance of 1.6 % where 5 % are broken
