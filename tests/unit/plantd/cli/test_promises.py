"""What is promised, of whom, by how many photographs, and for which engine."""

import pytest

from plantd.cli.promises import percent, promises
from plantd.cli.status_lines import calibration

BOUND = {
    "about": "poisonous_strangers",
    "n": 894,
    "groups": 271,
    "misses": 2,
    "upper_bound": 0.007,
    "confidence": 0.95,
    "method": "exact binomial",
    "precision": "fp32",
}


def test_a_bound_says_what_it_speaks_of_and_what_it_rests_on():
    assert promises({"guarantees": [BOUND]}, "fp32") == [
        (
            "At most 0.7 % of poisonous plants that it does not know called edible: 2 of 894 "
            "photographs in 271 independent groups, 95 % confidence, fp32."
        )
    ]


@pytest.mark.parametrize(
    ("about", "words"),
    [
        ("known_poisonous", "of poisonous plants it knows called"),
        ("other_plants", "of plants that it does not know called"),
        ("no_plants", "of pictures of no plant called"),
        ("mushrooms", "of mushrooms called"),
    ],
)
def test_each_kind_has_its_words(about, words):
    assert words in promises({"guarantees": [dict(BOUND, about=about)]})[0]


def test_a_bound_shown_for_another_precision_says_so():
    (told,) = promises({"guarantees": [BOUND]}, "fp16")
    assert told.endswith("fp32; this engine computes in fp16.")


def test_groups_that_are_the_photographs_themselves_are_not_repeated():
    assert "groups" not in promises({"guarantees": [dict(BOUND, groups=894)]})[0]


def test_the_one_guarantee_of_an_older_bundle_is_told_in_its_place():
    old = {"bound": 0.0074, "n": 404, "confidence": 0.95}
    assert promises({"guarantee": old}) == [
        (
            "At most 0.74 % of poisonous plants called edible, as far as 404 photographs show at "
            "95 % confidence."
        )
    ]
    assert len(promises({"guarantee": old, "guarantees": [BOUND]})) == 1


def test_what_is_bounded_of_others_does_not_make_a_model_calibrated():
    first, promise = calibration({"calibrated": False, "guarantees": [BOUND]})
    assert "UNCALIBRATED" in first
    assert "of the poisonous plants it knows" in first
    assert "At most 0.7 %" in promise


@pytest.mark.parametrize("model", [{}, {"guarantees": None}, {"guarantees": ["x"]}])
def test_a_model_without_a_bound_promises_nothing(model):
    assert promises(model) == []


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.00737, "0.74 %"), (0.95, "95 %"), (0.999, "99.9 %"), (0.1, "10 %"), (None, "?")],
)
def test_a_share_has_the_figures_that_matter(value, text):
    assert percent(value) == text
