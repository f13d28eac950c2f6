"""The one button: any line, watched through the same debouncing."""

import os
import select
import threading
import time
from collections import deque
from typing import Callable, Deque, List, Optional

from plantd.button.debounce import FLOATING, STUCK, Debounce, DebounceSettings
from plantd.button.interface import Button, ButtonStatus, Press
from plantd.button.line import Line, LineReading
from plantd.errors import ButtonError

# How often a line that was lost is looked for.
REOPEN_S = 1.0
# A floating line makes thousands of changes a second: look at it so rarely that it costs nothing,
# and often enough to count more of them than a finger makes.
CALM_LOOK_S = 0.02


OnLevel = Callable[[float, bool], None]


class DebouncedButton(Button):
    """Waits on one line."""

    def __init__(
        self,
        line: Line,
        settings: DebounceSettings,
        clock: Callable[[], float] = time.monotonic,
        on_level: Optional[OnLevel] = None,
    ) -> None:
        """Open nothing yet.

        Args:
            clock: monotonic seconds.
            on_level: told each raw level and when it began, in the order in which they are
                debounced, the one at opening first; called in `open()` and `wait()`.
        """
        self._line = line
        self._on_level = on_level
        self._settings = settings
        self._clock = clock
        self._debounce: Optional[Debounce] = None
        self._lost = "the button is not open"
        self._reopen_at = 0.0
        self._looked_at = 0.0
        self._due: Deque[Press] = deque()
        self._presses = 0
        self._wake_read, self._wake_write = -1, -1
        self._wake_lock = threading.Lock()

    def open(self) -> None:
        """Take the line."""
        self._take()
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_read, False)
        os.set_blocking(self._wake_write, False)

    def wait(self, timeout_s: float) -> Optional[Press]:
        """Return the next press; see the contract."""
        until = self._clock() + timeout_s
        while not self._due:
            if self._sleep(until) or self._clock() >= until:
                # What arrived in the last moment is still taken.
                self._watch()
                break
            self._watch()
        return self._due.popleft() if self._due else None

    def wake(self) -> None:
        """Make `wait()` return."""
        with self._wake_lock:
            if self._wake_write < 0:
                return
            try:
                os.write(self._wake_write, b"w")
            except BlockingIOError:
                return  # 64 KiB of wake-ups are pending: one more makes no difference

    def status(self) -> ButtonStatus:
        """Return how the line is."""
        detail = self._lost or self._fault()
        return ButtonStatus(not detail, self._line.driver, self._line.name, detail, self._presses)

    def close(self) -> None:
        """Give the line back."""
        self._line.close()
        self._debounce = None
        self._lost = "the button is not open"
        # Under the lock: a late wake() must not write into what is somebody else's descriptor now.
        with self._wake_lock:
            for end in (self._wake_read, self._wake_write):
                if end >= 0:
                    os.close(end)
            self._wake_read, self._wake_write = -1, -1

    def _take(self) -> None:
        pressed = self._line.open()
        self._looked_at = self._clock()
        self._debounce = Debounce(self._settings, pressed, self._looked_at)
        self._tell_level(self._looked_at, pressed)
        self._lost = ""

    def _sleep(self, until: float) -> bool:
        """Sleep until something may have happened; return whether `wake()` was called."""
        ends: List[int] = [self._wake_read]
        line = self._line.fileno()
        if line is not None and self._debounce is not None and self._debounce.fault != FLOATING:
            ends.append(line)
        ready, _, _ = select.select(
            ends, [], [], max(0.0, self._sleep_until(until) - self._clock())
        )
        if self._wake_read not in ready:
            return False
        os.read(self._wake_read, 4096)
        return True

    def _sleep_until(self, until: float) -> float:
        """The first of: the caller's time, what debouncing waits for, the next look."""
        if self._debounce is None:
            return min(until, self._reopen_at)
        times = [until]
        deadline = self._debounce.deadline()
        if deadline is not None:
            times.append(deadline)
        look_s = CALM_LOOK_S if self._debounce.fault == FLOATING else self._line.poll_s
        if look_s is not None:
            times.append(self._clock() + look_s)
        return min(times)

    def _watch(self) -> None:
        """Look at the line and take the presses that are complete."""
        if self._debounce is None:
            self._look_for_the_line()
            return
        seen = self._line.look()
        now = self._clock()
        presses: List[Press] = []
        for at, level in zip(self._times(seen, now), seen.levels):
            presses += self._debounce.feed(at, level)
            self._tell_level(at, level)
        presses += self._debounce.advance(now)
        self._looked_at = now
        self._presses += len(presses)
        self._due.extend(presses)
        if seen.lost:
            self._let_go(seen.lost)

    def _tell_level(self, at: float, level: bool) -> None:
        if self._on_level is not None:
            self._on_level(at, level)

    def _times(self, seen: LineReading, now: float) -> List[float]:
        """When each level began, on the monotonic clock.

        A thread that was held up finds a whole release and press at once: without their ages they
        would be a bounce, and the press lost. An age may come from the wall clock, which may jump;
        so no level began before the last look, which had not seen it, nor after this one.
        """
        ages_s = seen.ages_s or [0.0] * len(seen.levels)
        return [min(now, max(self._looked_at, now - age_s)) for age_s in ages_s]

    def _let_go(self, why: str) -> None:
        self._line.close()
        self._debounce = None
        self._lost = why
        self._reopen_at = self._clock() + REOPEN_S

    def _look_for_the_line(self) -> None:
        if self._clock() < self._reopen_at:
            return
        try:
            self._take()
        except ButtonError as error:
            self._let_go(str(error))

    def _fault(self) -> str:
        debounce = self._debounce
        if debounce is None or debounce.fault is None:
            return ""
        if debounce.fault == STUCK:
            return (
                "held for more than {:.0f} s: the button is jammed, its line is shorted, or "
                "button.active_low is wrong".format(self._settings.stuck_s)
            )
        return (
            "more than {} changes a second: the line floats or its wire picks up noise; it needs "
            "an external pull-up or pull-down resistor".format(self._settings.floating_edges)
        )
