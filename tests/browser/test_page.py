"""The page in a real browser, before a real service: press, verdict, lost camera, token."""

import tarfile
from typing import Any, Callable

import pytest
from playwright.sync_api import Page, expect
from support import every_answer
from support.box_with_page import TOKEN, Box

PATIENCE_MS = 30000.0
Opened = Callable[..., Page]

expect.set_options(timeout=PATIENCE_MS)


def unlocked(opened: Opened, path: str = "/", **settings: Any) -> Page:
    page = opened("/box", **settings)
    page.get_by_label("Token").fill(TOKEN)
    page.get_by_role("button", name="Unlock").click()
    expect(page.get_by_role("button", name="Only look again")).to_be_visible()
    page.goto(path)
    return page


def test_a_press_of_the_button_appears_by_itself(box: Box, opened: Opened) -> None:
    box.classify("no_plant")
    page = opened("/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Unsure")
    box.finger.press()
    expect(page.get_by_role("heading", level=1)).to_have_text("Edible species, by its looks")
    expect(page.locator("#main")).to_contain_text("poison hemlock")
    box.stand("poisonous")
    box.finger.press()
    expect(page.get_by_role("heading", level=1)).to_have_text("Poisonous")
    expect(page.locator("#told")).to_contain_text("Do not eat it, do not taste it.")
    expect(page).to_have_title("Poisonous · plantd")


def test_the_photograph_is_shown(box: Box, opened: Opened) -> None:
    box.classify("edible")
    page = opened("/")
    photo = page.locator(".photo img").last
    expect(photo).to_be_visible()
    page.wait_for_function("() => document.querySelector('.photo img').naturalWidth > 0")


def test_a_lost_camera_is_said_and_its_return_too(box: Box, opened: Opened) -> None:
    page = opened("/")
    expect(page.get_by_text("The camera is lost.")).to_have_count(0)
    box.unplug()
    expect(page.get_by_text("The camera is lost.")).to_be_visible()
    box.stand("edible")
    expect(page.get_by_text("The camera is lost.")).to_have_count(0)


def test_foreign_names_stay_text(box: Box, opened: Opened) -> None:
    box.press_and_hear()
    page = opened("/")
    for path in ("/history", "/box", "/aim", "/history?q=" + "%3Cscript%3Ealert(1)%3C/script%3E"):
        page.goto(path)
        expect(page.locator("#main")).to_be_visible()
    page.goto("/box")
    expect(page.locator("#main")).to_contain_text("onerror=alert(1)>")
    assert page.locator("img[src='x']").count() == 0


def test_a_wrong_token_changes_nothing(box: Box, opened: Opened) -> None:
    before = box.newest_seq()
    page = opened("/box")
    page.get_by_label("Token").fill("wild-leek-basket-43")
    page.get_by_role("button", name="Unlock").click()
    expect(page.locator("#problem")).to_contain_text("nothing was changed")
    page.goto("/")
    expect(page.get_by_role("button", name="Press")).to_have_count(0)
    assert box.newest_seq() == before
    assert page.context.cookies() == []


def test_with_the_token_the_page_presses(box: Box, opened: Opened) -> None:
    before = box.newest_seq()
    page = unlocked(opened)
    page.get_by_role("button", name="Press").click()
    expect(page).to_have_url("{}/verdicts/{}".format(box.url, before + 1))
    expect(page.get_by_role("heading", level=1)).to_have_text("Edible species, by its looks")
    assert page.evaluate("document.cookie") == ""


def test_with_the_token_photographs_are_labelled_one_by_one(box: Box, opened: Opened) -> None:
    seqs = [box.classify(scene) for scene in ("edible", "poisonous")]
    page = unlocked(opened, "/review")
    expect(page.locator(".photo img")).to_have_attribute("src", "/pictures/%d" % seqs[1])
    page.get_by_label("What does the photograph show?").select_option("No plant")
    page.get_by_role("button", name="Keep").click()
    expect(page).to_have_url("{}/review?before={}".format(box.url, seqs[1]))
    expect(page.locator(".photo img")).to_have_attribute("src", "/pictures/%d" % seqs[0])
    page.goto("/verdicts/%d" % seqs[1])
    expect(page.locator("#main")).to_contain_text("What it shows: No plant, said on the page.")
    assert box.client.get("/v1/verdicts/%d" % seqs[1])["label"]["label"] == "no_plant"


