"""One reader of YAML trees: every problem, in one form of sentence."""

import pytest

from plantd.tree_reader import TreeReader


@pytest.fixture
def reader():
    return TreeReader("a recipe")


def test_a_key_that_is_none_is_named_with_what_was_meant(reader):
    reader.known({"epoch": 3}, ["epochs", "rate"], "whole.")
    assert reader.problems == ["whole.epoch is not a key of a recipe; did you mean 'epochs'?"]


def test_every_problem_is_collected(reader):
    tree = {"rate": "fast", "epochs": 0, "trunk": "lite9"}
    reader.number(tree, "rate", 0, 1)
    reader.number(tree, "epochs", 1, 9, kind=int)
    reader.choice(tree, "trunk", ["lite0", "lite1"], "")
    reader.section(3, "heads")
    assert reader.problems == [
        "rate is 'fast'; expected a number",
        "epochs is 0; expected a whole number from 1 to 9",
        "trunk is 'lite9'; expected one of lite0, lite1",
        "heads is 3; expected a section of keys",
    ]


@pytest.mark.parametrize("seen", [float("nan"), float("inf"), 10**400, True])
def test_what_is_no_finite_number_is_a_problem(reader, seen):
    reader.value({"rate": seen}, "rate", float)
    assert len(reader.problems) == 1
