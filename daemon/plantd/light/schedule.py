"""Which pattern is on at which time: answers end by themselves. Pure; the time is given."""

from typing import NamedTuple

from plantd.light.interface import ANSWERS, CALM, OF_A_PRESS, Pattern
from plantd.light.patterns import Timing, moment

# What ends by itself.
PASSING = (*ANSWERS, Pattern.REFUSED, Pattern.BUSY)


class PatternSchedule(NamedTuple):
    """A pattern since a time, and what it falls back to.

    Attributes:
        pattern: what was asked for last.
        since: monotonic seconds of that.
        resting: the last pattern that does not belong to a press.
        answer_s: how long an answer is shown.
    """

    pattern: Pattern
    since: float
    resting: Pattern
    answer_s: float

    def show(self, pattern: Pattern, now: float) -> "PatternSchedule":
        """Return the programme after `pattern` was asked for at `now`.

        What says that all is well takes the light neither from an answer nor from a press that
        waits for one: it is what the light comes back to. A refusal takes it from nothing of a
        press.
        """
        here = self.at(now)
        if pattern == Pattern.REFUSED and here.pattern in OF_A_PRESS:
            return here
        if pattern in OF_A_PRESS:
            return PatternSchedule(pattern, now, here.resting, self.answer_s)
        if here.pattern in (*ANSWERS, Pattern.ACKNOWLEDGED, Pattern.BUSY) and pattern in CALM:
            return here._replace(resting=pattern)
        return PatternSchedule(pattern, now, pattern, self.answer_s)

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
