"""Foreign text, shown: a terminal never obeys it, and one line stays one."""

import io
import logging

import pytest

from plantd.command_line import VisibleFormatter
from plantd.messages import visible
from plantd.system.terminal import COLOURS, RESET, Terminal


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b]0;title\x07", "\\x1b]0;title\\x07"),
        ("\x9b2J", "\\x9b2J"),
        ("safe\nplantd: edible", "safe\\nplantd: edible"),
        ("\u202eelbide", "\\u202eelbide"),
        ("Bärlauch 熊葱", "Bärlauch 熊葱"),
    ],
)
def test_controls_are_shown_and_letters_stay(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_the_terminal_gets_our_colours_and_nobody_elses_controls() -> None:
    out = io.StringIO()
    Terminal(out, io.StringIO(), {}).line(COLOURS["red"] + "clover\x1b[2J" + RESET)
    assert out.getvalue() == COLOURS["red"] + "clover\\x1b[2J" + RESET + "\n"


def test_a_log_line_shows_foreign_text_as_one_line() -> None:
    record = logging.LogRecord("n", logging.INFO, "p", 1, "label %s", ("a\nERROR \x1b[2J",), None)
    assert VisibleFormatter("%(message)s").format(record) == "label a\\nERROR \\x1b[2J"
