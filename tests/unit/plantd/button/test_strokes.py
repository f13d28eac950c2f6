"""What a finger did, told to who wires a button."""

from typing import List, Sequence, Tuple

from plantd.button.debounce import DebounceSettings
from plantd.button.interface import LONG, SHORT
from plantd.button.strokes import Event, Flicker, Stroke, Strokes

SETTINGS = DebounceSettings(stable_s=0.03)


def told(levels: Sequence[Tuple[float, bool]], until: float = 100.0) -> List[Event]:
    """What comes of levels and their times; the line is released when it is opened at 0."""
    strokes = Strokes(SETTINGS)
    found = strokes.feed(0.0, False)
    for at, level in levels:
        found += strokes.feed(at, level)
    return [_rounded(event) for event in found + strokes.advance(until)]


def _rounded(event: Event) -> Event:
    return event._replace(lasted_s=round(event.lasted_s, 6))


def test_a_line_at_rest_tells_nothing() -> None:
    assert told([(1.0, False), (2.0, False)]) == []


def test_a_press_lasts_from_the_finger_s_change_to_its_release() -> None:
    assert told([(1.0, True), (1.2, False)]) == [
        Stroke(True, 1.03, 0),
        Stroke(False, 0.2, 0, SHORT),
    ]


def test_contacts_that_come_back_are_bounces_of_their_stroke() -> None:
    bounced = [(1.0, True), (1.001, False), (1.002, True), (1.003, False), (1.004, True)]
    assert told([*bounced, (2.0, False)]) == [
        Stroke(True, 1.034, 2),
        Stroke(False, 0.996, 0, SHORT),
    ]


def test_a_release_says_as_which_press_it_was_reported() -> None:
    strokes = Strokes(SETTINGS._replace(long_press_s=1.0))
    strokes.feed(0.0, False)
    strokes.feed(1.0, True)
    strokes.feed(3.0, False)
    assert [_rounded(event) for event in strokes.advance(3.5)] == [Stroke(False, 2.0, 0, LONG)]
    strokes.feed(4.0, True)
    strokes.feed(4.5, False)
    assert [_rounded(event) for event in strokes.advance(5.0)] == [Stroke(False, 0.5, 0, SHORT)]


def test_a_change_that_comes_back_too_soon_is_a_flicker_and_no_stroke() -> None:
    assert told([(1.0, True), (1.004, False)]) == [Flicker(2, 0.004)]


def test_a_flicker_is_told_once_it_cannot_become_a_stroke() -> None:
    assert told([(1.0, True), (1.004, False)], until=1.03) == []


def test_a_flicker_while_the_button_is_held_is_told_as_well() -> None:
    held = [(1.0, True), (2.0, False), (2.01, True)]
    assert told(held) == [Stroke(True, 1.03, 0), Flicker(2, 0.01)]


def test_a_floating_line_tells_no_strokes_until_it_is_calm() -> None:
    noise = [(1.0 + number * 0.001, number % 2 == 0) for number in range(200)]
    assert told(noise, until=1.9) == []


def test_a_press_after_noise_is_a_stroke_without_the_noise_s_changes() -> None:
    noise = [(1.0 + number * 0.001, number % 2 == 0) for number in range(200)]
    assert told([*noise, (5.0, True)])[-1] == Stroke(True, 5.03, 0)


def test_a_line_that_is_pressed_when_opened_tells_its_release() -> None:
    strokes = Strokes(SETTINGS)
    assert strokes.feed(0.0, True) == []
    assert strokes.feed(1.0, False) == []
    assert strokes.advance(2.0) == [Stroke(False, 1.03, 0)]
