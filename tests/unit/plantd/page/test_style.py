"""The style sheet's colours are legible: contrast of every pair of ink and ground, day and night.

Source: WCAG 2.2, 1.4.3 (4.5 for text), 1.4.11 (3 for shapes); relative luminance as defined there.
"""

import re
from typing import Dict

import pytest

from plantd.page.rendering import STATIC

TEXT, SHAPE = 4.5, 3.0
# In sunlight the answer needs more than the least that is allowed.
ANSWER = 7.0
PAIRS = [
    ("ink", "ground", 7.0),
    ("ink", "card", 7.0),
    ("soft", "ground", TEXT),
    ("soft", "card", TEXT),
    ("accent", "ground", TEXT),
    ("accent", "card", TEXT),
    ("accent-ink", "accent", TEXT),
    ("poisonous-ink", "poisonous", ANSWER),
    ("unsure-ink", "unsure", ANSWER),
    ("edible-ink", "edible", ANSWER),
    ("warn-ink", "warn", ANSWER),
    ("soft", "line", SHAPE),
]


def css() -> str:
    with open(STATIC + "/page.css", encoding="utf-8") as source:
        return source.read()


def colours(theme: str) -> Dict[str, str]:
    """Return name -> #rrggbb; the night's stand on top of the day's."""
    blocks = re.findall(r":root \{(.*?)\}", css(), re.DOTALL)
    found: Dict[str, str] = {}
    for block in blocks[: 1 if theme == "day" else 2]:
        found.update(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", block))
    return found


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255.0 for place in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", ["day", "night"])
@pytest.mark.parametrize(("ink", "ground", "least"), PAIRS)
def test_ink_on_its_ground_is_legible(theme: str, ink: str, ground: str, least: float) -> None:
    found = colours(theme)
    assert contrast(found[ink], found[ground]) >= least


def test_the_measure_is_the_standard_s() -> None:
    assert contrast("#ffffff", "#000000") == pytest.approx(21.0)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_the_night_has_every_colour_of_the_day() -> None:
    day, night = re.findall(r":root \{(.*?)\}", css(), re.DOTALL)[:2]
    names = set(re.findall(r"--([a-z-]+): #", day))
    assert names == set(re.findall(r"--([a-z-]+): #", night))


def test_whoever_wants_no_motion_gets_none() -> None:
    block = css().partition("prefers-reduced-motion: reduce")[2]
    assert "animation: none !important" in block


def test_no_colour_stands_outside_the_tables() -> None:
    rest = re.sub(r":root \{.*?\}", "", css(), flags=re.DOTALL)
    assert set(re.findall(r"#[0-9a-f]{3,8}\b", rest)) <= {"#000", "#fff"}


def test_style_and_script_ask_for_nothing_from_outside() -> None:
    with open(STATIC + "/page.js", encoding="utf-8") as source:
        for text in (css(), source.read()):
            assert "://" not in text
            assert "@import" not in text
