"""One reader of YAML trees: every problem, in one form of sentence."""

import io
import re
from pathlib import Path

import pytest
import yaml

from plantd.messages import yaml_problem
from plantd.tree_reader import TreeReader, tree_from_yaml, tree_from_yaml_file


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


def test_a_key_that_resembles_none_is_told_what_there_is(reader):
    reader.known({"zebra": 3}, ["epochs", "rate"])
    assert reader.problems == ["zebra is not a key of a recipe; expected one of epochs, rate"]


def test_a_large_limit_is_written_out(reader):
    reader.number({"bytes": -1}, "bytes", 0, 100000000, kind=int)
    assert reader.problems == ["bytes is -1; expected a whole number from 0 to 100000000"]


def test_every_key_that_is_given_twice_is_named_with_both_lines():
    text = b"a: 1\nb: {c: 1,\n  c: 2}\na: 3\nd: [{e: 1}, {e: 2}]\n"
    with pytest.raises(yaml.YAMLError) as caught:
        tree_from_yaml(io.BytesIO(text))
    assert yaml_problem(caught.value) == (
        "line 3: c is given twice, before on line 2; line 4: a is given twice, before on line 1"
    )


BOMBS = {
    "aliases of aliases": b"a: &a [1,1,1,1,1,1,1,1,1]\n"
    + b"".join(
        b"%c: &%c [%s]\n" % (n + 1, n + 1, b",".join([b"*%c" % n] * 9)) for n in range(97, 105)
    ),
    "nested deeply": b"[" * 5000,
    "a number of a million digits": b"a: " + b"9" * 1000000,
    "too large": b"# " + b"x" * (5 << 20),
    "a day that is none": b"a: 2026-13-45",
    "another encoding": b"a: \xff\xfe\x00",
}


@pytest.mark.parametrize("name", BOMBS)
def test_what_grows_or_cannot_be_made_is_an_error_of_yaml(name, tmp_path):
    path = tmp_path / "bomb.yaml"
    path.write_bytes(BOMBS[name])
    with pytest.raises(yaml.YAMLError):
        tree_from_yaml_file(path)


def test_every_yaml_file_is_read_by_the_bounded_reader():
    """PyYAML's own loader is called where this is said of it, and nowhere else."""
    root = Path(__file__).parents[3]
    found = [
        str(path.relative_to(root))
        for room in ("daemon", "engines", "calibration")
        for path in sorted((root / room).rglob("*.py"))
        if re.search(r"yaml\.(safe_load|load|full_load)\b", path.read_text(encoding="utf-8"))
    ]
    assert found == ["daemon/plantd/tree_reader.py"]
