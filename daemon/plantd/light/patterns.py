"""What each pattern looks like, as data: told apart by rhythm alone, colour only helps.

How this works: a pattern is a round of steps, each with a duration, the colours that are lit and
whether the buzzer sounds; the round repeats, and the buzzer sounds in the first `beeping` of them.
The rhythms differ so that colour-blind people and lamps of one colour do as well; none flashes
more than three times a second (WCAG 2.3.1: seizures). The table for people is light/README.md; a
test keeps the two together.
"""

from typing import Dict, List, NamedTuple, Tuple

from plantd.light.interface import Pattern

RED, GREEN, BLUE = "red", "green", "blue"
YELLOW = (RED, GREEN)
WHITE = (RED, GREEN, BLUE)
DARK: Tuple[str, ...] = ()

# A step that stands for "until something else is shown".
STEADY_S = 3600.0


class Step(NamedTuple):
    """A moment of a pattern: `colours` are lit for `duration_s`."""

    duration_s: float
    colours: Tuple[str, ...]
    buzzer: bool = False


class Rhythm(NamedTuple):
    """A round of steps, and in how many rounds the buzzer takes part."""

    steps: List[Step]
    beeping: int = 1


class Lamps(NamedTuple):
    """What is on at one instant."""

    colours: Tuple[str, ...] = DARK
    buzzer: bool = False


class Timing(NamedTuple):
    """What is on, and for how long it stays so."""

    lamps: Lamps
    for_s: float


def _flashes(colours: Tuple[str, ...], count: int, pause_s: float, beeps: bool) -> Rhythm:
    steps: List[Step] = []
    for flash in range(count):
        gap_s = pause_s if flash == count - 1 else 0.25
        steps += [Step(0.25, colours, beeps), Step(gap_s, DARK)]
    return Rhythm(steps)


def _long_and_short(colours: Tuple[str, ...], shorts: int) -> Rhythm:
    steps = [Step(1.0, colours)]
    for _ in range(shorts):
        steps += [Step(0.25, DARK), Step(0.25, colours)]
    return Rhythm([*steps, Step(1.25, DARK)])


RHYTHMS: Dict[Pattern, Rhythm] = {
    Pattern.OFF: Rhythm([Step(STEADY_S, DARK)]),
    Pattern.STARTING: Rhythm([Step(1.0, (BLUE,)), Step(1.0, DARK)]),
    Pattern.READY: Rhythm([Step(0.1, (GREEN,)), Step(2.9, DARK)]),
    Pattern.ACKNOWLEDGED: Rhythm([Step(0.05, WHITE, True), Step(STEADY_S, WHITE)]),
    Pattern.BUSY: Rhythm([Step(0.5, WHITE), Step(0.1, DARK)]),
    Pattern.POISONOUS: Rhythm([Step(0.2, (RED,), True), Step(0.2, DARK)], beeping=6),
    Pattern.EDIBLE: Rhythm([Step(0.8, (GREEN,), True), Step(1.2, (GREEN,)), Step(0.3, DARK)]),
    Pattern.UNSURE: _flashes(YELLOW, 2, 1.25, True),
    Pattern.NO_CAMERA: _flashes((BLUE,), 3, 1.75, False),
    Pattern.FAULT: _flashes((RED,), 4, 2.25, False),
    Pattern.OFFER: _long_and_short(WHITE, 1),
    Pattern.REFUSED: _long_and_short((RED,), 2),
}
RHYTHMS[Pattern.PRESS_NO_CAMERA] = RHYTHMS[Pattern.NO_CAMERA]
RHYTHMS[Pattern.PRESS_FAULT] = RHYTHMS[Pattern.FAULT]


def moment(pattern: Pattern, elapsed_s: float) -> Timing:
    """Return what is on `elapsed_s` after the pattern began, and for how long."""
    rhythm = RHYTHMS[pattern]
    round_s = sum(step.duration_s for step in rhythm.steps)
    rounds, into_s = divmod(elapsed_s, round_s)
    for step in rhythm.steps:
        if into_s < step.duration_s:
            buzzer = step.buzzer and rounds < rhythm.beeping
            return Timing(Lamps(step.colours, buzzer), step.duration_s - into_s)
        into_s -= step.duration_s
    return moment(pattern, (rounds + 1) * round_s)  # rounding put it on the round's very end


def lit_of(lamps: Lamps, wired: Tuple[str, ...]) -> Tuple[str, ...]:
    """Return which of the `wired` colours to light.

    A colour that is not wired is shown by all that are: the rhythm must not be lost.
    """
    lit = tuple(colour for colour in wired if colour in lamps.colours)
    return lit if lit or not lamps.colours else wired