def test_the_support_bundle_comes_along(box: Box, opened: Opened) -> None:
    page = unlocked(opened, "/box")
    with page.expect_download(timeout=5 * PATIENCE_MS) as coming:
        # The answer takes as long as doctor does: the click itself must not wait for it.
        page.get_by_role("button", name="Download the support bundle").click(no_wait_after=True)
    with tarfile.open(str(coming.value.path())) as bundle:
        names = bundle.getnames()
    assert any(name.endswith("status.json") for name in names)
    assert not any(name.endswith((".jpg", ".png")) for name in names)


def test_without_scripts_the_answer_and_the_history_are_there(box: Box, opened: Opened) -> None:
    for scene in ("edible", "poisonous"):
        seq = box.classify(scene)
    page = opened("/", java_script_enabled=False)
    expect(page.get_by_role("heading", level=1)).to_have_text("Poisonous")
    page.get_by_role("link", name="History").click()
    expect(page.locator(".entry").first).to_contain_text("#{}".format(seq))
    page.locator(".filters").get_by_role("link", name="Edible species").click()
    expect(page.locator(".entry").first).to_contain_text("#{}".format(seq - 1))
    expect(page.locator(".entry--poisonous")).to_have_count(0)
    page.get_by_label("Search a plant or a number").fill("nothing like it")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_text("Nothing is found here.")).to_be_visible()


def test_without_scripts_it_presses_too(box: Box, opened: Opened) -> None:
    before = box.newest_seq()
    page = unlocked(opened, java_script_enabled=False)
    page.get_by_role("button", name="Press").click()
    expect(page).to_have_url("{}/verdicts/{}".format(box.url, before + 1))


def test_the_view_tells_what_its_picture_lacks(box: Box, opened: Opened) -> None:
    page = opened("/aim")
    expect(page.get_by_text("Good.")).to_be_visible()
    box.stand("poor")
    expect(page.get_by_text("Too dark.")).to_be_visible()
    expect(page.get_by_text("Good.")).to_be_hidden()


def test_viewers_do_not_hold_the_button(box: Box, opened: Opened) -> None:
    viewers = [opened("/aim") for _ in range(3)]
    for viewer in viewers:
        expect(viewer.get_by_text("Good.")).to_be_visible()
    before = box.newest_seq()
    for press in range(1, 6):
        assert box.press_and_hear()["seq"] == before + press


def test_a_service_that_ends_and_returns_is_noticed(box: Box, opened: Opened) -> None:
    page = opened("/")
    expect(page.locator("#lost")).to_be_hidden()
    box.stop()
    expect(page.locator("#lost")).to_be_visible()
    box.start()
    expect(page.locator("#lost")).to_be_hidden()


def test_it_speaks_the_browser_s_language(box: Box, opened: Opened) -> None:
    box.classify("poisonous")
    page = opened("/", locale="de-DE")
    expect(page.get_by_role("heading", level=1)).to_have_text("Giftig")
    expect(page.locator(".answer__sentence")).to_contain_text("Nicht essen, nicht probieren.")


def test_it_is_used_by_keyboard(box: Box, opened: Opened) -> None:
    page = opened("/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    page.get_by_role("link", name="History").focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(box.url + "/history")


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
def test_whoever_wants_no_motion_gets_none(box: Box, opened: Opened, motion: str) -> None:
    page = opened("/", reduced_motion=motion)
    box.classify("poisonous")
    expect(page.locator(".answer--new")).to_be_visible()
    name = page.locator(".answer--new").evaluate("each => getComputedStyle(each).animationName")
    assert (name == "none") == (motion == "reduce")


def test_every_scene_is_shown(box: Box, opened: Opened) -> None:
    page = opened("/")
    for scene in every_answer.SCENES:
        seq = box.classify(scene)
        expect(page.locator("[data-seq='{}']".format(seq))).to_be_visible()
