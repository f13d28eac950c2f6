"""A thread held up between two looks at the line: what it missed, and what it must not lose."""

from typing import List, NamedTuple, Optional, Sequence, Tuple

import pytest

from plantd.button.debounce import DebounceSettings
from plantd.button.debounced import DebouncedButton
from plantd.button.interface import LONG, SHORT, Press
from plantd.button.line import Line, LineReading

SETTINGS = DebounceSettings(stable_s=0.03)


class Look(NamedTuple):
    """What one look finds, `after_s` the one before."""

    after_s: float
    levels: Sequence[bool] = ()
    ages_s: Sequence[float] = ()


class ScriptedLine(Line):
    """A line that is looked at when the script says so, however long that takes."""

    driver = "scripted"
    poll_s = 0.0  # never sleeps: the script moves the clock

    def __init__(self, script: Sequence[Look]) -> None:
        self.now = 100.0
        self._script = list(script)

    @property
    def name(self) -> str:
        return "script"

    def open(self) -> bool:
        return False

    def fileno(self) -> Optional[int]:
        return None

    def look(self) -> LineReading:
        look = self._script.pop(0) if self._script else Look(0.5)
        self.now += look.after_s
        return LineReading(look.levels, ages_s=look.ages_s)

    def close(self) -> None:
        pass


def presses(script: Sequence[Look], settings: DebounceSettings = SETTINGS) -> List[Press]:
    """The presses of a script and of the second after it, with times since the opening."""
    line = ScriptedLine(script)
    found = []
    with DebouncedButton(line, settings, clock=lambda: line.now) as button:
        until = line.now + sum(look.after_s for look in script) + 1.0
        while line.now < until:
            press = button.wait(0.01)
            if press is not None:
                found.append(press._replace(pressed_at=round(press.pressed_at - 100.0, 3)))
    return found


PRESS = [Look(0.1, [True], [0.0]), Look(0.05)]


def test_a_release_and_a_press_within_one_stall_count() -> None:
    stall = Look(0.8, [False, True, True], [0.6, 0.4, 0.0])
    assert presses(PRESS + [stall]) == [Press(0.13, SHORT), Press(0.58, SHORT)]


def test_a_whole_press_within_one_stall_counts() -> None:
    assert presses([Look(2.0, [True, False, False], [1.5, 1.3, 0.0])]) == [Press(0.53, SHORT)]


def test_a_bounce_within_a_stall_is_none() -> None:
    stall = Look(0.8, [False, True, False, True, True], [0.61, 0.605, 0.604, 0.6, 0.0])
    assert presses(PRESS + [stall]) == [Press(0.13, SHORT)]


def test_a_stall_in_the_middle_of_a_bounce_makes_no_second_press() -> None:
    # Each look reads the level of that moment; the ages tell that it was over at once.
    script = [
        Look(0.1, [True, False, False], [0.002, 0.001, 0.0]),
        Look(0.2, [True, False, True, True], [0.199, 0.198, 0.197, 0.0]),
        Look(0.2),
    ]
    assert [press.kind for press in presses(script)] == [SHORT]


@pytest.mark.parametrize("missed", ["release", "both"])
def test_edges_that_the_kernel_dropped_leave_the_button_alive(missed: str) -> None:
    # No edge ever tells of the release: the level that is read at each look does.
    stall = {
        "release": [Look(0.5, [False], [0.0]), Look(0.05)],
        "both": [Look(0.5, [True], [0.0]), Look(0.4, [False], [0.0]), Look(0.05)],
    }[missed]
    assert [press.kind for press in presses(PRESS + stall + PRESS)] == [SHORT, SHORT]


@pytest.mark.parametrize("jump_s", [-1e9, -3600.0, 3600.0, 1e9])
def test_a_wall_clock_that_jumps_moves_no_level_out_of_its_gap(jump_s: float) -> None:
    found = presses([Look(1.0), Look(0.2, [True, True], [jump_s + 0.1, 0.0]), Look(0.1)])
    assert [press.kind for press in found] == [SHORT]
    assert 1.0 <= found[0].pressed_at <= 1.24


def test_a_long_press_over_before_anybody_looked_is_a_long_one() -> None:
    settings = SETTINGS._replace(long_press_s=2.0)
    stall = Look(5.0, [True, False, False], [4.0, 1.0, 0.0])
    assert [press.kind for press in presses([stall], settings)] == [LONG]


@pytest.mark.parametrize("ages_s", [(), (0.0, 0.0)])
def test_where_no_ages_are_known_levels_begin_at_the_look(ages_s: Tuple[float, ...]) -> None:
    assert presses([*PRESS, Look(0.8, [False, True], ages_s)]) == [Press(0.13, SHORT)]
