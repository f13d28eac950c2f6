"""A whole plantd with its page, and Debian's Chromium before it.

Every page that a test opens is watched: a request that leaves the page's own address, an error of a
script, a violation of the content-security policy or a dialog fails the test.
"""

import shutil
import tempfile
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from running import free_port
from support import every_answer
from support.box_with_page import HOSTILE_FILE, TOKEN, Box, stand

CHROMIUM = "/usr/bin/chromium"
PATIENCE_MS = 30000.0
OWN_SCHEMES = ("blob:", "data:")


@pytest.fixture(scope="session")
def directory() -> Iterator[str]:
    path = tempfile.mkdtemp(prefix="plantd-", dir="/tmp")
    yield path
    shutil.rmtree(path)


@pytest.fixture(scope="session")
def sections(directory: str) -> Dict[str, Dict[str, Any]]:
    stand(directory, "edible")
    every_answer.make(directory + "/model")
    token = Path(directory) / "token"
    token.write_text(TOKEN + "\n")
    token.chmod(0o640)
    return {
        "camera": {
            "source": "file://{}/{}".format(directory, HOSTILE_FILE.replace(" ", "%20")),
            "fps": 20,
            "read_timeout_s": 1.0,
            "press_timeout_s": 3.0,
        },
        "model": {"bundle": directory + "/model"},
        "engine": {"backend": "fake"},
        "telemetry": {"interval_s": 0.5},
        # However slow the disk is beside other work: an answer is recorded before it is shown.
        "record": {"commit_timeout_ms": 20000},
        "api": {"http": "127.0.0.1:{}".format(free_port()), "token_file": str(token)},
    }


@pytest.fixture(scope="session")
def running(directory: str, sections: Dict[str, Dict[str, Any]]) -> Iterator[Box]:
    """One service for all tests: each counts from the answers there are."""
    made = Box(directory, sections)
    made.start()
    yield made
    made.close()


@pytest.fixture
def box(running: Box) -> Box:
    """The service, an edible plant before its camera."""
    running.stand("edible")
    return running


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM)
        yield browser
        browser.close()


Opened = Callable[..., Page]


@pytest.fixture
def opened(chromium: Browser, box: Box) -> Iterator[Opened]:
    """Opens a path of the page in a context of its own; see this module on what is watched."""
    contexts: List[BrowserContext] = []
    wrong: List[str] = []

    def watch(page: Page) -> None:
        page.on("pageerror", lambda error: wrong.append("a script failed: {}".format(error)))
        page.on("dialog", lambda dialog: wrong.append("a dialog: " + dialog.message))
        page.on("console", lambda said: wrong.extend(_complaint(said.type, said.text)))
        page.on("request", lambda request: wrong.extend(_foreign(request.url, box.url)))

    def made(path: str = "/", **settings: Any) -> Page:
        context = chromium.new_context(base_url=box.url, **settings)
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        page = context.new_page()
        watch(page)
        page.goto(path)
        return page

    yield made
    for context in contexts:
        context.close()
    assert wrong == []


def _complaint(kind: str, text: str) -> List[str]:
    # A browser's own line about an answer that says 403 or 503 is no fault of the page.
    told = kind in ("error", "warning") and "Failed to load resource" not in text
    return ["{}: {}".format(kind, text)] if told else []


def _foreign(url: str, own: str) -> List[str]:
    is_own = url.startswith(own + "/") or url.startswith(OWN_SCHEMES)
    return [] if is_own else ["asked from elsewhere: " + url]
