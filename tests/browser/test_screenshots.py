"""Pictures of the page to be looked at, with drawn plants before the default model.

They lie in build/screenshots; two are kept in docs/: page-phone.png and page-desktop.png.
"""

import os
from typing import Any, Callable, Dict, Iterator

import pytest
from playwright.sync_api import Page
from support.box_with_page import Box
from support.checkout import TOP

from plantd.camera.drawing import jpeg_of_plant

FOLDER = TOP / "build" / "screenshots"
SIZES = {"phone": {"width": 390, "height": 844}, "desktop": {"width": 1280, "height": 800}}
PAGES = {"answer": "/", "aim": "/aim", "history": "/history", "box": "/box"}
SEEDS = (5, 8, 3, 12, 1, 7)
Opened = Callable[..., Page]


@pytest.fixture(scope="module")
def running(directory: str, sections: Dict[str, Dict[str, Any]]) -> Iterator[Box]:
    """The default model, a drawn plant before the camera, and some answers."""
    changed = {
        "camera": {"source": "test://plant?seed=1"},
        "model": {"bundle": str(TOP / "engines" / "bundles" / "plants70")},
        "engine": {"backend": "onnxruntime"},
    }
    os.makedirs(directory + "/show")
    box = Box(directory + "/show", {**sections, **changed})
    box.start()
    for seed in SEEDS:
        box.client.post_bytes("/v1/classify", jpeg_of_plant(1280, 720, seed))
    yield box
    box.close()


@pytest.fixture
def box(running: Box) -> Box:
    return running


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", sorted(SIZES))
def test_every_page_is_written_down(opened: Opened, size: str, scheme: str) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    settings: Dict[str, Any] = {"viewport": SIZES[size], "color_scheme": scheme}
    page = opened("/", **settings)
    for name, path in PAGES.items():
        page.goto(path)
        if name == "aim":
            page.locator(".hint:visible").first.wait_for()
        written = FOLDER / "{}-{}-{}.png".format(name, size, scheme)
        page.screenshot(path=str(written))
        assert written.stat().st_size > 0


def test_the_pictures_in_docs_are_small() -> None:
    kept = list((TOP / "docs").glob("page-*.png"))
    assert len(kept) == 2
    assert all(path.stat().st_size < 150000 for path in kept)
