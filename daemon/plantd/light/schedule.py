"""Which pattern is on at which time: answers end by themselves. Pure; the time is given."""

from typing import NamedTuple

from plantd.light.interface import Pattern
from plantd.light.patterns import Timing, moment
from plantd.light.precedence import MOMENTARY, PASSING, Turn, turn


class PatternSchedule(NamedTuple):
    """A pattern since a time, and what it falls back to.

    Attributes:
        pattern: what was asked for last.
        since: monotonic seconds of that.
        resting: the last pattern that is not a momentary one.
        answer_s: how long an answer is shown.
    """

    pattern: Pattern
    since: float
    resting: Pattern
    answer_s: float

    def show(self, pattern: Pattern, now: float) -> "PatternSchedule":
        """Return the programme after `pattern` was asked for at `now`."""
        here = self.at(now)
        when = turn(pattern, here.pattern)
        if when == Turn.NEVER:
            return here
        if when == Turn.AFTERWARDS:
            return here._replace(resting=pattern)
        resting = here.resting if pattern in MOMENTARY else pattern
        return PatternSchedule(pattern, now, resting, self.answer_s)

    def at(self, now: float) -> "PatternSchedule":
        """Return the schedule as it is at `now`: what ends by itself may have ended."""
        ends = self.since + self.answer_s
        if self.pattern not in PASSING or now < ends:
            return self
        return PatternSchedule(self.resting, ends, self.resting, self.answer_s)

    def moment(self, now: float) -> Timing:
        """Return what is on at `now` and for how long."""
        here = self.at(now)
        lamps, for_s = moment(here.pattern, max(0.0, now - here.since))
        if here.pattern in PASSING:
            for_s = min(for_s, here.since + here.answer_s - now)
        return Timing(lamps, for_s)


def dark_schedule(answer_s: float) -> PatternSchedule:
    """Return the programme of a light that has just been opened."""
    return PatternSchedule(Pattern.OFF, 0.0, Pattern.OFF, answer_s)
