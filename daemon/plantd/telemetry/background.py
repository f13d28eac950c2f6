"""A source that follows another program in a thread of its own, and starts it again when it ends.

The caller of `read()` gets the newest readings, or none once they are old; it never waits.
"""

import logging
import threading
import time
from abc import abstractmethod
from typing import Callable, Optional

from plantd.telemetry.interface import DEGRADED, OK, Readings, SourceState, TelemetrySource

logger = logging.getLogger(__name__)

RETRY_FIRST_S = 1.0
RETRY_MAX_S = 60.0
JOIN_S = 5.0
# Readings are old after this many intervals, and never sooner than this many seconds.
STALE_INTERVALS = 3.0
STALE_MIN_S = 5.0


def nothing() -> None:
    """The listener nobody asked for."""


class BackgroundSource(TelemetrySource):
    """What sources that listen to another program share: the thread, the newest, the state."""

    def __init__(
        self,
        name: str,
        interval_s: float,
        changed: Callable[[], None] = nothing,
        clock: Callable[[], float] = time.monotonic,
        retry_first_s: float = RETRY_FIRST_S,
    ) -> None:
        """Args: `changed` is called from the thread after each reading and each end."""
        self._name = name
        self._interval_s = interval_s
        self._changed = changed
        self._clock = clock
        self._retry_first_s = retry_first_s
        self._lock = threading.Lock()
        self._newest = Readings()
        self._newest_at: Optional[float] = None
        self._trouble = "{} was just started; nothing has been read yet".format(name)
        self._thread: Optional[threading.Thread] = None
        self.stopping = threading.Event()

    @abstractmethod
    def follow(self) -> str:
        """Start the program, `deliver()` what it says until it ends; return why, in a sentence.

        Returns soon once `stopping` is set and `interrupt()` was called. Never raises.
        """

    @abstractmethod
    def interrupt(self) -> None:
        """Make `follow()` in the other thread return."""

    def open(self) -> None:
        """Start the thread."""
        if self._thread is None and not self.stopping.is_set():
            # A daemon thread: a program that hangs must not keep the service from stopping.
            self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
            self._thread.start()

    def deliver(self, readings: Readings) -> None:
        """Take what was just read."""
        with self._lock:
            self._newest, self._newest_at = readings, self._clock()
            self._trouble = ""
        self._changed()

    def read(self) -> Readings:
        """Return the newest readings, empty ones when they are old."""
        with self._lock:
            return self._newest if self._fresh() else Readings()

    def state(self) -> SourceState:
        """Return OK while readings arrive."""
        with self._lock:
            if self._trouble:
                return SourceState(self._name, DEGRADED, self._trouble)
            if self._fresh():
                return SourceState(self._name, OK)
            late = "{} has said nothing for more than {:.0f} s; it may hang: restart it".format(
                self._name, self._stale_s()
            )
            return SourceState(self._name, DEGRADED, late)

    def close(self) -> None:
        """Stop the program and the thread."""
        self.stopping.set()
        self.interrupt()
        if self._thread is not None:
            self._thread.join(JOIN_S)
            self._thread = None

    def _run(self) -> None:
        delay_s = self._retry_first_s
        while not self.stopping.is_set():
            before = self._newest_at
            why = self.follow()
            if self.stopping.is_set():
                return
            # Whoever delivered something deserves to be started again at once.
            delay_s = self._retry_first_s if self._newest_at != before else 2 * delay_s
            self._say(why)
            self.stopping.wait(min(delay_s, RETRY_MAX_S))

    def _say(self, why: str) -> None:
        with self._lock:
            news = why != self._trouble
            self._trouble = why
        if news:
            logger.warning("telemetry: %s", why)
        self._changed()

    def _fresh(self) -> bool:
        return (
            self._newest_at is not None
            and not self._trouble
            and self._clock() - self._newest_at <= self._stale_s()
        )

    def _stale_s(self) -> float:
        return max(STALE_MIN_S, STALE_INTERVALS * self._interval_s)
