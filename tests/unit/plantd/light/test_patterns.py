"""The patterns are told apart without colours, and hurt nobody."""

import re
from itertools import combinations
from typing import Tuple

import pytest
from support.checkout import TOP

from plantd.light.interface import Pattern
from plantd.light.patterns import BLUE, GREEN, RED, RHYTHMS, Lamps, lit_of, moment

README = TOP / "daemon" / "plantd" / "light" / "README.md"
LOOK_S = 0.05
# The same of one press and of the box.
ALIKE = {Pattern.PRESS_NO_CAMERA: Pattern.NO_CAMERA, Pattern.PRESS_FAULT: Pattern.FAULT}
SAYING = [pattern for pattern in Pattern if pattern != Pattern.OFF]
APART = [pattern for pattern in SAYING if pattern not in ALIKE]


def seen(pattern: Pattern, for_s: float = 6.0) -> Tuple[bool, ...]:
    """Light or no light, every twentieth of a second: what is left without colours."""
    looks = int(for_s / LOOK_S)
    return tuple(bool(moment(pattern, (n + 0.5) * LOOK_S).lamps.colours) for n in range(looks))


def flashes(pattern: Pattern, since_s: float) -> int:
    """How often it turns on within one second."""
    looks = [moment(pattern, since_s + n * 0.01).lamps.colours for n in range(101)]
    return sum(1 for before, after in zip(looks, looks[1:]) if after and not before)


def test_every_pattern_has_a_rhythm() -> None:
    assert set(RHYTHMS) == set(Pattern)


@pytest.mark.parametrize(("one", "other"), list(combinations(APART, 2)))
def test_any_two_are_told_apart_without_colours(one: Pattern, other: Pattern) -> None:
    differing_s = LOOK_S * sum(a != b for a, b in zip(seen(one), seen(other)))
    assert differing_s > 0.4, "in six seconds"


@pytest.mark.parametrize(("of_a_press", "of_the_box"), list(ALIKE.items()))
def test_what_a_press_lacks_looks_as_what_the_box_lacks(
    of_a_press: Pattern, of_the_box: Pattern
) -> None:
    assert RHYTHMS[of_a_press] == RHYTHMS[of_the_box]


@pytest.mark.parametrize("pattern", list(Pattern))
def test_none_flashes_more_than_three_times_a_second(pattern: Pattern) -> None:
    assert max(flashes(pattern, n * 0.1) for n in range(60)) <= 3


@pytest.mark.parametrize("pattern", SAYING)
def test_light_is_seen_at_once(pattern: Pattern) -> None:
    assert moment(pattern, 0.0).lamps.colours


def test_a_round_repeats_and_the_buzzer_stops() -> None:
    assert moment(Pattern.UNSURE, 0.1).lamps.buzzer
    assert moment(Pattern.UNSURE, 0.35).lamps == Lamps()
    assert moment(Pattern.UNSURE, 2.1).lamps.colours == (RED, GREEN)
    assert not moment(Pattern.UNSURE, 2.1).lamps.buzzer


def test_poisonous_beeps_more_than_anything_else() -> None:
    def beeps(pattern: Pattern) -> int:
        rhythm = RHYTHMS[pattern]
        return rhythm.beeping * sum(step.buzzer for step in rhythm.steps)

    counts = {pattern: beeps(pattern) for pattern in Pattern}
    assert counts.pop(Pattern.POISONOUS) > 2 * max(counts.values())


def test_a_moment_says_how_long_it_stays() -> None:
    assert moment(Pattern.STARTING, 0.25) == (Lamps((BLUE,)), 0.75)


@pytest.mark.parametrize("pattern", list(Pattern))
def test_every_moment_of_a_long_time_has_a_step(pattern: Pattern) -> None:
    assert all(moment(pattern, n * 0.1).for_s > 0 for n in range(40000))


def test_a_colour_that_is_not_wired_is_shown_by_what_is() -> None:
    assert lit_of(Lamps((BLUE,)), (RED, GREEN, BLUE)) == (BLUE,)
    assert lit_of(Lamps((RED, GREEN)), (RED,)) == (RED,)
    assert lit_of(Lamps((BLUE,)), (RED,)) == (RED,)
    assert lit_of(Lamps(), (RED, GREEN)) == ()


def test_the_table_for_people_is_the_one_that_is_played() -> None:
    rows = re.findall(r"^\| ([\w, ]+) \| .* \| ([\w-]+) \| ([^|]+) \|$", README.read_text(), re.M)
    table = {name: (colour, buzzer) for names, colour, buzzer in rows for name in names.split(", ")}
    names = {(RED, GREEN, BLUE): "white", (RED, GREEN): "yellow", (): "-"}
    for pattern in Pattern:
        first = RHYTHMS[pattern].steps[0]
        colour, buzzer = table[pattern.value]
        assert colour == names.get(first.colours, "".join(first.colours))
        assert (buzzer != "-") == first.buzzer
