"""What libraries say, in one line."""

import pytest
import yaml

from plantd.messages import first_line, yaml_problem


@pytest.mark.parametrize(
    ("words", "line"),
    [("  a.\n  b", "a"), ("", "ValueError"), ("\n\n", "ValueError"), ("a b", "a b")],
)
def test_the_first_line_is_quoted_and_no_words_are_the_name(words, line):
    assert first_line(ValueError(words)) == line


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: [1,\n b: }", "line 2: expected the node content, but found '}'"),
        ("a: !!python/object:os.x {}", "line 1: could not determine a constructor"),
        ("a: \0", "unacceptable character #x0000"),
    ],
)
def test_broken_yaml_is_told_with_its_line(text, told):
    with pytest.raises(yaml.YAMLError) as raised:
        yaml.safe_load(text)
    assert yaml_problem(raised.value).startswith(told)
    assert "\n" not in yaml_problem(raised.value)
