"""What is measured while the service lives: the device, our processes, latencies, counts, disks."""

import logging
import os
from typing import Callable, Dict, List, Mapping, Optional

from plantd.config import PathsConfig
from plantd.errors import RecordError
from plantd.sinks.record import Record
from plantd.telemetry.clock import Clock
from plantd.telemetry.disk import Disk, disk_of
from plantd.telemetry.interface import Readings, TelemetrySource
from plantd.telemetry.latencies import Latencies, VerdictCounts
from plantd.telemetry.processes import ProcessMemory, available_mb, memory_of, rss_mb
from plantd.telemetry.remembered import Remembered
from plantd.telemetry.status import telemetry_json
from plantd.wire import Json, Verdict, json_from_telemetry

logger = logging.getLogger(__name__)

# How long the record may take to open before its past verdicts are left uncounted.
RECORD_OPEN_S = 2.0
# Whoever asks for the status a thousand times a second need not measure it each time.
MEMORY_LASTS_S = 1.0
READINGS_LAST_S = 0.2


class Metrics:
    """Collects; every method may be called from any thread."""

    def __init__(
        self,
        source: TelemetrySource,
        clock: Clock,
        paths: PathsConfig,
        children: Callable[[], Mapping[str, Optional[int]]],
    ) -> None:
        """Args: who reads the device; the clock; our paths; our child processes by name."""
        self.source = source
        self.clock = clock
        self.latencies = Latencies()
        self.counts = VerdictCounts()
        self._paths = paths
        self._children = children
        self._processes = Remembered(self._all_processes, MEMORY_LASTS_S)
        self._readings = Remembered(source.read, READINGS_LAST_S)

    def count(self, verdict: Verdict) -> None:
        """Take one answer into the latencies and the counts."""
        self.latencies.add(verdict.latency_ms)
        self.counts.add(verdict.decision.answer)

    def processes(self) -> List[ProcessMemory]:
        """Return the memory of the service and of those of its children that run.

        Counting a process's mappings takes milliseconds, so that it is done once a second.
        """
        return self._processes.get(tuple(sorted(self._children().items())))

    def readings(self) -> Readings:
        """Return what the device said, a moment ago at most."""
        return self._readings.get()

    def _all_processes(self) -> List[ProcessMemory]:
        found = [memory_of("service", os.getpid())]
        return found + [
            memory_of(name, pid) for name, pid in self._children().items() if pid is not None
        ]

    def own_mb(self) -> Optional[float]:
        """Return the resident memory of the service itself."""
        return rss_mb(os.getpid())

    def available_mb(self) -> Optional[float]:
        """Return the memory that the device has left."""
        return available_mb()

    def disks(self) -> List[Disk]:
        """Return the file systems that are written to."""
        return [disk_of("state", self._paths.state), disk_of("log", self._paths.log)]

    def event(self) -> Json:
        """Return a telemetry event."""
        body: Mapping[str, object] = telemetry_json(
            self._readings.renew(),
            self.source.state(),
            self.disks(),
            self.processes(),
            self.latencies.percentiles(),
        )
        return json_from_telemetry(self.clock.now(), dict(body))


def counts_of(record: Record) -> Dict[str, int]:
    """Return answer -> verdicts in the record; none where it cannot be read in time."""
    record.flush(RECORD_OPEN_S)
    try:
        return record.reader.counts()
    except RecordError as error:
        logger.warning("the record's verdicts are not counted: %s", error)
        return {}
