"""The parts that do not report changes themselves, looked at with every telemetry reading.

Memory and heat belong here too: what they mean is decided in `limits.py`.
"""

import logging
import time
from typing import Callable, Optional

from plantd import limits, parts
from plantd.config import Config
from plantd.devices import Devices
from plantd.limits import HeatWatch, MemoryWatch
from plantd.parts import Parts
from plantd.sinks.record import Record
from plantd.sinks.record_state import OK as RECORD_OK
from plantd.sinks.record_state import RecordStatus
from plantd.telemetry.interface import OK as TELEMETRY_OK
from plantd.vitals import Vitals

logger = logging.getLogger(__name__)


class Caretaker:
    """Looks, says, and asks for a new process when memory grows without end."""

    def __init__(
        self,
        devices: Devices,
        record: Record,
        vitals: Vitals,
        states: Parts,
        config: Callable[[], Config],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Args: what is looked at; where states go; the configuration that holds; a clock."""
        self._devices = devices
        self._record = record
        self._vitals = vitals
        self._parts = states
        self._config = config
        self._monotonic = monotonic
        self._memory = MemoryWatch()
        self._heat = HeatWatch()

    def look(self) -> Optional[str]:
        """Take every part's state; return why the process should end soon, None if it should not.

        Reads /proc and /sys: not for the main loop.
        """
        self._look_at_devices()
        tell_record(self._parts, self._record.status())
        self._look_at_heat()
        return self._look_at_memory()

    def _look_at_devices(self) -> None:
        button, telemetry = self._devices.button.status(), self._devices.telemetry.state()
        self._parts.set("button", parts.HEALTHY if button.ok else parts.DEGRADED, button.detail)
        good = telemetry.state == TELEMETRY_OK
        self._parts.set("telemetry", parts.HEALTHY if good else parts.DEGRADED, telemetry.detail)

    def _look_at_heat(self) -> None:
        self._heat = limits.heat(self._heat, self._devices.telemetry.read(), self._config().limits)
        self._set("heat", self._heat.detail)

    def _look_at_memory(self) -> Optional[str]:
        seen = limits.Memory(self._vitals.own_mb(), self._vitals.available_mb())
        allowed = self._config().limits
        self._memory = limits.memory(self._memory, seen, self._monotonic(), allowed)
        self._set("memory", self._memory.detail)
        return self._memory.detail if self._memory.hopeless else None

    def _set(self, part: str, detail: str) -> None:
        self._parts.set(part, parts.DEGRADED if detail else parts.HEALTHY, detail)


def tell_record(states: Parts, status: RecordStatus) -> None:
    """Take the record's state; from any thread."""
    good = status.state == RECORD_OK
    states.set("record", parts.HEALTHY if good else parts.DEGRADED, status.detail)
