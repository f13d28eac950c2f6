"""Events on their way to the log, the stream, and whoever else is told."""

from concurrent.futures import ThreadPoolExecutor
from typing import List, Sequence

from plantd.health.states import ComponentState
from plantd.light.interface import Pattern
from plantd.notifiers.queued import NotifierStatus, QueuedNotifier
from plantd.sinks.interface import Event
from plantd.sinks.log import EventLog
from plantd.sinks.stream import EventStream
from plantd.telemetry.clock import Clock
from plantd.wire import Verdict, json_from_state, json_from_verdict


class Publisher:
    """Gives each event to the log, the stream and the notifiers; from any thread."""

    def __init__(
        self,
        log: EventLog,
        stream: EventStream,
        clock: Clock,
        notifiers: Sequence[QueuedNotifier] = (),
    ) -> None:
        """Args: the sinks; what tells when a state changed; who is told of verdicts besides."""
        self.log = log
        self.stream = stream
        self._clock = clock
        self._notifiers = notifiers

    def open(self) -> None:
        """Begin to write the log and to tell the notifiers."""
        self.log.open()
        for notifier in self._notifiers:
            notifier.open()

    def close_notifiers(self) -> None:
        """Let the notifiers deliver what they hold, for a moment; may be called twice."""
        if self._notifiers:
            with ThreadPoolExecutor(len(self._notifiers)) as pool:
                for ended in [pool.submit(notifier.close) for notifier in self._notifiers]:
                    ended.result()

    def notified(self) -> List[NotifierStatus]:
        """Return how each notifier is doing."""
        return [notifier.status() for notifier in self._notifiers]

    def publish(self, event: Event) -> None:
        """Send one event."""
        self.log.send(event)
        self.stream.send(event)
        for notifier in self._notifiers:
            notifier.send(event)

    def publish_verdict(self, verdict: Verdict) -> None:
        """Send an answer."""
        self.publish(json_from_verdict(verdict))

    def tell_light(self, pattern: Pattern) -> None:
        """Tell the notifiers alone what the light shows: a press begins, a part is lost."""
        for notifier in self._notifiers:
            notifier.send({"type": "light", "pattern": pattern.value})

    def publish_state(self, state: ComponentState) -> None:
        """Send the new state of one part."""
        moment = self._clock.now()
        self.publish(json_from_state(moment, state.part, state.state.value, state.detail))
