"""What is due on a display at which time."""

from typing import Any, Dict

import pytest
from support.verdict_json import verdict_json

from plantd.light.interface import Pattern
from plantd.notifiers.display.schedule import PAGE_S, Schedule
from plantd.texts.catalogue import english

ANSWER_S, DARK_S = 12.0, 100.0


def light(pattern: Pattern) -> Dict[str, Any]:
    return {"type": "light", "pattern": pattern.value}


def camera(state: str) -> Dict[str, Any]:
    detail = "" if state == "HEALTHY" else "no frame for 5 s; look at its cable"
    return {"type": "state", "part": "camera", "state": state, "detail": detail}


@pytest.fixture
def schedule() -> Schedule:
    made = Schedule(english(), ANSWER_S, DARK_S)
    made.take(light(Pattern.READY), 0.0)
    return made


def heads(schedule: Schedule, *times_s: float) -> "list[str]":
    return [schedule.moment(now).scene.head for now in times_s]


def test_before_the_light_says_anything_it_starts() -> None:
    assert heads(Schedule(english(), ANSWER_S, DARK_S), 0.0) == ["Starting"]


def test_a_press_is_looking_until_its_answer(schedule: Schedule) -> None:
    assert schedule.take(light(Pattern.ACKNOWLEDGED), 1.0)
    assert heads(schedule, 1.0, 3.0) == ["Looking", "Looking"]
    assert schedule.take(verdict_json(1), 3.5)
    assert heads(schedule, 3.5) == ["Unsure"]


def test_an_answer_ends_and_the_box_is_ready_again(schedule: Schedule) -> None:
    schedule.take(verdict_json(1), 1.0)
    schedule.take(light(Pattern.UNSURE), 1.1)
    assert heads(schedule, 1.1, 12.9, 13.0) == ["Unsure", "Unsure", "Ready"]


def test_the_light_s_end_of_an_answer_does_not_end_that_of_the_display(schedule: Schedule) -> None:
    schedule.take(verdict_json(1), 1.0)
    schedule.take(light(Pattern.READY), 6.0)
    assert heads(schedule, 6.0) == ["Unsure"]


def test_a_press_that_is_never_answered_does_not_look_for_ever(schedule: Schedule) -> None:
    schedule.take(light(Pattern.ACKNOWLEDGED), 1.0)
    assert heads(schedule, 1.0 + ANSWER_S) == ["Ready"]


def test_a_fault_takes_the_place_of_looking(schedule: Schedule) -> None:
    schedule.take(light(Pattern.ACKNOWLEDGED), 1.0)
    assert schedule.take(light(Pattern.FAULT), 2.0)
    assert heads(schedule, 2.0) == ["Fault"]


@pytest.mark.parametrize(
    ("pattern", "head"),
    [(Pattern.PRESS_FAULT, "Fault"), (Pattern.PRESS_NO_CAMERA, "No camera")],
)
def test_why_a_press_has_no_answer_is_told_as_long_as_one(
    schedule: Schedule, pattern: Pattern, head: str
) -> None:
    schedule.take(light(Pattern.ACKNOWLEDGED), 1.0)
    assert schedule.take(light(pattern), 2.0)
    assert not schedule.take(light(Pattern.READY), 3.0)
    assert heads(schedule, 3.0, 2.0 + ANSWER_S) == [head, "Ready"]


def test_pages_turn(schedule: Schedule) -> None:
    schedule.take(verdict_json(1), 1.0)
    moment = schedule.moment(1.0)
    assert (moment.page, moment.for_s) == (0, PAGE_S)
    assert schedule.moment(1.0 + PAGE_S).page == 1


def test_it_asks_again_when_the_answer_ends_within_a_page(schedule: Schedule) -> None:
    schedule.take(verdict_json(1), 0.0)
    assert schedule.moment(2 * PAGE_S).for_s == pytest.approx(ANSWER_S - 2 * PAGE_S)


def test_at_rest_it_goes_dark_and_a_press_wakes_it(schedule: Schedule) -> None:
    assert heads(schedule, DARK_S - 1, DARK_S) == ["Ready", ""]
    schedule.take(light(Pattern.ACKNOWLEDGED), DARK_S + 5)
    assert heads(schedule, DARK_S + 5) == ["Looking"]


def test_zero_is_never_dark() -> None:
    schedule = Schedule(english(), ANSWER_S, 0.0)
    schedule.take(light(Pattern.READY), 0.0)
    assert heads(schedule, 1e6) == ["Ready"]


def test_a_part_that_fails_wakes_a_dark_display_and_is_told(schedule: Schedule) -> None:
    assert heads(schedule, DARK_S) == [""]
    assert schedule.take(camera("RECOVERING"), DARK_S + 1)
    scene = schedule.moment(DARK_S + 1).scene
    assert scene.head == "Ready"
    assert "camera: no frame for 5 s; look at its cable" in scene.paragraphs


def test_a_part_that_is_well_again_is_told_of_no_more(schedule: Schedule) -> None:
    for state in ("RECOVERING", "HEALTHY"):
        schedule.take(camera(state), 1.0)
    assert schedule.moment(1.0).scene.paragraphs == (
        "Press the button of the box in front of one plant.",
    )


