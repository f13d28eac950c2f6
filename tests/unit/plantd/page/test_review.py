"""The page asks whoever knows the token what photographs show, and shows what was said."""

import html
import re
from pathlib import Path
from typing import Iterator, Optional

import pytest
from support.served_page import Answer, ServedPage
from support.wire_samples import model

TOKEN = "wild-leek-basket-42"
HOSTILE = "\"><script>alert('x')</script>"


class Reviewer:
    """Somebody with the token before a page."""

    def __init__(self, served: ServedPage) -> None:
        self._served = served
        answer = served.post("/unlock", {"token": TOKEN})
        self._cookie = str(answer.headers["Set-Cookie"]).partition(";")[0]

    def get(self, path: str) -> str:
        return self._served.get(path, Cookie=self._cookie).text

    def say(self, seq: int, label: str, walking: Optional[str] = None) -> Answer:
        word = self.get("/review").partition('name="word" value="')[2].partition('"')[0]
        form = {"word": word, "label": label, **({"walking": walking} if walking else {})}
        return self._served.post("/verdicts/{}/label".format(seq), form, Cookie=self._cookie)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[ServedPage]:
    token = tmp_path / "token"
    token.write_text(TOKEN)
    token.chmod(0o640)
    with ServedPage(token_file=str(token)) as page:
        page.appliance.hello_json = {"model": model()}
        page.appliance.record(3)
        yield page


@pytest.fixture
def reviewer(served: ServedPage) -> Reviewer:
    return Reviewer(served)


def options(page: str) -> list:
    return [html.unescape(found) for found in re.findall(r'<option value="([^"]*)">', page)]


def test_the_newest_that_waits_is_shown_with_every_label(reviewer: Reviewer) -> None:
    page = reviewer.get("/review")
    assert 'src="/pictures/3"' in page
    found = options(page)
    assert found[:3] == ["", "another_plant", "no_plant"]
    assert "Wild_Leek" in found


def test_a_label_is_kept_and_the_next_one_shown(served: ServedPage, reviewer: Reviewer) -> None:
    answer = reviewer.say(3, "no_plant", walking="1")
    assert (answer.status, answer.headers["Location"]) == (303, "/review?before=3")
    assert served.appliance.labels[3]["label"] == "no_plant"
    assert served.appliance.labels[3]["by"] == "page"
    assert 'src="/pictures/2"' in reviewer.get("/review?before=3")


def test_one_that_is_skipped_comes_again(reviewer: Reviewer) -> None:
    page = reviewer.get("/review")
    assert 'href="/review?before=3"' in page
    assert 'src="/pictures/2"' in reviewer.get("/review?before=3")
    assert 'src="/pictures/3"' in reviewer.get("/review")


def test_an_answer_takes_a_label_and_shows_it(served: ServedPage, reviewer: Reviewer) -> None:
    assert reviewer.say(2, "another_plant").headers["Location"] == "/verdicts/2"
    served.appliance.recorded[1]["label"] = served.appliance.labels[2]
    page = reviewer.get("/verdicts/2")
    assert "What it shows: Another plant, said on the page." in page
    assert options(page)


def test_without_the_token_nothing_can_be_said(served: ServedPage) -> None:
    for path in ("/review", "/verdicts/2"):
        page = served.get(path).text
        assert options(page) == []
        assert "<select" not in page
    assert "Enter the token" in served.get("/review").text


def test_when_nothing_waits_it_says_so(served: ServedPage, reviewer: Reviewer) -> None:
    served.appliance.recorded = []
    assert "Nothing waits for a label here." in reviewer.get("/review")


def test_nothing_chosen_changes_nothing(served: ServedPage, reviewer: Reviewer) -> None:
    answer = reviewer.say(3, "")
    assert answer.status == 400
    assert "nothing was chosen" in answer.text
    assert served.appliance.labels == {}


def test_a_name_that_is_markup_stays_text(served: ServedPage, reviewer: Reviewer) -> None:
    served.appliance.hello_json = {
        "model": {**model(), "species": [{"label": HOSTILE, "name": HOSTILE}]}
    }
    page = reviewer.get("/review")
    assert HOSTILE not in page
    assert options(page)[-1] == HOSTILE


def test_a_page_without_a_token_file_offers_no_review() -> None:
    with ServedPage() as page:
        assert "/review" not in page.get("/history").text
        assert "no token was set" in page.get("/review").text
