"""A sink with a bounded queue and a thread of its own, which may take its time. See README.md."""

import logging
import threading
from abc import abstractmethod
from collections import deque
from typing import Any, Deque, Dict, NamedTuple, Optional

from plantd.errors import UnavailableError
from plantd.sinks.interface import Event, Sink
from plantd.sinks.ndjson import line_from_event
from plantd.system.lifetime import Openable

logger = logging.getLogger(__name__)

VERDICT = "verdict"
CLOSE_TIMEOUT_S = 1.5


class NotDelivered(UnavailableError):
    """A verdict did not reach whom it was meant for; the message is one sentence."""


class NotifierStatus(NamedTuple):
    """One notifier for `status`: it is counted and told, and degrades nothing.

    Attributes:
        ok: the newest verdict was delivered, or none has come.
        detail: one sentence when it was not: what happened and what helps.
        delivered, failed: verdicts since the start.
        dropped: those that were never tried: the queue was full, or they were no JSON.
        waiting: verdicts that are queued now.
    """

    name: str
    ok: bool
    detail: str
    delivered: int
    failed: int
    dropped: int
    waiting: int = 0

    def to_json(self) -> Dict[str, Any]:
        """Return it as it stands in /v1/status."""
        return dict(self._asdict())


class Notice(NamedTuple):
    """One verdict on its way: as an object, and as a line of JSON."""

    event: Event
    line: bytes


class QueuedNotifier(Sink, Openable):
    """Takes verdicts at once and delivers them one after the other; other events pass it by.

    Where the queue is full its oldest verdict is dropped: the newest is what is asked for.
    Verdicts that are sent before `open()` wait for it.

    Args:
        name: what status, log and thread call it.
        length: of the queue.
    """

    def __init__(self, name: str, length: int) -> None:
        self.name = name
        self._length = length
        self._changed = threading.Condition()
        self._notices: Deque[Notice] = deque()
        self._closed = False
        self._dropped = 0
        self._delivered = 0
        self._failed = 0
        self._complaint = ""
        self._thread: Optional[threading.Thread] = None

    @abstractmethod
    def deliver(self, notice: Notice) -> None:
        """Deliver one verdict, in the notifier's thread. Raises NotDelivered."""

    @abstractmethod
    def abort(self) -> None:
        """Let a `deliver()` that runs end soon; from any thread, where none runs too."""

    def wants(self, event: Event) -> bool:
        """Return whether an event is for it."""
        return bool(event.get("type") == VERDICT)

    @property
    def has_waiting(self) -> bool:
        """Whether a newer verdict waits for the one that is being delivered."""
        return bool(self._notices)

    def open(self) -> None:
        """Begin to deliver."""
        self._thread = threading.Thread(target=self._run, name=self.name, daemon=True)
        self._thread.start()

    def send(self, event: Event) -> None:
        """Queue a verdict; see Sink."""
        try:
            line = line_from_event(event)
        except (TypeError, ValueError) as error:
            logger.error("%s: an event that is not JSON was dropped: %s", self.name, error)
            with self._changed:
                self._dropped += 1
            return
        if self.wants(event):
            self._queue(Notice(event, line))

    @property
    def dropped(self) -> int:
        """How many verdicts were never tried."""
        return self._dropped

    def status(self) -> NotifierStatus:
        """Return how it is doing; from any thread."""
        with self._changed:
            return NotifierStatus(
                self.name,
                not self._complaint,
                self._complaint,
                self._delivered,
                self._failed,
                self._dropped,
                len(self._notices),
            )

    def close(self) -> None:
        """Deliver what is queued, for a moment, then give up; may be called twice."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        thread, self._thread = self._thread, None
        if thread is None:
            return
        thread.join(CLOSE_TIMEOUT_S)
        if thread.is_alive():
            with self._changed:
                self._dropped += len(self._notices)
                self._notices.clear()
            self.abort()
            thread.join(CLOSE_TIMEOUT_S)

    def _queue(self, notice: Notice) -> None:
        with self._changed:
            if self._closed:
                self._dropped += 1
                return
            if len(self._notices) >= self._length:
                self._notices.popleft()
                self._dropped += 1
            self._notices.append(notice)
            self._changed.notify_all()

    def _next(self) -> Optional[Notice]:
        """Return the next verdict, None when there will be none."""
        with self._changed:
            self._changed.wait_for(lambda: bool(self._notices) or self._closed)
            return self._notices.popleft() if self._notices else None

    def _run(self) -> None:
        while True:
            notice = self._next()
            if notice is None:
                return
            try:
                self.deliver(notice)
            except NotDelivered as error:
                self._count(str(error))
            except Exception as error:  # a bug with one verdict must not be the last one
                logger.exception("%s met a bug", self.name)
                self._count("it met a bug, which the journal has: {!r}".format(error))
            else:
                self._count("")

    def _count(self, complaint: str) -> None:
        with self._changed:
            was, self._complaint = self._complaint, complaint
            self._failed += bool(complaint)
            self._delivered += not complaint
        if complaint and not was:
            # Told once, not at every press; status counts the rest.
            logger.warning("%s: %s", self.name, complaint)
        elif was and not complaint:
            logger.info("%s delivers again", self.name)
