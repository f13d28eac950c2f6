"""Memory, temperature and latency over time, kept in memory: an hour closely, a day coarsely. Pure.

How this works: every telemetry event offers a reading to both rings. A ring takes one when the last
it took is old enough, and loses its oldest when it is full, so that neither ever grows.
"""

from collections import deque
from typing import Any, Deque, Dict, List, Mapping, NamedTuple, Optional, Tuple

Json = Mapping[str, Any]
Point = Tuple[float, float]

HOUR, DAY = "hour", "day"
SPANS_S = {HOUR: 3600.0, DAY: 86400.0}
POINTS = 360
PRESSES = 500


class Reading(NamedTuple):
    """One look at the device; None where it was not known.

    Attributes:
        mono_s: monotonic seconds of the boot.
        free_mb: what the device has left; own_mb: what service and camera take together.
        temperature_c: of the hottest zone.
    """

    mono_s: float
    free_mb: Optional[float]
    own_mb: Optional[float]
    temperature_c: Optional[float]


class Trends:
    """Takes events and returns points; for one thread."""

    def __init__(self) -> None:
        self._rings: Dict[str, Deque[Reading]] = {span: deque(maxlen=POINTS) for span in SPANS_S}
        self._presses: Deque[Point] = deque(maxlen=PRESSES)
        self.newest_s = 0.0

    def take(self, event: Json) -> None:
        """Take a telemetry event or a verdict; others say nothing about trends."""
        kind = event.get("type")
        if kind not in ("telemetry", "verdict"):
            return
        self.newest_s = max(self.newest_s, float(event["mono_s"]))
        if kind == "verdict":
            total_ms = (event.get("latency_ms") or {}).get("total")
            if total_ms is not None:
                self._presses.append((float(event["mono_s"]), float(total_ms)))
            return
        reading = reading_from_event(event)
        for span, ring in self._rings.items():
            if not ring or reading.mono_s - ring[-1].mono_s >= SPANS_S[span] / POINTS:
                ring.append(reading)

    def points(self, span: str, field: str) -> List[Point]:
        """Return (monotonic seconds, value) of one field of Reading over a span, in order."""
        since_s = self.newest_s - SPANS_S[span]
        found = [(each.mono_s, getattr(each, field)) for each in self._rings[span]]
        return [(at, value) for at, value in found if at >= since_s and value is not None]

    def latencies(self, span: str) -> List[Point]:
        """Return (monotonic seconds, milliseconds) of the newest presses within a span."""
        since_s = self.newest_s - SPANS_S[span]
        return [(at, value) for at, value in self._presses if at >= since_s]


def reading_from_event(event: Json) -> Reading:
    """Return what a telemetry event says about memory and heat."""
    temperatures = [float(value) for value in (event.get("temperatures_c") or {}).values()]
    own = [each.get("rss_mb") for each in event.get("processes") or ()]
    known = [float(value) for value in own if value is not None]
    return Reading(
        float(event["mono_s"]),
        (event.get("memory") or {}).get("available_mb"),
        sum(known) if known else None,
        max(temperatures) if temperatures else None,
    )
