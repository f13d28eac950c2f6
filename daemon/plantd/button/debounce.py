"""Raw levels of a button's line -> presses. Pure: it knows no clock, line or thread.

Whoever owns the line feeds every change with its monotonic time, and lets time pass with
`advance()`. What comes out depends on the changes and their times alone, never on how often
`advance()` was called (tests/property/test_debounce.py).
"""

from collections import deque
from typing import Deque, Dict, List, NamedTuple, Optional, Tuple

from plantd.button.interface import LONG, SHORT, Press


class DebounceSettings(NamedTuple):
    """How long is long.

    Attributes:
        stable_s: a level counts once it has not changed for this long.
        long_press_s: held for this long it is a long press; 0 knows no long presses.
        stuck_s: held for this long it is a fault, no longer a finger.
        floating_edges: this many changes within one second are no finger but a floating line.
            A worn switch bounces 10 to 20 times a press; 50 Hz hum makes 100 changes a second.
    """

    stable_s: float = 0.030
    long_press_s: float = 0.0
    stuck_s: float = 30.0
    floating_edges: int = 80


FLOATING_WINDOW_S = 1.0

# How this works: the line is in one of five states; an event leads to the next state.
#
#   LOCKED    pressed since the button was opened, or already answered: a release arms it
#   ARMED     released: a press counts
#   HELD      pressed and counted; the finger is still on it
#   STUCK     pressed for longer than any finger (fault)
#   FLOATING  more changes than any finger makes (fault)
#
# Events: the level has been stable for stable_s (PRESSED, RELEASED); it has been held for
# long_press_s (HELD_LONG) or stuck_s (HELD_TOO_LONG); floating_edges changes within a second
# (NOISE), none for a second (CALM, always followed by the level that holds then). A pair that is
# not in the table changes nothing: the pairs that cannot happen, and those without a meaning.
LOCKED, ARMED, HELD, STUCK, FLOATING = "locked", "armed", "held", "stuck", "floating"
PRESSED, RELEASED = "pressed", "released"
HELD_LONG, HELD_TOO_LONG = "held_long", "held_too_long"
NOISE, CALM = "noise", "calm"

NEXT: Dict[Tuple[str, str], str] = {
    (LOCKED, RELEASED): ARMED,
    (LOCKED, HELD_TOO_LONG): STUCK,
    (LOCKED, NOISE): FLOATING,
    (ARMED, PRESSED): HELD,
    (ARMED, NOISE): FLOATING,
    (HELD, RELEASED): ARMED,
    (HELD, HELD_LONG): LOCKED,
    (HELD, HELD_TOO_LONG): STUCK,
    (HELD, NOISE): FLOATING,
    (STUCK, RELEASED): ARMED,
    (STUCK, NOISE): FLOATING,
    (FLOATING, CALM): LOCKED,
}

# What a step reports, by whether long presses are known: without them a press need not wait for
# its end.
REPORTS_AT_ONCE: Dict[Tuple[str, str], str] = {(ARMED, PRESSED): SHORT}
REPORTS_BY_LENGTH: Dict[Tuple[str, str], str] = {
    (HELD, RELEASED): SHORT,
    (HELD, HELD_LONG): LONG,
}


class Debounce:
    """One line's state. Not thread-safe: it belongs to the thread that reads the line."""

    def __init__(self, settings: DebounceSettings, pressed: bool, now: float) -> None:
        self._settings = settings
        self._reports = REPORTS_BY_LENGTH if settings.long_press_s > 0 else REPORTS_AT_ONCE
        self._now = now
        self._raw = pressed
        self._raw_since = now
        self._stable: Optional[bool] = pressed
        self._pressed_at = now
        self._settled_at = now
        self._edges: Deque[float] = deque(maxlen=settings.floating_edges)
        self.state = LOCKED if pressed else ARMED

    @property
    def fault(self) -> Optional[str]:
        """STUCK, FLOATING, or None."""
        return self.state if self.state in (STUCK, FLOATING) else None

    @property
    def settled(self) -> Optional[bool]:
        """The level that counts; None while noise has left none."""
        return self._stable

    @property
    def settled_at(self) -> float:
        """When that level came to count, in monotonic seconds."""
        return self._settled_at

    def feed(self, now: float, pressed: bool) -> List[Press]:
        """The line has been seen at this level at `now`; return the presses that are complete."""
        presses = self.advance(now)
        if pressed != self._raw:
            self._raw = pressed
            self._raw_since = self._now
            self._edges.append(self._now)
            if self._is_noise():
                presses += self._step(NOISE)
        return presses

    def advance(self, now: float) -> List[Press]:
        """No change up to `now`; return the presses that are complete. Time never runs back."""
        presses: List[Press] = []
        due = self._next_event()
        while due is not None and due[0] <= now:
            presses += self._happen(*due)
            due = self._next_event()
        self._now = max(self._now, now)
        return presses

    def deadline(self) -> Optional[float]:
        """When `advance()` will next change something though no level does; None: never."""
        due = self._next_event()
        return None if due is None else due[0]

    def _is_noise(self) -> bool:
        full = len(self._edges) == self._edges.maxlen
        return full and self._edges[-1] - self._edges[0] < FLOATING_WINDOW_S

    def _next_event(self) -> Optional[Tuple[float, str]]:
        """The earliest event that time alone will bring, and when: never before the last one."""
        if self.state == FLOATING:
            return self._edges[-1] + FLOATING_WINDOW_S, CALM
        events: List[Tuple[float, str]] = []
        if self._raw != self._stable:
            settled_at = self._raw_since + self._settings.stable_s
            events.append((settled_at, PRESSED if self._raw else RELEASED))
        elif self._raw:
            # Only while the finger is seen: a release that is still settling ends the hold.
            events += self._hold_events()
        return min(events) if events else None

    def _hold_events(self) -> List[Tuple[float, str]]:
        events: List[Tuple[float, str]] = []
        if self.state == HELD and self._settings.long_press_s > 0:
            events.append((self._pressed_at + self._settings.long_press_s, HELD_LONG))
        if self.state in (LOCKED, HELD):
            events.append((self._pressed_at + self._settings.stuck_s, HELD_TOO_LONG))
        # A hold that was interrupted by a bounce is complete no earlier than the bounce's end.
        return [(max(at, self._now), event) for at, event in events]

    def _happen(self, at: float, event: str) -> List[Press]:
        self._now = max(self._now, at)
        if event in (PRESSED, RELEASED):
            self._stable = event == PRESSED
            self._settled_at = at
            if self._stable:
                self._pressed_at = at
        if event == CALM:
            self._stable = None
        return self._step(event)

    def _step(self, event: str) -> List[Press]:
        step = (self.state, event)
        self.state = NEXT.get(step, self.state)
        kind = self._reports.get(step)
        return [] if kind is None else [Press(self._pressed_at, kind)]
