"""What is to stand on paper at which time. No clock runs: times are handed in."""

from typing import Any, Dict

import pytest
from support.verdict_json import verdict_json

from plantd.light.interface import Pattern
from plantd.notifiers.display.scene import (
    OFF,
    STARTING,
    WAITING,
    off_scene,
    verdict_sheet,
)
from plantd.notifiers.display.sheets import IDLE_S, LOOK_S, Sheets
from plantd.texts.catalogue import english

ANSWER_S, REFRESH_S = 120.0, 180.0
UNSURE = verdict_json(1, sentence="Treat it as poisonous.")
POISONOUS = verdict_json(2, verdict="poisonous", sentence="Do not eat it.")
LOST = {"type": "state", "part": "camera", "state": "RECOVERING", "detail": "no frame for 5 s"}


def light(pattern: Pattern) -> Dict[str, Any]:
    return {"type": "light", "pattern": pattern.value}


@pytest.fixture
def sheets() -> Sheets:
    """Return a schedule of a box that has been ready for long."""
    made = Sheets(english(), ANSWER_S, REFRESH_S)
    made.take(light(Pattern.READY), 0.0)
    assert made.moment(0.0).scene.shape == WAITING
    return made


def press(sheets: Sheets, verdict: Dict[str, Any], now: float) -> None:
    sheets.take(light(Pattern.ACKNOWLEDGED), now)
    sheets.take(verdict, now + 1.0)
    sheets.take(light(Pattern(verdict["verdict"])), now + 1.0)


def test_an_answer_is_due_at_once_however_new_the_last_picture_is(sheets: Sheets) -> None:
    for now, verdict in ((1.0, UNSURE), (5.0, POISONOUS), (9.0, UNSURE)):
        press(sheets, verdict, now)
        assert sheets.moment(now + 1.0).scene == verdict_sheet(verdict, english())


def test_no_page_turns_and_nothing_goes_dark(sheets: Sheets) -> None:
    seen = {sheets.moment(float(now))[:2] for now in range(0, 100000, 100)}
    assert len(seen) == 1
    assert sheets.moment(1e6).for_s == IDLE_S


def test_while_a_press_is_answered_the_last_picture_stays(sheets: Sheets) -> None:
    before = sheets.moment(500.0).scene
    sheets.take(light(Pattern.ACKNOWLEDGED), 500.0)
    moment = sheets.moment(500.0)
    assert (moment.scene, moment.for_s) == (before, LOOK_S)


def test_why_a_press_has_no_answer_is_due_at_once(sheets: Sheets) -> None:
    for now in (1.0, 5.0):
        sheets.take(light(Pattern.ACKNOWLEDGED), now)
        sheets.take(light(Pattern.PRESS_NO_CAMERA), now + 1.0)
        assert sheets.moment(now + 1.0).scene.head == "No camera"
    assert sheets.moment(6.0 + ANSWER_S).scene.shape == WAITING


def test_an_earlier_answer_does_not_outlast_a_press_that_is_told_nothing(sheets: Sheets) -> None:
    press(sheets, UNSURE, 500.0)
    assert sheets.moment(501.0).scene.shape == "unsure"
    sheets.take(light(Pattern.ACKNOWLEDGED), 520.0)
    assert sheets.moment(520.0 + LOOK_S - 0.1).scene.shape == "unsure"
    assert sheets.moment(520.0 + LOOK_S).scene.shape == WAITING


def test_an_answer_gives_way_when_it_is_old_and_says_to_press_again(sheets: Sheets) -> None:
    press(sheets, UNSURE, 500.0)
    moment = sheets.moment(501.0)
    assert moment.for_s == ANSWER_S
    assert "press again" in moment.scene.footer
    moment = sheets.moment(501.0 + ANSWER_S)
    assert moment.scene.shape == WAITING
    assert moment.scene.paragraphs[0].startswith("Press the button")


def test_the_same_answer_again_is_another_picture(sheets: Sheets) -> None:
    press(sheets, UNSURE, 500.0)
    first = sheets.moment(501.0)
    assert sheets.moment(502.0)[:2] == first[:2]
    press(sheets, UNSURE, 510.0)
    second = sheets.moment(511.0)
    assert second.scene == first.scene
    assert second.page != first.page


def test_what_is_no_answer_waits_and_only_the_latest_is_shown(sheets: Sheets) -> None:
    sheets.take(dict(LOST, detail="no frame for 5 s"), 1000.0)
    first = sheets.moment(1000.0).scene
    assert "camera: no frame for 5 s" in first.paragraphs
    for second in range(1, 100):
        sheets.take(dict(LOST, detail="no frame for {} s".format(second)), 1000.0 + second)
        moment = sheets.moment(1000.0 + second)
        assert moment.scene == first
        assert moment.for_s <= REFRESH_S - second
    assert "camera: no frame for 99 s" in sheets.moment(1000.0 + REFRESH_S).scene.paragraphs


def test_what_follows_the_start_does_not_wait() -> None:
    sheets = Sheets(english(), ANSWER_S, REFRESH_S)
    assert sheets.moment(0.0).scene.shape == STARTING
    sheets.take(light(Pattern.READY), 3.0)
    assert sheets.moment(3.0).scene.shape == WAITING


def test_the_last_word_is_that_the_box_is_off() -> None:
    scene = off_scene(english())
    assert (scene.shape, scene.head) == (OFF, "Off")
    assert scene.paragraphs == ("This box is off: a press does nothing.",)
