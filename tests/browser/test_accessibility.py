"""axe-core finds nothing wrong by WCAG 2.2 AA, on every page, by day and by night, on each size."""

from typing import Any, Callable, Dict, List

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page
from support.box_with_page import TOKEN, Box

Opened = Callable[..., Page]
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]}}
SHOWN = ("edible", "poisonous", "deadly", "stranger")
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 860}


def violations(page: Any) -> List[str]:
    """Return rule and place of everything axe-core finds wrong."""
    found: Dict[str, Any] = Axe().run(page, options=RULES).response
    return [
        "{}: {}".format(each["id"], node["html"])
        for each in found["violations"]
        for node in each["nodes"]
    ]


@pytest.mark.parametrize(
    ("scheme", "size"),
    [("light", PHONE), ("dark", PHONE), ("light", DESKTOP)],
    ids=["day", "night", "desktop"],
)
def test_nothing_is_wrong(box: Box, opened: Opened, scheme: str, size: Dict[str, int]) -> None:
    paths = ["/verdicts/{}".format(box.classify(scene)) for scene in SHOWN]
    page = opened("/", color_scheme=scheme, viewport=size)
    found = {}
    for path in ["/", "/history", "/aim", "/box", "/review", "/nowhere", *paths]:
        page.goto(path)
        found[path] = violations(page)
    assert {path: each for path, each in found.items() if each} == {}


def test_nothing_is_wrong_with_what_the_token_adds(box: Box, opened: Opened) -> None:
    paths = ["/review", "/verdicts/{}".format(box.classify("edible"))]
    page = opened("/box")
    page.get_by_label("Token").fill(TOKEN)
    page.get_by_role("button", name="Unlock").click()
    page.get_by_role("button", name="Only look again").wait_for()
    for path in paths:
        page.goto(path)
        assert page.get_by_label("What does the photograph show?").is_visible()
        assert violations(page) == []


def test_a_fault_would_be_found(box: Box, opened: Opened) -> None:
    page = opened("/box")
    page.evaluate("document.querySelector('label[for=secret]').remove()")
    assert any(each.startswith("label: ") for each in violations(page))
