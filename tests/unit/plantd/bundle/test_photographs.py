"""A bundle says which photographs it learned from and was tuned on."""

import pytest
from support import tiny_bundle

from plantd.bundle.manifest import manifest_from_tree, tree_from_manifest
from plantd.bundle.photographs import LEARNED, TUNED, PhotographSet, marks_of
from plantd.errors import BundleError

SETS = (
    PhotographSet("train", LEARNED, 2, "a" * 64, "0123456789abcdef"),
    PhotographSet("thresholds", TUNED, 2, "b" * 64, ""),
)


def tree(**changes):
    manifest = tiny_bundle.manifest()._replace(photographs=SETS)
    found = tree_from_manifest(manifest)
    found["photographs"][0].update(changes)
    return found


def test_sets_of_photographs_survive_the_manifest():
    assert manifest_from_tree(tree()).photographs == SETS


def test_a_manifest_of_many_photographs_has_no_endless_words():
    many = PhotographSet("train", LEARNED, 25, "a" * 64, "0123abcd" * 25)
    manifest = tiny_bundle.manifest()._replace(photographs=(many,))
    found = tree_from_manifest(manifest)
    assert max(len(line) for line in found["photographs"][0]["marks"]) <= 80
    assert manifest_from_tree(found).photographs == (many,)


def test_an_older_manifest_says_nothing_of_photographs():
    found = tree()
    del found["photographs"]
    assert manifest_from_tree(found).photographs == ()


def test_marks_are_those_of_every_photograph_with_the_use():
    assert marks_of(SETS, LEARNED) == ("01234567", "89abcdef")
    assert marks_of(SETS, TUNED) == ()


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"use": "seen"}, "photographs[0].use"),
        ({"n": 3}, "photographs[0].marks"),
        ({"marks": ["0123456789abcdeg"]}, "photographs[0].marks"),
        ({"marks": []}, "photographs[0].marks"),
        ({"of": "yesterday"}, "photographs[0].of"),
    ],
)
def test_a_set_that_is_not_understood_is_named(changes, told):
    with pytest.raises(BundleError) as raised:
        manifest_from_tree(tree(**changes))
    assert told in str(raised.value)


def test_photographs_that_are_no_list_are_one_problem():
    found = tree()
    found["photographs"] = "train"
    with pytest.raises(BundleError, match="a list of sets of photographs"):
        manifest_from_tree(found)
