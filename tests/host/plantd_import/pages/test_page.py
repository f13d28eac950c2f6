"""Pages of reports, and the plots in them."""

import numpy as np
import pytest

from plantd_import.pages import plots
from plantd_import.pages.page import KeyFigure, Page


@pytest.fixture
def page():
    return Page("Foxglove & friends")


def test_words_are_text_and_never_markup(page):
    page.heading("<b>")
    page.table(("<i>",), [("<u>",)])
    page.figures([(b"jpeg", '" onload="')])
    assert "<h1>Foxglove &amp; friends</h1>" in page.text
    for markup in ("<b>", "<i>", "<u>", '" onload="'):
        assert markup not in page.text


def test_key_figures_stand_above_everything_whenever_they_come(page):
    page.heading("Later")
    page.key_figures([KeyFigure("missed", "3", "of 100", bad=True)])
    text = page.text
    assert text.index("of 100") < text.index("Later")
    assert '<div class="bad">\n<dt>missed</dt>' in text


def test_numbers_are_aligned_and_rounded_and_nothing_is_said(page):
    page.table(("a", "b", "c", "d"), [(0.123456, 7, None, True)])
    cells = '<td class="number">0.1235</td><td class="number">7</td><td>not asked for</td>'
    assert cells + "<td>True</td>" in page.text


def test_a_table_without_rows_is_left_out(page):
    page.table(("photograph", "plant"), [])
    assert "<table" not in page.text


def test_a_page_holds_its_pictures_itself(page):
    page.pictures([(np.zeros((8, 8, 3), np.uint8), "black")])
    page.plot(b"<svg/>", "nothing")
    assert page.text.count('src="data:image/') == 2
    assert "http" not in page.text


def test_a_page_of_many_sections_begins_with_its_contents(page):
    for name in ("one", "two", "three"):
        page.heading(name)
    assert "<nav>" not in page.text
    page.heading("four")
    assert ">four</a>" in page.text


@pytest.mark.parametrize(
    "drawn",
    [
        lambda: plots.lines("t", ("x", "y"), [plots.Curve("a", [(0, 1), (1, 2)])], (0.5, "here")),
        lambda: plots.lines("t", ("x", "y"), [plots.Curve("a", [(0, 1)], counts=[3])]),
        lambda: plots.bars("t", ["a", "b"], [1, 2], [True, False]),
        lambda: plots.histogram("t", "px", {"a": [1, 2, 3], "b": []}),
        lambda: plots.matrix("t", ["a", "b"], np.asarray([[3, 1], [0, 4]])),
    ],
)
def test_a_plot_is_the_same_file_for_the_same_numbers(drawn):
    first = drawn()
    assert b"<svg" in first
    assert first == drawn()