def test_the_display_s_own_trouble_is_not_shown_on_it(schedule: Schedule) -> None:
    event = dict(camera("DEGRADED"), part="display")
    assert not schedule.take(event, 1.0)
    assert len(schedule.moment(1.0).scene.paragraphs) == 1


def test_a_part_that_fails_during_an_answer_does_not_hide_it(schedule: Schedule) -> None:
    schedule.take(verdict_json(1), 1.0)
    assert not schedule.take(camera("RECOVERING"), 2.0)
    assert heads(schedule, 2.0) == ["Unsure"]


@pytest.mark.parametrize("asked", [Pattern.NO_CAMERA, Pattern.FAULT, Pattern.BUSY])
def test_no_lost_part_and_no_press_too_soon_takes_the_place_of_an_answer(
    schedule: Schedule, asked: Pattern
) -> None:
    schedule.take(light(Pattern.ACKNOWLEDGED), 0.5)
    schedule.take(verdict_json(1), 1.0)
    schedule.take(light(asked), 2.0)
    assert heads(schedule, 2.0) == ["Unsure"]


def test_a_long_press_shows_the_last_answer_again(schedule: Schedule) -> None:
    schedule.take(verdict_json(1), 1.0)
    assert heads(schedule, 50.0) == ["Ready"]
    assert schedule.take(light(Pattern.UNSURE), 50.0)
    assert heads(schedule, 50.0, 50.0 + ANSWER_S) == ["Unsure", "Ready"]


def test_the_light_of_an_answer_that_nobody_gave_shows_none(schedule: Schedule) -> None:
    schedule.take(verdict_json(1), 1.0)
    assert heads(schedule, 50.0) == ["Ready"]
    assert not schedule.take(light(Pattern.EDIBLE), 50.0)
    assert heads(schedule, 50.0) == ["Ready"]


def stick(told: str) -> Dict[str, Any]:
    return {"type": "state", "part": "stick", "state": "HEALTHY", "detail": told}


def test_a_model_on_a_stick_is_offered_until_it_is_gone(schedule: Schedule) -> None:
    schedule.take(stick("herbs-1.1.0 offered: signed by Ada"), 1.0)
    assert schedule.take(light(Pattern.OFFER), 1.0)
    scene = schedule.moment(1.0).scene
    assert (scene.shape, scene.head) == ("offer", "New model")
    assert scene.paragraphs == ("A long press takes it.", "herbs-1.1.0 offered: signed by Ada")
    schedule.take(light(Pattern.READY), 2.0)
    assert heads(schedule, 2.0) == ["Ready"]


def test_a_stick_that_is_refused_is_told_for_as_long_as_an_answer(schedule: Schedule) -> None:
    schedule.take(stick("herbs-1.1.0 refused: no key of the box signed it"), 1.0)
    assert schedule.take(light(Pattern.REFUSED), 1.0)
    scene = schedule.moment(1.0).scene
    assert (scene.head, scene.paragraphs[0]) == (
        "Refused",
        "herbs-1.1.0 refused: no key of the box signed it",
    )
    assert heads(schedule, 1.0 + ANSWER_S) == ["Ready"]


def test_an_offer_that_ends_during_a_press_does_not_end_the_press(schedule: Schedule) -> None:
    for now, pattern in enumerate((Pattern.OFFER, Pattern.ACKNOWLEDGED, Pattern.READY)):
        schedule.take(light(pattern), float(now))
    assert heads(schedule, 3.0) == ["Looking"]
    schedule.take(verdict_json(1), 4.0)
    assert heads(schedule, 4.0, 4.0 + ANSWER_S) == ["Unsure", "Ready"]


@pytest.mark.parametrize("head", ["Looking", "Unsure"])
def test_a_refusal_does_not_take_the_place_of_a_press(schedule: Schedule, head: str) -> None:
    schedule.take(light(Pattern.ACKNOWLEDGED), 1.0)
    if head == "Unsure":
        schedule.take(verdict_json(1), 1.5)
    assert not schedule.take(light(Pattern.REFUSED), 2.0)
    assert heads(schedule, 2.0) == [head]


def test_an_offer_waits_for_the_end_of_an_answer(schedule: Schedule) -> None:
    schedule.take(verdict_json(1), 1.0)
    schedule.take(light(Pattern.OFFER), 2.0)
    assert heads(schedule, 2.0, 1.0 + ANSWER_S) == ["Unsure", "New model"]


def test_a_picture_that_was_sent_in_is_not_shown(schedule: Schedule) -> None:
    assert not schedule.take(verdict_json(1, trigger="classify"), 1.0)
    assert not schedule.take(light(Pattern.UNSURE), 1.0)
    assert heads(schedule, 1.0) == ["Ready"]


def test_each_press_makes_sure_of_the_display_once(schedule: Schedule) -> None:
    assert not schedule.moment(0.0).is_new
    schedule.take(light(Pattern.ACKNOWLEDGED), 1.0)
    assert schedule.moment(1.0).is_new
    schedule.note_renewal()
    assert not schedule.moment(1.0).is_new


def test_events_of_other_kinds_are_nothing_to_it(schedule: Schedule) -> None:
    assert not schedule.take({"type": "telemetry"}, 1.0)
