"""Events on their way to the log and the stream."""

from plantd.health.states import ComponentState
from plantd.sinks.interface import Event
from plantd.sinks.log import EventLog
from plantd.sinks.stream import EventStream
from plantd.telemetry.clock import Clock
from plantd.wire import Verdict, json_from_state, json_from_verdict


class Publisher:
    """Gives each event to the log and to the stream; from any thread."""

    def __init__(self, log: EventLog, stream: EventStream, clock: Clock) -> None:
        """Args: the sinks; what tells when a state changed."""
        self.log = log
        self.stream = stream
        self._clock = clock

    def publish(self, event: Event) -> None:
        """Send one event."""
        self.log.send(event)
        self.stream.send(event)

    def publish_verdict(self, verdict: Verdict) -> None:
        """Send an answer."""
        self.publish(json_from_verdict(verdict))

    def publish_state(self, state: ComponentState) -> None:
        """Send the new state of one part."""
        moment = self._clock.now()
        self.publish(json_from_state(moment, state.part, state.state.value, state.detail))
