"""What a person reads says that something "is not a JPEG", as the language does."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
ROOMS = ("daemon", "engines", "calibration", "fleet", "tools", "examples")
# "there is no file" and "is no longer" are how it is said.
ODD = re.compile(r"(?<![Tt]here )\b(?:is|are|was|were) no (?!longer|more)[A-Za-z]")


def strings_of(tree: ast.AST):
    """Yield the strings of a module that are not docstrings."""
    documents = set()
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and isinstance(body[0], ast.Expr):
            documents.add(id(body[0].value))
    for node in ast.walk(tree):
        # Python before 3.8 calls it Str, and its text s.
        kind = {"Constant": "value", "Str": "s"}.get(type(node).__name__, "")
        value = getattr(node, kind, None)
        if isinstance(value, str) and id(node) not in documents:
            yield node.lineno, value


def odd_sentences(path: Path):
    """Return the places of a file where a sentence says "is no X"."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return ["%s:%d: %s" % (path, line, text) for line, text in strings_of(tree) if ODD.search(text)]


@pytest.mark.parametrize("room", ROOMS)
def test_no_message_says_that_something_is_no_thing(room):
    files = sorted((ROOT / room).rglob("*.py"))
    assert files
    assert [found for path in files for found in odd_sentences(path)] == []


def test_the_check_finds_it(tmp_path):
    path = tmp_path / "odd.py"
    path.write_text('"""This is no message."""\nSAID = ("it is no JPEG", "there is no file")\n')
    assert odd_sentences(path) == ["%s:2: it is no JPEG" % path]
