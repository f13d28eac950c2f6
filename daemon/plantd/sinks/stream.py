"""The event stream: what happens now, for whoever listens; nobody is waited for.

How this works. send() encodes an event once, keeps it in a ring of recent ones and appends it to
the queue of each listener. A queue that is full loses its oldest line, and its listener is told how
many by a `gap` event before the next line:

    {"schema":1,"type":"gap","dropped":12}

A listener that comes back names the last verdict it has (`after`); recent() gives the later ones
that are still in the ring, the record has the older ones.
"""

import asyncio
import logging
import threading
from collections import deque
from typing import Deque, FrozenSet, List, NamedTuple, Optional

from plantd.sinks.interface import Event, Sink
from plantd.sinks.ndjson import line_from_event

logger = logging.getLogger(__name__)

VERDICT = "verdict"
TYPES = (VERDICT, "telemetry", "state")
SCHEMA = 1


class Line(NamedTuple):
    """One event, ready to be written. `seq` is a verdict's number, else None."""

    type: str
    seq: Optional[int]
    data: bytes


class EventStream(Sink):
    """Takes events from any thread and hands them to listeners in an asyncio loop.

    Args:
        queue_length: of each listener's queue, and of the ring of recent verdicts.
    """

    def __init__(self, queue_length: int = 256) -> None:
        self._queue_length = queue_length
        self._lock = threading.Lock()
        self._ring: Deque[Line] = deque(maxlen=queue_length)
        self._listeners: List["Listener"] = []
        self._dropped = 0
        self._closed = False

    def send(self, event: Event) -> None:
        """Give one event to every listener; see Sink."""
        try:
            seq = event.get("seq") if event.get("type") == VERDICT else None
            line = Line(str(event["type"]), seq, line_from_event(event))
        except (KeyError, TypeError, ValueError) as error:
            logger.error("an event that is not JSON was dropped from the stream: %r", error)
            with self._lock:
                self._dropped += 1
            return
        with self._lock:
            if self._closed:
                self._dropped += 1
                return
            if line.seq is not None:
                self._ring.append(line)
            for listener in self._listeners:
                self._dropped += listener.offer(line)

    @property
    def dropped(self) -> int:
        """How many events were dropped, over all listeners."""
        return self._dropped

    @property
    def listeners(self) -> int:
        """How many listen now."""
        return len(self._listeners)

    def listen(self, types: FrozenSet[str] = frozenset(TYPES)) -> "Listener":
        """Return a listener to events of these types. Call it in the loop that will read it."""
        listener = Listener(types, self._queue_length)
        with self._lock:
            if self._closed:
                listener.end()
            self._listeners.append(listener)
        return listener

    def leave(self, listener: "Listener") -> None:
        """Forget a listener; may be called twice."""
        with self._lock:
            if listener in self._listeners:
                self._listeners.remove(listener)

    def recent(self, after: int) -> List[Line]:
        """Return the recent verdicts with seq > after, in the order they were sent."""
        with self._lock:
            return [line for line in self._ring if line.seq is not None and line.seq > after]

    def close(self) -> None:
        """End every listener after what it still holds; may be called twice."""
        with self._lock:
            self._closed = True
            for listener in self._listeners:
                listener.end()


class Listener:
    """One reader of the stream, in one asyncio loop."""

    def __init__(self, types: FrozenSet[str], queue_length: int) -> None:
        self._types = types
        self._lock = threading.Lock()
        self._lines: Deque[Line] = deque()
        self._queue_length = queue_length
        self._dropped = 0
        self._ended = False
        self._loop = asyncio.get_event_loop()
        self._filled = asyncio.Event()

    def offer(self, line: Line) -> int:
        """Queue one line from any thread; return how many lines that cost."""
        if line.type not in self._types:
            return 0
        with self._lock:
            lost = len(self._lines) >= self._queue_length
            if lost:
                self._lines.popleft()
                self._dropped += 1
            self._lines.append(line)
        self._wake()
        return int(lost)

    def end(self) -> None:
        """Let next_line() return None once the queue is empty."""
        self._ended = True
        self._wake()

    @property
    def ended(self) -> bool:
        """Whether nothing will come any more."""
        return self._ended and not self._lines

    async def next_line(self, timeout_s: float) -> Optional[Line]:
        """Return the next line, a gap before it if lines were lost; None when none came in time."""
        deadline = self._loop.time() + timeout_s
        while not self._lines and not self._ended:
            # A line that comes between the look and this clear wakes us later: wake-ups run here.
            self._filled.clear()
            try:
                await asyncio.wait_for(self._filled.wait(), deadline - self._loop.time())
            except asyncio.TimeoutError:
                return None
        return self._take()

    def _take(self) -> Optional[Line]:
        with self._lock:
            if self._dropped:
                lost, self._dropped = self._dropped, 0
                return gap(lost)
            return self._lines.popleft() if self._lines else None

    def _wake(self) -> None:
        try:
            self._loop.call_soon_threadsafe(self._filled.set)
        except RuntimeError:
            # The loop is closed: nobody reads any more.
            self._ended = True


def gap(dropped: int) -> Line:
    """Return the line that says how many events a listener has missed."""
    return Line("gap", None, line_from_event({"schema": SCHEMA, "type": "gap", "dropped": dropped}))
