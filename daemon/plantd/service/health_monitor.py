"""The parts that do not report changes themselves, looked at with every telemetry reading.

Memory and heat belong here too: what they mean is decided in `limits.py`.
"""

import threading
import time
from typing import Callable, Dict, List, NamedTuple, Set

from plantd.camera.interface import CameraStatus
from plantd.config import Config
from plantd.health import limits
from plantd.health.limits import HeatWatch, MemoryWatch
from plantd.health.states import ComponentStates, State
from plantd.notifiers.display.scene import PART as DISPLAY
from plantd.notifiers.queued import NotifierStatus
from plantd.service.devices import Devices
from plantd.service.metrics import Metrics
from plantd.sinks.log import EventLog
from plantd.sinks.record import Record
from plantd.sinks.recording.state import OK as RECORD_OK
from plantd.sinks.recording.state import RecordStatus
from plantd.telemetry.interface import OK as TELEMETRY_OK

# Threads that live as long as the service, and what it is without each. No bug should end one, but
# memory that runs out, or a library, may.
ENGINES = "inference"
LASTING: Dict[str, State] = {
    ENGINES: State.FAILED,
    "press": State.FAILED,
    "plantd-camera": State.FAILED,
    "record": State.DEGRADED,
    "log": State.DEGRADED,
    "light": State.DEGRADED,
}


class Watched(NamedTuple):
    """Who is looked at."""

    devices: Devices
    record: Record
    log: EventLog
    metrics: Metrics
    notified: Callable[[], List[NotifierStatus]] = list


class HealthMonitor:
    """Looks, says, and ends the process between presses when memory grows without end."""

    def __init__(
        self,
        watched: Watched,
        states: ComponentStates,
        config: Callable[[], Config],
        end_between_presses: Callable[[str, bool], None],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take who is looked at and who is told.

        Args:
            config: returns the configuration that holds.
            end_between_presses: ends the process for a new one, for the reason given, and told
                whether the model may be why; does nothing while a press is being answered or its
                answer stands on the light, and is asked again at the next look.
        """
        self._watched = watched
        self._parts = states
        self._config = config
        self._end = end_between_presses
        self._monotonic = monotonic
        self._seen: Set[str] = set()
        self._memory = MemoryWatch()
        self._heat = HeatWatch()

    def look(self) -> None:
        """Take every part's state. Reads /proc and /sys: not for the main loop."""
        self._look_at_threads()
        self._look_at_devices()
        report_record(self._parts, self._watched.record.status())
        self._set("log", self._watched.log.status().detail)
        self._look_at_display()
        self._look_at_heat()
        self._look_at_memory()

    def _look_at_threads(self) -> None:
        alive = {thread.name for thread in threading.enumerate()}
        self._seen |= alive & set(LASTING)
        ended = sorted(self._seen - alive)
        worst = max((LASTING[name] for name in ended), key=list(State).index, default=State.HEALTHY)
        told = "the thread {} has ended: the journal says why; a new process helps".format(
            ", ".join(ended)
        )
        self._parts.set("threads", worst, told if ended else "")
        if worst == State.FAILED:
            self._end(told, ENGINES in ended)

    def _look_at_devices(self) -> None:
        devices = self._watched.devices
        button, telemetry = devices.button.status(), devices.telemetry.state()
        self._parts.set("button", State.HEALTHY if button.ok else State.DEGRADED, button.detail)
        good = telemetry.state == TELEMETRY_OK
        self._parts.set("telemetry", State.HEALTHY if good else State.DEGRADED, telemetry.detail)

    def _look_at_display(self) -> None:
        """Of those who are told, the display is a part of the box, as the light is."""
        for told in self._watched.notified():
            if told.name == DISPLAY:
                self._set(DISPLAY, told.detail)

    def _look_at_heat(self) -> None:
        readings = self._watched.metrics.readings()
        self._heat = limits.heat(self._heat, readings, self._config().limits)
        self._set("heat", self._heat.detail)

    def _look_at_memory(self) -> None:
        metrics = self._watched.metrics
        seen = limits.Memory(metrics.own_mb(), metrics.available_mb())
        allowed = self._config().limits
        self._memory = limits.memory(self._memory, seen, self._monotonic(), allowed)
        self._set("memory", self._memory.detail)
        if self._memory.hopeless:
            # Nobody knows whose memory it is; a model that leaks must not stay.
            self._end(self._memory.detail, True)

    def _set(self, part: str, detail: str) -> None:
        self._parts.set(part, State.DEGRADED if detail else State.HEALTHY, detail)


def report_record(states: ComponentStates, status: RecordStatus) -> None:
    """Take the record's state; from any thread."""
    good = status.state == RECORD_OK
    states.set("record", State.HEALTHY if good else State.DEGRADED, status.detail)


def report_camera(states: ComponentStates, status: CameraStatus) -> None:
    """Take the camera's state; from any thread."""
    states.set("camera", status.state, status.detail)
