"""What holds for any history of a line: compared with a judgement that sees all of it at once."""

from typing import List, NamedTuple, Tuple

from hypothesis import given
from hypothesis import strategies as st

from plantd.button.debounce import ARMED, FLOATING, LOCKED, NEXT, STUCK, Debounce, DebounceSettings
from plantd.button.interface import LONG, SHORT, Press

# Milliseconds, so that nothing hangs on rounding: what is exactly on a limit is left out below.
STABLE_MS, LONG_MS, STUCK_MS = 30, 500, 2000
MANY = 10**6  # no line floats
SETTINGS = DebounceSettings(STABLE_MS / 1e3, 0.0, STUCK_MS / 1e3, MANY)
WITH_LONG = SETTINGS._replace(long_press_s=LONG_MS / 1e3)

History = List[Tuple[int, bool]]


class Hold(NamedTuple):
    """A stretch in which the line counted as pressed, in milliseconds."""

    since: int
    until: int


@st.composite
def histories(draw: st.DrawFn) -> History:
    """Levels since (millisecond, pressed), alternating, the first one at 0."""
    gaps = st.one_of(st.integers(1, 29), st.integers(31, 400), st.integers(600, 1900))
    level = draw(st.booleans())
    at, history = 0, []
    for gap in draw(st.lists(gaps, max_size=30)):
        history.append((at, level))
        at, level = at + gap, not level
    history.append((at, False))
    return history


def run(settings: DebounceSettings, history: History, looks: List[int]) -> List[Press]:
    """Feed the history, looking in between at the given milliseconds as well."""
    debounce = Debounce(settings, history[0][1], history[0][0] / 1e3)
    moments = [(at, 0, level) for at, level in history[1:]] + [(at, 1, False) for at in looks]
    presses: List[Press] = []
    for at, is_look, level in sorted(moments):
        if is_look:
            presses += debounce.advance(at / 1e3)
        else:
            presses += debounce.feed(at / 1e3, level)
    return presses + debounce.advance(history[-1][0] / 1e3 + 100.0)


def holds(history: History) -> List[Hold]:
    """The stretches of stable pressed level that began after a stable released one.

    Judged backwards from the whole history, not step by step as the debouncing does.
    """
    ends = [at for at, _ in history[1:]] + [history[-1][0] + 10**6]
    changes = [history[0]]  # the level it was opened with counts at once
    changes += [
        (since + STABLE_MS, level)
        for (since, level), end in zip(history[1:], ends[1:])
        if end - since > STABLE_MS
    ]
    found = []
    for index, (at, level) in enumerate(changes):
        before = changes[:index]
        if not level or not before or before[-1][1]:
            continue
        until = next((later for later, other in changes[index:] if not other), None)
        assert until is not None, "every history ends released"
        found.append(Hold(at, until))
    return found


@given(histories())
def test_every_stable_press_after_a_stable_release_counts_once(history: History) -> None:
    expected = [hold.since for hold in holds(history)]
    assert [round(press.pressed_at * 1e3) for press in run(SETTINGS, history, [])] == expected


@given(histories(), st.lists(st.integers(0, 20000), max_size=20))
def test_how_often_it_is_looked_at_changes_nothing(history: History, looks: List[int]) -> None:
    looks = [at for at in looks if at <= history[-1][0]]
    assert run(SETTINGS, history, looks) == run(SETTINGS, history, [])
    assert run(WITH_LONG, history, looks) == run(WITH_LONG, history, [])


@given(histories())
def test_long_presses_are_known_by_their_length_and_nothing_is_lost(history: History) -> None:
    presses = run(WITH_LONG, history, [])
    found = holds(history)
    assert [round(press.pressed_at * 1e3) for press in presses] == [hold.since for hold in found]
    for press, hold in zip(presses, found):
        if press.kind == LONG:
            assert hold.until - hold.since >= LONG_MS
        else:
            # The finger left up to one debounce before its release counted.
            assert press.kind == SHORT
            assert hold.until - hold.since <= LONG_MS + STABLE_MS + longest_bounce(history, hold)


def longest_bounce(history: History, hold: Hold) -> int:
    """How long the end of a hold bounced: the time since its last long pressed stretch."""
    inside = [at for at, level in history if not level and hold.since < at < hold.until]
    return hold.until - min(inside) if inside else 0


@given(st.lists(st.integers(1, 10), min_size=100, max_size=300))
def test_a_line_that_never_rests_floats_and_makes_no_press(gaps: List[int]) -> None:
    debounce = Debounce(SETTINGS._replace(floating_edges=80), False, 0.0)
    assert debounce.advance(1.0) == []
    at, level = 1000, False
    for gap in gaps:
        at, level = at + gap, not level
        assert debounce.feed(at / 1e3, level) == []
    assert debounce.fault == FLOATING


@given(histories())
def test_it_always_comes_back_to_armed_when_released(history: History) -> None:
    debounce = Debounce(SETTINGS, history[0][1], 0.0)
    for at, level in history[1:]:
        debounce.feed(at / 1e3, level)
    debounce.advance(history[-1][0] / 1e3 + 5.0)
    assert debounce.state == ARMED
    assert debounce.deadline() is None


def test_every_fault_has_a_way_out() -> None:
    for state in (LOCKED, STUCK, FLOATING):
        assert any(start == state and end in (ARMED, LOCKED) for (start, _), end in NEXT.items())
