"""From raw levels to presses, with times chosen by hand."""

from typing import List

import pytest

from plantd.button.debounce import ARMED, FLOATING, LOCKED, STUCK, Debounce, DebounceSettings
from plantd.button.interface import LONG, SHORT, Press

STABLE_S = 0.03
SETTINGS = DebounceSettings(stable_s=STABLE_S, stuck_s=30.0, floating_edges=20)
WITH_LONG = SETTINGS._replace(long_press_s=2.0)


def armed(settings: DebounceSettings = SETTINGS) -> Debounce:
    """A button that was released when it was opened, one second ago."""
    debounce = Debounce(settings, pressed=False, now=0.0)
    debounce.advance(1.0)
    assert debounce.state == ARMED
    return debounce


def test_a_press_counts_when_it_has_been_stable() -> None:
    debounce = armed()
    assert debounce.feed(2.0, True) == []
    assert debounce.advance(2.029) == []
    assert debounce.advance(2.04) == [Press(2.0 + STABLE_S, SHORT)]


def test_a_press_counts_at_its_own_time_however_late_it_is_looked_at() -> None:
    debounce = armed()
    debounce.feed(2.0, True)
    assert debounce.feed(9.0, False) == [Press(2.0 + STABLE_S, SHORT)]


def test_a_change_shorter_than_the_debounce_is_nothing() -> None:
    debounce = armed()
    debounce.feed(2.0, True)
    assert debounce.feed(2.02, False) == []
    assert debounce.advance(5.0) == []


def test_bounce_delays_a_press_until_it_is_over() -> None:
    debounce = armed()
    for at, level in [(2.0, True), (2.01, False), (2.015, True), (2.02, False), (2.025, True)]:
        assert debounce.feed(at, level) == []
    assert debounce.advance(3.0) == [Press(2.025 + STABLE_S, SHORT)]


def test_a_bounce_while_released_slowly_is_no_second_press() -> None:
    debounce = armed()
    debounce.feed(2.0, True)
    assert len(debounce.feed(3.0, False)) == 1
    assert debounce.feed(3.01, True) == []
    assert debounce.feed(3.02, False) == []
    assert debounce.advance(9.0) == []
    assert debounce.state == ARMED


def test_released_when_opened_it_is_armed_at_once() -> None:
    debounce = Debounce(SETTINGS, pressed=False, now=0.0)
    debounce.feed(0.001, True)
    assert len(debounce.advance(1.0)) == 1


def test_pressed_when_opened_waits_for_a_release() -> None:
    debounce = Debounce(SETTINGS, pressed=True, now=0.0)
    assert debounce.advance(5.0) == []
    assert debounce.state == LOCKED
    debounce.feed(6.0, False)
    debounce.feed(7.0, True)
    assert debounce.advance(8.0) == [Press(7.0 + STABLE_S, SHORT)]


def test_a_long_press_is_reported_while_it_is_held_and_once() -> None:
    debounce = armed(WITH_LONG)
    debounce.feed(2.0, True)
    assert debounce.advance(4.02) == []
    assert debounce.advance(4.04) == [Press(2.03, LONG)]
    assert debounce.feed(5.0, False) == []
    assert debounce.advance(9.0) == []


def test_a_short_press_waits_for_its_end_where_long_ones_are_known() -> None:
    debounce = armed(WITH_LONG)
    debounce.feed(2.0, True)
    assert debounce.feed(3.0, False) == []
    assert debounce.advance(3.04) == [Press(2.03, SHORT)]


def test_a_finger_that_is_leaving_makes_no_long_press() -> None:
    debounce = armed(WITH_LONG)
    debounce.feed(2.0, True)
    assert debounce.feed(4.02, False) == []  # gone before 4.03, though not yet stable
    assert debounce.advance(9.0) == [Press(2.03, SHORT)]


def test_a_bounce_across_its_end_makes_a_long_press_late() -> None:
    debounce = armed(WITH_LONG)
    debounce.feed(2.0, True)
    debounce.feed(4.02, False)
    debounce.feed(4.04, True)
    assert debounce.advance(4.05) == [Press(2.03, LONG)]


def test_held_too_long_is_stuck_until_it_is_released() -> None:
    debounce = armed()
    debounce.feed(2.0, True)
    debounce.advance(33.0)
    assert debounce.fault == STUCK
    assert debounce.feed(40.0, False) == []
    debounce.advance(41.0)
    assert debounce.fault is None
    assert debounce.state == ARMED


def test_stuck_since_the_start_is_a_fault_as_well() -> None:
    debounce = Debounce(SETTINGS, pressed=True, now=0.0)
    debounce.advance(31.0)
    assert debounce.fault == STUCK


def test_stuck_after_a_long_press_is_a_fault_as_well() -> None:
    debounce = armed(WITH_LONG)
    debounce.feed(2.0, True)
    assert [press.kind for press in debounce.advance(60.0)] == [LONG]
    assert debounce.fault == STUCK


def shake(debounce: Debounce, since: float, count: int, every_s: float) -> List[Press]:
    presses: List[Press] = []
    for index in range(count):
        presses += debounce.feed(since + index * every_s, index % 2 == 0)
    return presses


def test_more_changes_than_a_finger_makes_are_a_floating_line() -> None:
    debounce = armed()
    assert len(shake(debounce, 2.0, 20, 0.04)) == 10  # a press each, up to the limit
    assert debounce.fault == FLOATING
    assert shake(debounce, 2.8, 60, 0.04) == []


def test_as_many_changes_in_a_longer_time_are_a_finger() -> None:
    debounce = armed()
    shake(debounce, 2.0, 200, 0.06)
    assert debounce.fault is None


@pytest.mark.parametrize("ends_pressed", [False, True])
def test_a_calm_line_works_again_after_a_release(ends_pressed: bool) -> None:
    debounce = armed()
    shake(debounce, 2.0, 40, 0.001)
    debounce.feed(2.1, ends_pressed)
    assert debounce.advance(9.0) == []
    assert debounce.fault is None
    debounce.feed(10.0, False)
    debounce.feed(11.0, True)
    assert debounce.advance(12.0) == [Press(11.03, SHORT)]


def test_nothing_to_wait_for_when_nothing_can_happen() -> None:
    debounce = armed()
    assert debounce.deadline() is None
    debounce.feed(2.0, True)
    assert debounce.deadline() == pytest.approx(2.03)
    debounce.advance(2.03)
    assert debounce.deadline() == pytest.approx(32.03)


def test_time_that_runs_back_changes_nothing() -> None:
    debounce = armed()
    debounce.feed(2.0, True)
    assert debounce.advance(1.0) == []
    assert debounce.feed(1.5, False) == []
    assert debounce.advance(9.0) == []
