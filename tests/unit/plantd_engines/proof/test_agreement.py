"""The gate on the device: counts of verdicts, and what must surely be reached."""

import pytest

from plantd.answers import EDIBLE, POISONOUS, UNSURE
from plantd_engines.proof.agreement import Answer, agreement, failures, surely_at_least

BAD = [Answer(POISONOUS, "hemlock")] * 100
GOOD = [Answer(EDIBLE, "clover")] * 300
IS_BAD = [True] * 100 + [False] * 300


def failed(after):
    return failures(agreement(BAD + GOOD, after, IS_BAD))


def test_the_same_answers_pass():
    assert failed(BAD + GOOD) == []


def test_one_poisonous_plant_that_becomes_edible_fails():
    after = [Answer(EDIBLE, "hemlock")] + BAD[1:] + GOOD
    assert failed(after) == ["poisonous, called edible only now: 1 of 100, asked: none"]


def test_poison_that_is_lost_fails():
    after = [Answer(UNSURE, "hemlock")] * 3 + BAD[3:] + GOOD
    assert failed(after) == [
        "recognised as poisonous before, not any more: 3 of 100, asked: at most 0.02"
    ]


def test_species_that_change_fail():
    after = BAD + GOOD[:270] + [Answer(EDIBLE, "nettle")] * 30
    assert failed(after) == ["same species in first place: 370 of 400, asked: surely 0.95"]


def test_without_a_poisonous_plant_nothing_is_proven():
    found = failures(agreement(GOOD, GOOD, [False] * 300))
    assert found == ["recognised as poisonous before, not any more: 0 of 0, asked: at most 0.02"]


def test_of_nothing_nothing_is_sure():
    assert not surely_at_least(0, 0, 0.95)
    assert len(failures(agreement([], [], []))) == 3


@pytest.mark.parametrize(("k", "n", "sure"), [(71, 71, False), (72, 72, True), (20, 20, False)])
def test_few_pictures_prove_little(k, n, sure):
    """0.95 to the 72nd is the first below one side of 5 %."""
    assert surely_at_least(k, n, 0.95) is sure
