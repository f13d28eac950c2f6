"""Who may press from the page: whoever knows the token, and nobody else."""

import os
from pathlib import Path
from typing import Iterator

import pytest
from support.served_page import BUNDLE, ServedPage

from plantd.errors import AccessError
from plantd.page.access import SESSION_S, SESSIONS_MAX, Access

TOKEN = "wild-leek-basket-42"


@pytest.fixture
def token_file(tmp_path: Path) -> str:
    path = tmp_path / "token"
    path.write_text(TOKEN + "\na second line is not part of it\n")
    path.chmod(0o640)
    return str(path)


@pytest.fixture
def served(token_file: str) -> Iterator[ServedPage]:
    with ServedPage(token_file=token_file) as page:
        yield page


def cookie_of(served: ServedPage, token: str = TOKEN) -> str:
    answer = served.post("/unlock", {"token": token})
    assert answer.status == 303, answer.text
    return str(answer.headers["Set-Cookie"]).partition(";")[0]


def word_of(served: ServedPage, cookie: str) -> str:
    text = served.get("/", Cookie=cookie).text
    return text.partition('name="word" value="')[2].partition('"')[0]


def test_whoever_knows_the_token_presses(served: ServedPage) -> None:
    cookie = cookie_of(served)
    answer = served.post("/press", {"word": word_of(served, cookie)}, Cookie=cookie)
    assert (answer.status, answer.headers["Location"]) == (303, "/verdicts/7")
    assert served.appliance.captures_done.is_set()


def test_a_program_with_the_token_presses(served: ServedPage) -> None:
    answer = served.post("/press", Authorization="Bearer " + TOKEN)
    assert answer.status == 303


def test_the_cookie_is_for_this_site_s_pages_alone(served: ServedPage) -> None:
    said = str(served.post("/unlock", {"token": TOKEN}).headers["Set-Cookie"])
    assert "HttpOnly" in said
    assert "SameSite=Strict" in said
    assert TOKEN not in said


@pytest.mark.parametrize("token", ["", "wild-leek-basket-43", TOKEN + " ", "é" * 19])
def test_a_wrong_token_changes_nothing(served: ServedPage, token: str) -> None:
    answer = served.post("/unlock", {"token": token})
    assert answer.status == 403
    assert "Set-Cookie" not in answer.headers
    assert "nothing was changed" in answer.text
    assert served.post("/press", Authorization="Bearer " + token.strip()).status == (
        303 if token.strip() == TOKEN else 403
    )


@pytest.mark.parametrize("path", ["/press", "/lock", "/support-bundle", "/verdicts/1/label"])
def test_without_a_session_nothing_is_done(served: ServedPage, path: str) -> None:
    for headers in ({}, {"Cookie": "plantd=made-up"}):
        assert served.post(path, {"word": "made-up"}, **headers).status == 403
    assert not served.appliance.captures_begun.is_set()
    assert served.bundles_written == 0
    assert served.appliance.labels == {}


def test_a_form_without_its_word_is_refused(served: ServedPage) -> None:
    cookie = cookie_of(served)
    assert served.post("/press", {}, Cookie=cookie).status == 403
    assert served.post("/press", {"word": "guessed"}, Cookie=cookie).status == 403
    assert not served.appliance.captures_begun.is_set()


def test_a_form_of_another_site_is_refused(served: ServedPage) -> None:
    cookie = cookie_of(served)
    form = {"word": word_of(served, cookie)}
    assert served.post("/press", form, Cookie=cookie, Origin="http://elsewhere").status == 403
    assert served.post("/press", form, Cookie=cookie, Origin="null").status == 403
    assert served.post("/press", form, Cookie=cookie, Sec_Fetch_Site="cross-site").status == 403
    assert not served.appliance.captures_begun.is_set()


def test_a_session_ends_when_it_is_left(served: ServedPage) -> None:
    cookie = cookie_of(served)
    form = {"word": word_of(served, cookie)}
    assert served.post("/lock", form, Cookie=cookie).status == 303
    assert served.post("/press", form, Cookie=cookie).status == 403


def test_a_session_ends_after_its_time(served: ServedPage) -> None:
    cookie = cookie_of(served)
    form = {"word": word_of(served, cookie)}
    served.now_s += SESSION_S + 1
    assert served.post("/press", form, Cookie=cookie).status == 403


def test_another_token_ends_the_sessions_of_the_one_before(
    served: ServedPage, token_file: str
) -> None:
    cookie = cookie_of(served)
    form = {"word": word_of(served, cookie)}
    Path(token_file).write_text("another-token-altogether\n")
    answer = served.post("/press", form, Cookie=cookie)
    assert answer.status == 403
    assert "enter it again" in answer.text


def test_the_support_bundle_is_handed_out_once_at_a_time(served: ServedPage) -> None:
    answer = served.post("/support-bundle", Authorization="Bearer " + TOKEN)
    assert answer.body == BUNDLE
    assert answer.headers["Content-Type"] == "application/gzip"
    assert "attachment" in answer.headers["Content-Disposition"]


def test_without_a_token_file_the_page_only_shows() -> None:
    with ServedPage() as page:
        assert 'action="/unlock"' not in page.get("/box").text
        assert page.post("/unlock", {"token": ""}).status == 403
        assert page.post("/press", Authorization="Bearer x").status == 403
        assert page.complaint == ""


@pytest.mark.parametrize(
    ("text", "mode", "complaint"),
    [
        ("short\n", 0o640, "too short"),
        ("\n", 0o640, "too short"),
        (TOKEN, 0o644, "everybody may read"),
    ],
)
def test_a_token_that_protects_nothing_is_none(
    token_file: str, text: str, mode: int, complaint: str
) -> None:
    Path(token_file).write_text(text)
    os.chmod(token_file, mode)
    with ServedPage(token_file=token_file) as page:
        assert complaint in page.complaint
        assert page.post("/unlock", {"token": text.strip()}).status == 403


def test_a_token_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    access = Access(str(tmp_path / "none"), lambda: 0.0)
    assert "cannot be read: No such file" in access.complaint()
    with pytest.raises(AccessError, match="cannot be read"):
        access.enter("x")


def test_sessions_are_bounded(token_file: str) -> None:
    now = [0.0]
    access = Access(token_file, lambda: now[0])
    cookies = []
    for now[0] in range(SESSIONS_MAX + 2):
        cookies.append(access.enter(TOKEN))
    alive = [cookie for cookie in cookies if access.session(cookie)]
    assert alive == cookies[2:]
