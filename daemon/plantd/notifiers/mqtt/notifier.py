"""Tells a broker of each verdict, of the box's health and of its telemetry.

How this works: two threads, and nobody who sends an event waits for either. The notifier's own one
(see `queued`) writes verdicts to the outbox. The second owns the connection: it connects, says
"online", what Home Assistant needs and how the box is, then publishes the oldest verdict, waits for
the broker's word, removes it, and takes the next. When the connection is lost it begins again,
each time a little later. Health and telemetry are only ever the newest; they do not queue.
"""

import contextlib
import logging
import os
import select
import threading
import time
from typing import List, NamedTuple, Optional, Sequence

from plantd.config import MqttConfig
from plantd.notifiers.mqtt.connection import Connection
from plantd.notifiers.mqtt.discovery import discovery_messages
from plantd.notifiers.mqtt.outbox import Outbox
from plantd.notifiers.mqtt.queue_file import Waiting
from plantd.notifiers.mqtt.topics import (
    OFFLINE,
    ONLINE,
    Health,
    Message,
    payload_of,
    topics_of,
)
from plantd.notifiers.queued import NotDelivered, Notice, NotifierStatus, QueuedNotifier
from plantd.sinks.interface import Event

logger = logging.getLogger(__name__)

NAME = "mqtt"
QUEUE_LENGTH = 256
RETRY_S = (1.0, 2.0, 5.0, 15.0, 60.0)
# Between two looks at the keep-alive of the connection.
STEP_S = 5.0
ACKNOWLEDGED_S = 30.0
LEAVE_S = 1.0
THREAD = "mqtt connection"


class Flight(NamedTuple):
    """A verdict on its way: the message's number, its row, and when to give it up (monotonic)."""

    number: int
    row: Waiting
    until_s: float


