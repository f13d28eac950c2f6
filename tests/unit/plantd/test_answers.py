"""The names of rules are one list: who explains them knows all, and the wire knows no others."""

import pytest

from plantd import verdict, words
from plantd.answers import REASONS, Rule, rule_from_name
from plantd.cli import explanation


def test_every_reason_has_words_and_a_sentence():
    assert set(words.REASONS) == set(words.UNSURE_SENTENCES) == set(REASONS)


def test_every_rule_is_explained():
    assert set(explanation.RULES) == set(Rule)


def test_the_table_of_rules_has_them_in_the_order_in_which_they_are_tried():
    table = (verdict.__doc__ or "").split("holds when")[1].split("\n\n")[0]
    first = [line.split()[0] for line in table.splitlines() if line.strip()]
    known = {rule.value for rule in Rule}
    assert [name for name in first if name in known] == [rule.value for rule in Rule]


@pytest.mark.parametrize("rule", list(Rule))
def test_a_rule_is_found_by_its_name(rule):
    assert rule_from_name(rule.value) is rule


@pytest.mark.parametrize("name", ["third_head", "", None, 7, ["edible"]])
def test_what_another_version_calls_otherwise_is_not_a_rule(name):
    assert rule_from_name(name) is None
