"""Thresholds keep what they promise, or are refused."""

import numpy as np
import pytest
from scipy.special import expit

from plantd import verdict
from plantd.errors import BundleError, UsageError
from plantd.quality import QualityLimits
from plantd_calibration import bounds, fitting
from plantd_calibration.fitting import Judged, Shape, Tuning, Wish
from plantd_calibration.scores import Scores, answers

START = Shape(1.0, 1.0, 1.0, 0.0, 0.0, "standout", 0.0, QualityLimits(), 0.0)


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
        best_poisonous=mass > 0,
        good=np.ones(n, bool),
    )


def joined(*several: Scores) -> Scores:
    return Scores(*(np.concatenate(columns) for columns in zip(*several)))


def judged(harmless, poisonous, seed, group_of=str) -> Judged:
    scores = joined(drawn(harmless, -6, seed), drawn(poisonous, 3, seed + 1))
    flags = np.arange(harmless + poisonous) >= harmless
    return Judged(scores, flags, [group_of(i) for i in range(len(flags))])


@pytest.fixture
def tuning():
    return Tuning(judged(300, 60, 1), drawn(80, -3, 7, standout=2.5), drawn(80, -3, 8, 2.0))


@pytest.fixture
def fitting_photos():
    return judged(300, 200, 20)


def test_without_a_wish_the_smallest_provable_rate_is_kept(tuning, fitting_photos):
    fitted = fitting.fit(tuning, fitting_photos, Wish(), START, "method")
    assert fitted.guarantee.n == 200
    assert fitted.guarantee.alpha == bounds.smallest_alpha(200, 0.95)
    assert fitting.missed_groups(fitting_photos, fitted.thresholds) == 0
    harmless = answers(fitting_photos.scores.take(~fitting_photos.poisonous), fitted.thresholds)
    assert (harmless == verdict.EDIBLE).mean() > 0.4


def test_a_larger_alpha_answers_no_less(tuning, fitting_photos):
    strict, loose = (
        fitting.fit(tuning, fitting_photos, Wish(alpha=alpha), START, "") for alpha in (None, 0.1)
    )
    assert loose.guarantee.bound <= 0.1
    assert loose.shape.last >= strict.tested[-1].cut or len(loose.tested) >= len(strict.tested)


def test_an_alpha_the_photographs_cannot_prove_is_refused(tuning, fitting_photos):
    with pytest.raises(UsageError, match="takes 299"):
        fitting.fit(tuning, fitting_photos, Wish(alpha=0.01), START, "")


def test_strangers_stay_within_their_limits(tuning, fitting_photos):
    thresholds = fitting.fit(tuning, fitting_photos, Wish(), START, "").thresholds
    unknown = answers(tuning.unknown, thresholds) == verdict.EDIBLE
    negative = answers(tuning.negative, thresholds) == verdict.EDIBLE
    assert unknown.sum() <= 1
    assert negative.sum() == 0


def test_strangers_that_cannot_be_told_apart_are_refused(fitting_photos):
    known = judged(40, 20, 1)
    same = known.scores.take(~known.poisonous)
    wish = Wish(unknown=0.0, negative=0.0)
    with pytest.raises(BundleError, match="--unknown-max"):
        fitting.fit(Tuning(known, same, same), fitting_photos, wish, START, "")


def test_near_duplicates_count_once(tuning):
    photos = judged(300, 200, 20, group_of=lambda i: str(i // 2))
    assert fitting.groups_of(photos) == 100
    assert fitting.fit(tuning, photos, Wish(), START, "").guarantee.n == 100


def test_one_edible_picture_of_a_group_is_a_missed_group():
    scores = joined(drawn(1, -20, 3), drawn(1, 20, 4))
    photos = Judged(scores, np.asarray([True, True]), ["same", "same"])
    loose = START._replace(poison_p=1.0, poisonous_mass=1.0).at(6.0)
    assert fitting.missed_groups(photos, loose) == 1


def test_the_tests_stop_at_the_first_that_fails(fitting_photos):
    shape = START._replace(last=6.0, poison_p=1.0, poisonous_mass=1.0)
    tested = fitting.fixed_sequence(shape, fitting_photos, 0.02, 0.95)
    assert [one.passed for one in tested] == [True] * (len(tested) - 1) + [False]
    assert all(one.bound <= 0.02 for one in tested[:-1])


def test_looser_cuts_call_no_less_edible(fitting_photos):
    shape = START._replace(poison_p=0.9, poisonous_mass=0.9, known=3.0)
    edible = [
        (answers(fitting_photos.scores, shape.at(cut)) == verdict.EDIBLE).sum()
        for cut in (-9.0, -5.0, -1.0, 3.0)
    ]
    assert edible == sorted(edible)


def test_the_needed_cut_is_where_the_answer_turns(fitting_photos):
    shape = START._replace(
        poison_p=0.9, poisonous_mass=0.9, known=3.5, species_p=0.4, poison_temperature=1.7
    )
    needed = fitting.needed_cut(fitting_photos.scores, shape)
    for cut in (-6.0, -2.0, 1.0):
        edible = answers(fitting_photos.scores, shape.at(cut)) == verdict.EDIBLE
        # Thresholds are rounded down by less than a millionth.
        assert not (edible & ~(needed < cut)).any()
        assert edible[needed < cut - 1e-2].all()


def test_the_temperature_of_the_poison_head_changes_no_decision(fitting_photos):
    scores = fitting_photos.scores
    margin = np.log(scores.poison_p / (1 - scores.poison_p))
    warm = scores._replace(poison_p=expit(margin / 2.5))
    for cut in (-4.0, 0.0, 2.0):
        cold_rule = START._replace(poison_p=1.0, poisonous_mass=1.0).at(cut)
        warm_rule = START._replace(poison_p=1.0, poisonous_mass=1.0, poison_temperature=2.5).at(cut)
        np.testing.assert_array_equal(answers(scores, cold_rule), answers(warm, warm_rule))


def test_the_promise_is_kept_in_95_of_100_worlds(tuning):
    """Fitted on 60 poisonous photographs, tried on 20,000 others from the same world."""
    broken, worlds = 0, 60
    fresh = judged(10, 20000, 999)
    shape = START._replace(last=6.0, poison_p=1.0, poisonous_mass=1.0)
    for seed in range(worlds):
        photos = judged(10, 60, 1000 + 2 * seed)
        tested = fitting.fixed_sequence(shape, photos, 0.1, 0.95)
        cut = [one.cut for one in tested if one.passed][-1]
        missed = fitting.missed_groups(fresh, shape.at(cut)) / fitting.groups_of(fresh)
        broken += missed > 0.1
    assert broken <= 7  # more than 7 of 60 has a chance of 1.6 % where 5 % are broken
