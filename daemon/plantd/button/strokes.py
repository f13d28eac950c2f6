"""Raw levels of a button's line -> what a finger and its contacts did, for who wires one. Pure.

How this works: the same debouncing as the service's decides which level counts. Between two levels
that count every change of the line is kept: one of them was the finger, the pairs beyond it are
contacts that bounced. Changes that came back before they counted are a flicker: noise, or a tap
that is too short.
"""

from typing import List, NamedTuple, Optional, Union

from plantd.button.debounce import FLOATING, Debounce, DebounceSettings
from plantd.button.interface import Press


class Stroke(NamedTuple):
    """A level came to count.

    Attributes:
        pressed: the level.
        lasted_s: how long the level before it held, as debounced.
        bounces: how often the contact came back on the way.
        counted: of a release, as which press it was reported: SHORT or LONG; empty where it was
            none, since the button was down when it was opened, or was stuck.
    """

    pressed: bool
    lasted_s: float
    bounces: int
    counted: str = ""


class Flicker(NamedTuple):
    """The line left its level and came back before that counted.

    Attributes:
        changes: of the raw level, at least two.
        lasted_s: from the first of them to the last.
    """

    changes: int
    lasted_s: float


Event = Union[Stroke, Flicker]


class Strokes:
    """One line's strokes. Fed as `Debounce` is: levels with their monotonic times, in order."""

    def __init__(self, settings: DebounceSettings) -> None:
        """Know nothing yet: the first level that is fed is the one at opening."""
        self._settings = settings
        self._debounce: Optional[Debounce] = None
        self._level = self._raw = False
        self._since = 0.0
        self._counted = ""
        self._changes = 0
        self._first_at = self._last_at = 0.0

    def feed(self, now: float, pressed: bool) -> List[Event]:
        """The line has been seen at this level at `now`; return what is complete."""
        if self._debounce is None:
            self._debounce = Debounce(self._settings, pressed, now)
            self._level = self._raw = pressed
            self._since = now
            return []
        found = self.advance(now)
        self._count(self._debounce.feed(now, pressed))
        if pressed != self._raw:
            self._raw = pressed
            self._first_at = now if self._changes == 0 else self._first_at
            self._last_at = now
            self._changes += 1
        return found

    def advance(self, now: float) -> List[Event]:
        """No change up to `now`; return what is complete."""
        debounce = self._debounce
        if debounce is None:
            return []
        self._count(debounce.advance(now))
        if debounce.state == FLOATING or debounce.settled is None:
            self._changes = 0
            return []
        if debounce.settled != self._level:
            return [self._stroke(debounce.settled, debounce.settled_at)]
        if self._changes and self._last_at + self._settings.stable_s <= now:
            return [self._flicker()]
        return []

    def _count(self, presses: List[Press]) -> None:
        for press in presses:
            self._counted = press.kind

    def _stroke(self, pressed: bool, at: float) -> Stroke:
        # A level that came out of noise was reached by no change that was kept.
        counted, self._counted = ("", self._counted) if pressed else (self._counted, "")
        found = Stroke(pressed, at - self._since, max(0, self._changes - 1) // 2, counted)
        self._level, self._since, self._changes = pressed, at, 0
        return found

    def _flicker(self) -> Flicker:
        found = Flicker(self._changes, self._last_at - self._first_at)
        self._changes = 0
        return found
