"""Which pattern is on when."""

import pytest

from plantd.light.interface import ANSWERS, Pattern
from plantd.light.precedence import OF_A_PRESS, OUTCOMES, PASSING
from plantd.light.schedule import PatternSchedule, dark_schedule


@pytest.mark.parametrize("answer", PASSING)
def test_an_answer_or_a_refusal_lasts_as_long_as_configured(answer: Pattern) -> None:
    shown = dark_schedule(8.0).show(Pattern.READY, 1.0).show(answer, 10.0)
    assert shown.at(17.9).pattern == answer
    assert shown.at(18.0).pattern == Pattern.READY


@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize("change", [Pattern.STARTING, Pattern.READY, Pattern.OFFER])
def test_what_says_that_all_is_well_waits_for_the_end_of_an_answer(
    answer: Pattern, change: Pattern
) -> None:
    shown = dark_schedule(8.0).show(Pattern.READY, 1.0).show(answer, 10.0).show(change, 12.0)
    assert shown.at(17.9).pattern == answer
    assert shown.at(18.0).pattern == change


@pytest.mark.parametrize("change", [Pattern.STARTING, Pattern.READY, Pattern.OFFER])
def test_what_says_that_all_is_well_waits_for_the_outcome_of_a_press(change: Pattern) -> None:
    shown = dark_schedule(8.0).show(Pattern.OFFER, 1.0).show(Pattern.ACKNOWLEDGED, 10.0)
    shown = shown.show(change, 11.0)
    assert shown.at(11.0).pattern == Pattern.ACKNOWLEDGED
    assert shown.show(Pattern.UNSURE, 12.0).at(20.0).pattern == change


@pytest.mark.parametrize("of_a_press", OF_A_PRESS)
def test_a_refusal_takes_the_light_from_nothing_of_a_press(of_a_press: Pattern) -> None:
    shown = dark_schedule(8.0).show(Pattern.READY, 1.0).show(of_a_press, 10.0)
    assert shown.show(Pattern.REFUSED, 12.0) == shown


def test_a_second_refusal_has_a_time_of_its_own() -> None:
    shown = dark_schedule(8.0).show(Pattern.READY, 1.0).show(Pattern.REFUSED, 10.0)
    assert shown.show(Pattern.REFUSED, 12.0).at(19.9).pattern == Pattern.REFUSED


@pytest.mark.parametrize("outcome", OUTCOMES)
@pytest.mark.parametrize("lost", [Pattern.NO_CAMERA, Pattern.FAULT])
def test_an_answer_stays_to_its_end_whatever_part_is_lost_meanwhile(
    outcome: Pattern, lost: Pattern
) -> None:
    shown = dark_schedule(8.0).show(Pattern.READY, 1.0).show(outcome, 10.0).show(lost, 12.0)
    assert shown.at(17.9).pattern == outcome
    assert shown.at(18.0).pattern == lost


@pytest.mark.parametrize("asked", [each for each in Pattern if each not in OF_A_PRESS])
def test_only_a_press_and_the_end_take_a_warning_from_the_light(asked: Pattern) -> None:
    shown = dark_schedule(8.0).show(Pattern.POISONOUS, 10.0).show(asked, 12.0)
    assert shown.at(12.0).pattern == (asked if asked == Pattern.OFF else Pattern.POISONOUS)


def test_that_a_press_came_too_soon_takes_the_light_from_no_answer() -> None:
    shown = dark_schedule(8.0).show(Pattern.ACKNOWLEDGED, 9.0).show(Pattern.POISONOUS, 10.0)
    assert shown.show(Pattern.BUSY, 10.0) == shown


@pytest.mark.parametrize("waiting", [Pattern.ACKNOWLEDGED, Pattern.BUSY])
@pytest.mark.parametrize("lost", [Pattern.NO_CAMERA, Pattern.FAULT])
def test_a_lost_part_is_shown_at_once_while_there_is_no_answer(
    waiting: Pattern, lost: Pattern
) -> None:
    shown = dark_schedule(8.0).show(waiting, 10.0).show(lost, 10.5)
    assert shown.at(10.5).pattern == lost


@pytest.mark.parametrize("at_once", [Pattern.ACKNOWLEDGED, Pattern.OFF])
def test_the_next_press_and_the_end_take_the_light_at_once(at_once: Pattern) -> None:
    shown = dark_schedule(8.0).show(Pattern.READY, 1.0).show(Pattern.POISONOUS, 10.0)
    assert shown.show(at_once, 12.0).at(12.0).pattern == at_once


def test_after_its_end_an_answer_keeps_nothing_back() -> None:
    shown = dark_schedule(8.0).show(Pattern.EDIBLE, 10.0).show(Pattern.READY, 18.5)
    assert shown.at(18.5) == PatternSchedule(Pattern.READY, 18.5, Pattern.READY, 8.0)


def test_what_follows_an_answer_began_when_it_ended() -> None:
    shown = dark_schedule(8.0).show(Pattern.READY, 1.0).show(Pattern.EDIBLE, 10.0)
    assert shown.at(100.0).since == 18.0


def test_the_player_is_woken_when_an_answer_ends() -> None:
    shown = dark_schedule(1.0).show(Pattern.EDIBLE, 10.0)
    assert shown.moment(10.9).for_s == pytest.approx(0.1)


def test_other_patterns_stay() -> None:
    shown = dark_schedule(8.0).show(Pattern.ACKNOWLEDGED, 1.0)
    assert shown.at(1e6).pattern == Pattern.ACKNOWLEDGED
    assert shown.moment(1e6).lamps.colours
