"""The service's side of a stick: the light, the press that agrees, and who is silent."""

from typing import List

import pytest

from plantd.api.stick_news import (
    AGREED,
    INSTALLED,
    INSTALLING,
    OFFERED,
    REFUSED,
    WITHDRAWN,
    StickNews,
)
from plantd.button.interface import LONG, Press
from plantd.errors import BusyError, UnavailableError
from plantd.health.states import ComponentState, ComponentStates, State
from plantd.light.interface import Light, Pattern
from plantd.light.schedule import dark_schedule
from plantd.service.notify import Notifier
from plantd.service.status_line import StatusDisplay, calm_pattern
from plantd.stick.offer import LEASE_S, StickOffer

ANSWER_S = 8.0
NEWS = StickNews(OFFERED, "tiny-2.0.0", "signed by owner")


class Lamp(Light):
    """Shows by the rules of every light, with answers that end when a test says so."""

    def __init__(self) -> None:
        self._schedule = dark_schedule(ANSWER_S)
        self._now = 0.0

    def open(self) -> None: ...

    def show(self, pattern: Pattern) -> None:
        self._schedule = self._schedule.show(pattern, self._now)

    def showing(self) -> Pattern:
        return self._schedule.at(self._now).pattern

    def end_answer(self) -> None:
        self._now += ANSWER_S

    def close(self) -> None: ...


class Box:
    """A box with a clock that a test turns."""

    def __init__(self, long_press_s: float = 3.0) -> None:
        self.now = 100.0
        self.lamp = Lamp()
        self.states = ComponentStates()
        self.told: List[ComponentState] = []
        self.states.listen(self.told.append)
        self.offer = StickOffer(self.lamp, self.states, long_press_s, lambda: self.now)
        display = StatusDisplay(
            self.states, lambda: "tiny 1.0.0", self.lamp, Notifier({}), self.offer.pattern
        )
        self.states.listen(display.state_changed)
        display.show_ready()

    def press(self, at: float = 0.0) -> bool:
        return self.offer.agree(Press(at or self.now, LONG))

    def state(self) -> str:
        seen = self.offer.to_json()
        return "" if seen is None else str(seen["state"])


@pytest.fixture
def box() -> Box:
    return Box()


def test_without_a_stick_a_long_press_is_what_it_is(box: Box) -> None:
    assert not box.press()
    assert (box.offer.to_json(), box.offer.pattern()) == (None, None)


def test_a_long_press_agrees_and_who_asks_again_learns_of_it(box: Box) -> None:
    assert box.offer.tell(NEWS).state == OFFERED
    assert box.offer.pattern() == Pattern.OFFER
    box.now += 2.0
    assert box.press()
    assert box.offer.pattern() == Pattern.STARTING
    assert box.offer.tell(NEWS).state == AGREED


def test_a_second_long_press_is_not_for_the_stick_any_more(box: Box) -> None:
    box.offer.tell(NEWS)
    assert box.press(101.0)
    assert not box.press(102.0)


def test_a_press_that_began_before_the_offer_agrees_to_nothing(box: Box) -> None:
    box.offer.tell(NEWS)
    assert not box.press(99.9)
    assert box.state() == OFFERED


def test_events_say_what_happens_and_the_box_stays_healthy(box: Box) -> None:
    box.offer.tell(NEWS)
    box.press()
    for state in (INSTALLING, INSTALLED):
        box.offer.tell(NEWS._replace(state=state, detail="so"))
    assert [each.detail.split(":")[0] for each in box.told] == [
        "tiny-2.0.0 offered",
        "tiny-2.0.0 agreed",
        "tiny-2.0.0 installing",
        "tiny-2.0.0 installed",
    ]
    assert {each.state for each in box.told} == {State.HEALTHY}
    assert calm_pattern(box.states) == Pattern.READY


def test_who_is_silent_has_gone_with_its_stick(box: Box) -> None:
    box.offer.tell(NEWS)
    box.now += LEASE_S - 0.1
    box.offer.look()
    assert box.state() == OFFERED
    box.now += 0.2
    assert not box.press()
    assert box.state() == WITHDRAWN
    assert box.offer.pattern() is None


def test_who_asks_again_in_time_goes_on(box: Box) -> None:
    for _ in range(5):
        box.offer.tell(NEWS)
        box.now += LEASE_S - 1.0
    box.offer.look()
    assert box.state() == OFFERED


def test_after_it_was_withdrawn_the_same_is_offered_anew(box: Box) -> None:
    box.offer.tell(NEWS)
    box.press()
    box.now += LEASE_S
    assert box.offer.tell(NEWS).state == OFFERED
    assert box.press()


def test_a_second_stick_waits_for_the_first(box: Box) -> None:
    box.offer.tell(NEWS)
    with pytest.raises(BusyError, match="tiny-2.0.0 is offered already"):
        box.offer.tell(NEWS._replace(name="other-1"))
    box.offer.tell(NEWS._replace(state=WITHDRAWN))
    assert box.offer.tell(NEWS._replace(name="other-1")).state == OFFERED


def test_where_no_press_is_long_nothing_is_offered() -> None:
    box = Box(long_press_s=0.0)
    with pytest.raises(UnavailableError, match="button.long_press_s is 0"):
        box.offer.tell(NEWS)
    assert box.offer.pattern() is None
    assert box.offer.tell(NEWS._replace(state=REFUSED)).state == REFUSED


def test_a_refusal_is_shown(box: Box) -> None:
    box.offer.tell(NEWS._replace(state=REFUSED, detail="the model is not signed"))
    assert box.lamp.showing() == Pattern.REFUSED
    assert box.offer.to_json() == {
        "state": "refused",
        "name": "tiny-2.0.0",
        "detail": "the model is not signed",
    }


def test_a_refusal_never_takes_the_light_from_an_answer(box: Box) -> None:
    box.lamp.show(Pattern.POISONOUS)
    box.offer.tell(NEWS._replace(state=REFUSED, detail="the model is not signed"))
    assert box.lamp.showing() == Pattern.POISONOUS
    assert box.state() == "refused"


def test_an_offer_that_came_while_a_press_had_the_light_is_shown_after_it(box: Box) -> None:
    box.lamp.show(Pattern.ACKNOWLEDGED)
    box.offer.tell(NEWS)
    box.lamp.show(Pattern.UNSURE)
    assert box.lamp.showing() == Pattern.UNSURE
    box.lamp.end_answer()
    assert box.lamp.showing() == Pattern.OFFER


def test_an_offer_that_ends_while_a_press_has_the_light_is_not_shown_after_it(box: Box) -> None:
    box.offer.tell(NEWS)
    box.lamp.show(Pattern.ACKNOWLEDGED)
    box.offer.tell(NEWS._replace(state=WITHDRAWN))
    box.lamp.show(Pattern.UNSURE)
    box.lamp.end_answer()
    assert box.lamp.showing() == Pattern.READY
