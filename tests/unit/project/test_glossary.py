"""The words of docs/glossary.md, and where it says that they are."""

import re
from typing import Any, List, NamedTuple, Tuple

import pytest
import yaml
from support import documents
from support.checkout import TOP

from plantd.config.schema.keys import KEYS

BUNDLE = TOP / "engines" / "bundles" / "plants70"
# What the documents may not leave unexplained.
NEEDED = "press frame head trunk bundle plan fold guarantee verdict rule sink record room".split()


class Term(NamedTuple):
    """One row: the word, and the code spans of its last column."""

    word: str
    places: Tuple[str, ...]


def terms_of(text: str) -> List[Term]:
    """Return the rows of the glossary's table."""
    rows = re.findall(r"^\| ([^|]+?) \| [^|]+ \| ([^|]+) \|$", text, re.MULTILINE)
    return [
        Term(word, tuple(re.findall("`([^`]+)`", where)))
        for word, where in rows
        if where != "where"
    ]


TERMS = terms_of((TOP / "docs" / "glossary.md").read_text(encoding="utf-8"))


def is_there(place: str) -> bool:
    """Whether a place is a key of a manifest or of the configuration, a name, or a path."""
    if place.startswith("manifest:"):
        tree: Any = yaml.safe_load((BUNDLE / "manifest.yaml").read_text(encoding="utf-8"))
        for key in place.partition(":")[2].split("."):
            if not isinstance(tree, dict) or key not in tree:
                return False
            tree = tree[key]
        return True
    if documents.DOTTED.match(place):
        return documents.is_name(place, TOP)
    return place in KEYS or (TOP / place).exists()


@pytest.mark.parametrize("term", TERMS, ids=lambda term: term.word)
def test_a_term_is_where_the_glossary_says(term: Term) -> None:
    assert term.places
    assert [place for place in term.places if not is_there(place)] == []


def test_the_terms_are_in_order_and_each_once() -> None:
    words = [term.word.lower() for term in TERMS]
    assert words == sorted(set(words))


def test_what_every_document_speaks_of_is_explained() -> None:
    words = {word for term in TERMS for word in term.word.split(", ")}
    assert set(NEEDED) <= words


@pytest.mark.parametrize(
    "place",
    ["plantd.nowhere", "plantd.verdict.NOTHING", "camera.nothing", "manifest:heads.third", "no.md"],
)
def test_a_place_that_is_not_there_is_found(place: str) -> None:
    assert not is_there(place)
