"""What keeps edible plants from being called edible is told apart condition by condition."""

import numpy as np

from plantd.verdict import Thresholds
from plantd_calibration.report.rejections import obstacles
from plantd_calibration.stats.scores import Scores

RULE = Thresholds(0.5, 0.5, 0.2, 0.2, 0.6, standout=3.0)


def scores(**columns) -> Scores:
    n = len(next(iter(columns.values())))
    usual = {
        "poison_p": 0.1,
        "mass": 0.1,
        "best_p": 0.9,
        "energy": np.nan,
        "standout": 4.0,
        "no_plant_p": np.nan,
        "another_plant_p": np.nan,
        "best_poisonous": False,
        "deadly": False,
        "good": True,
    }
    full = {name: np.full(n, value) for name, value in usual.items()}
    return Scores(**{**full, **{name: np.asarray(values) for name, values in columns.items()}})


def test_what_fails_alone_is_told_from_what_fails_with_others():
    seen = scores(poison_p=[0.3, 0.3, 0.1, 0.1], standout=[4.0, 2.0, 2.0, 4.0])
    found = {one.condition: one for one in obstacles(seen, RULE)}
    head, known = found["poison head low enough"], found["like a known plant (standout)"]
    assert (head.failed.k, head.only.k, head.only.n) == (2, 1, 4)
    assert (known.failed.k, known.only.k) == (2, 1)
    assert found["picture good enough"].failed.k == 0


def test_the_worst_obstacle_comes_first_and_what_is_not_asked_for_is_none():
    found = obstacles(scores(good=[False, False, True], best_p=[0.9, 0.9, 0.1]), RULE)
    assert [one.condition for one in found[:2]] == [
        "picture good enough",
        "best species sure enough",
    ]
    assert not any("energy" in one.condition for one in found)


def test_nan_fails_a_condition():
    found = {one.condition: one for one in obstacles(scores(standout=[np.nan]), RULE)}
    assert found["like a known plant (standout)"].only.k == 1