class Mqtt(QueuedNotifier):
    """Verdicts by QoS 1 from a queue on disk; status, health and telemetry as they are now."""

    def __init__(self, config: MqttConfig, state: str, retry_s: Sequence[float] = RETRY_S) -> None:
        """Args: the broker; the folder of the queue; waits between attempts, the last repeats."""
        super().__init__(NAME, QUEUE_LENGTH)
        self._config = config
        self.topics = topics_of(config)
        self._outbox = Outbox(state, config.queue_length)
        self._retry_s = retry_s
        self._live = Live(config.telemetry_s)
        self._trouble = ""
        self._sent = 0
        self._ended = threading.Event()
        self._sender: Optional[threading.Thread] = None
        self._woken, self._wake = -1, -1

    def open(self) -> None:
        """See QueuedNotifier; what an earlier process left in the queue is taken up."""
        self._woken, self._wake = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._outbox.open()
        super().open()
        self._sender = threading.Thread(target=self._tell, name=THREAD, daemon=True)
        self._sender.start()

    def send(self, event: Event) -> None:
        """See Sink."""
        if self._live.take(event):
            self._poke()
        super().send(event)

    def deliver(self, notice: Notice) -> None:
        """Put one verdict into the queue on disk."""
        self._outbox.put(notice.line.rstrip(b"\n"))
        self._poke()

    def abort(self) -> None:
        """Nothing here takes long."""

    def status(self) -> NotifierStatus:
        """Return how it is doing: delivered is what the broker has acknowledged."""
        base = super().status()
        told = self._trouble or self._outbox.complaint or base.detail
        return base._replace(
            ok=not told,
            detail=told,
            delivered=self._sent,
            dropped=base.dropped + self._outbox.dropped,
            waiting=base.waiting + len(self._outbox),
        )

    @property
    def dropped(self) -> int:
        """See Sink."""
        return super().dropped + self._outbox.dropped

    def close(self) -> None:
        """Write down what is held, and take leave of the broker; may be called twice."""
        super().close()
        self._ended.set()
        self._poke()
        sender, self._sender = self._sender, None
        if sender is not None:
            sender.join(LEAVE_S * 2)
            if not sender.is_alive():
                # One that still waits for a name server needs its descriptors, and ends with us.
                self._outbox.close()
                for descriptor in (self._woken, self._wake):
                    os.close(descriptor)
                self._woken, self._wake = -1, -1

    def _poke(self) -> None:
        if self._wake >= 0:
            # A full pipe wakes as well; one that is closed wakes nobody.
            with contextlib.suppress(OSError):
                os.write(self._wake, b"x")

    def _tell(self) -> None:
        attempt = 0
        while not self._ended.is_set():
            try:
                with Connection(self._config, self.topics) as connection:
                    attempt = 0
                    self._serve(connection)
            except NotDelivered as error:
                self._complain(str(error))
            except Exception as error:  # a bug must not be the end of all telling
                logger.exception("%s met a bug", NAME)
                self._complain("it met a bug, which the journal has: {!r}".format(error))
            self._pause(self._retry_s[min(attempt, len(self._retry_s) - 1)])
            attempt += 1

    def _serve(self, connection: Connection) -> None:
        """Publish until the service ends. Raises NotDelivered when the connection is lost."""
        for message in self._greeting():
            connection.publish(message)
        self._complain("")
        flight: Optional[Flight] = None
        while not self._ended.is_set():
            for message in self._live.due(self.topics.health, self.topics.telemetry):
                connection.publish(message)
            flight = self._flown(connection, flight) or self._next_flight(connection)
            connection.step(STEP_S, self._woken)
            self._drain()
        self._leave(connection)

    def _flown(self, connection: Connection, flight: Optional[Flight]) -> Optional[Flight]:
        """Return the verdict that is still on its way."""
        if flight is None:
            return None
        if connection.acknowledged(flight.number):
            self._outbox.remove(flight.row)
            self._sent += 1
            return None
        if time.monotonic() > flight.until_s:
            raise NotDelivered(
                "the broker does not acknowledge a verdict within {:g} s".format(ACKNOWLEDGED_S)
            )
        return flight

    def _next_flight(self, connection: Connection) -> Optional[Flight]:
        row = self._outbox.first()
        if row is None:
            return None
        number = connection.publish(Message(self.topics.verdict, row.line))
        return Flight(number, row, time.monotonic() + ACKNOWLEDGED_S)

    def _greeting(self) -> List[Message]:
        told = [Message(self.topics.status, ONLINE.encode(), retained=True)]
        if self._config.discovery:
            told += discovery_messages(
                self._config.discovery, self.topics, self._config.telemetry_s
            )
        self._live.begin()
        return told

    def _leave(self, connection: Connection) -> None:
        """Say "offline": a broker says it itself only for those who were lost."""
        number = connection.publish(Message(self.topics.status, OFFLINE.encode(), retained=True))
        until = time.monotonic() + LEAVE_S
        while not connection.acknowledged(number) and time.monotonic() < until:
            connection.step(LEAVE_S / 10)

    def _complain(self, trouble: str) -> None:
        was, self._trouble = self._trouble, trouble
        if trouble and trouble != was:
            logger.warning("%s: %s", NAME, trouble)
        elif was and not trouble:
            logger.info("%s: the broker is there again", NAME)

    def _pause(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while not self._ended.is_set() and time.monotonic() < until:
            select.select([self._woken], [], [], max(0.0, until - time.monotonic()))
            self._drain()

    def _drain(self) -> None:
        with contextlib.suppress(BlockingIOError):
            os.read(self._woken, 65536)


class Live:
    """The newest health and telemetry, and which of them is due. Safe from any thread."""

    def __init__(self, telemetry_s: float) -> None:
        """Args: time between two telemetry messages; 0 is none at all."""
        self._telemetry_s = telemetry_s
        self._lock = threading.Lock()
        self._health = Health()
        self._changed = True
        self._reading: Optional[Event] = None
        self._next_s = 0.0

    def take(self, event: Event) -> bool:
        """Take an event that is one of the two; return whether something is due now."""
        with self._lock:
            if event.get("type") == "state":
                self._health.take(event)
                self._changed = True
                return True
            if event.get("type") == "telemetry" and self._telemetry_s:
                self._reading = event
                return time.monotonic() >= self._next_s
        return False

    def begin(self) -> None:
        """A new connection: the broker is told how it is now."""
        with self._lock:
            self._changed, self._next_s = True, 0.0

    def due(self, health: str, telemetry: str) -> List[Message]:
        """Return what is to be published on the two topics, and take it as published."""
        with self._lock:
            found = []
            if self._changed:
                found.append(Message(health, payload_of(self._health.to_json()), retained=True))
                self._changed = False
            if self._reading is not None and time.monotonic() >= self._next_s:
                found.append(Message(telemetry, payload_of(self._reading)))
                self._reading = None
                self._next_s = time.monotonic() + self._telemetry_s
        return found
