"""What is published where, and what stands in it. Pure."""

import os
from typing import Any, Dict, NamedTuple

from plantd.config import MqttConfig
from plantd.health.states import State
from plantd.sinks.ndjson import line_from_event

ONLINE, OFFLINE = "online", "offline"
QOS = 1
Json = Dict[str, Any]


class Message(NamedTuple):
    """One publication.

    Attributes:
        retained: the broker keeps it for whoever subscribes later.
    """

    topic: str
    payload: bytes
    retained: bool = False


class Topics(NamedTuple):
    """The topics of one box, and its name among others.

    Attributes:
        status: "online" or "offline", retained; of a box that is lost the broker says it.
        health: what is not as it should be, retained.
        telemetry, verdict: as on the event stream of the socket.
    """

    name: str
    status: str
    health: str
    telemetry: str
    verdict: str


def topics_of(config: MqttConfig) -> Topics:
    """Return the topics; a box without a name of its own is called as its machine is."""
    name = config.name or os.uname().nodename.partition(".")[0] or "box"
    kinds = ("status", "health", "telemetry", "verdict")
    return Topics(name, *("{}/{}/{}".format(config.topic, name, kind) for kind in kinds))


class Health:
    """How the parts are, as their changes tell it; a part that nobody spoke of is well."""

    def __init__(self) -> None:
        self._parts: Dict[str, Json] = {}

    def take(self, event: Json) -> None:
        """Take one state event of the stream."""
        part = str(event.get("part"))
        self._parts[part] = {"state": event.get("state"), "detail": event.get("detail")}

    def to_json(self) -> Json:
        """Return the worst state, and every part that is not HEALTHY with its sentence."""
        order = [state.value for state in State]
        bad = {
            part: each
            for part, each in sorted(self._parts.items())
            if each["state"] != State.HEALTHY.value
        }
        worst = max(
            (each["state"] for each in bad.values() if each["state"] in order),
            key=order.index,
            default=State.HEALTHY.value,
        )
        return {"schema": 1, "type": "health", "state": worst, "parts": bad}


def payload_of(body: Json) -> bytes:
    """Return JSON without spaces. Raises TypeError or ValueError for what JSON does not know."""
    return line_from_event(body)[:-1]
