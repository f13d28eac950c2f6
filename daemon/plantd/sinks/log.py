"""The log: one JSON line an event, in files that are rotated by size.

Not logging.handlers: after a full disk its buffered streams repeat or tear lines, and its errors go
to standard error.
"""

import logging
import queue
import threading
from typing import Any, Dict, NamedTuple, Optional, Union

from plantd.config import LogConfig
from plantd.sinks.interface import Event, Sink
from plantd.sinks.log_file import LogFile
from plantd.sinks.ndjson import line_from_event
from plantd.sinks.recording.state import FAILED, FULL, READ_ONLY, state_from_error
from plantd.system.lifetime import Openable

logger = logging.getLogger(__name__)

QUEUE_LENGTH = 1024
CLOSE_TIMEOUT_S = 3.0
MIB = 1024 * 1024

_HELP = {
    FULL: "free space there, or lower log.max_mb or log.files",
    READ_ONLY: "mount it read-write, and let the service's user write there",
    FAILED: "look at the folder and the disk (ls, dmesg)",
}


class LogStatus(NamedTuple):
    """The log for `status` and `health`.

    Attributes:
        ok: the newest line was written.
        detail: one sentence when it was not: what happened and what helps.
        path: of the newest file.
        dropped: how many events are missing in the log.
    """

    ok: bool
    detail: str
    path: str
    dropped: int

    def to_json(self) -> Dict[str, Any]:
        """Return it as it stands in /v1/status."""
        return dict(self._asdict())


class _Line(NamedTuple):
    data: bytes


class _Reopen(NamedTuple):
    pass


class _Flush(NamedTuple):
    done: threading.Event


class _Stop(NamedTuple):
    pass


_Task = Union[_Line, _Reopen, _Flush, _Stop]


class EventLog(Sink, Openable):
    """Writes events to `path` from a thread of its own; what the disk does not take is dropped.

    Events that are sent before `open()` wait for it.

    Args:
        path: the newest file; older ones are path.1, path.2, ...
    """

    def __init__(self, path: str, config: LogConfig) -> None:
        self.path = path
        self._file = LogFile(path, config.max_mb * MIB, config.files)
        self._queue: "queue.Queue[_Task]" = queue.Queue(QUEUE_LENGTH)
        self._lock = threading.Lock()
        self._dropped = 0
        self._fault = ""
        self._closed = False
        self._thread: Optional[threading.Thread] = None

    def open(self) -> None:
        """Begin to write."""
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="log", daemon=True)
        self._thread.start()

    def send(self, event: Event) -> None:
        """Queue one event; see Sink."""
        try:
            line = line_from_event(event)
        except (TypeError, ValueError) as error:
            logger.error("an event that is not JSON was dropped from the log: %s", error)
            self._drop()
            return
        if self._closed or not self._offer(_Line(line)):
            self._drop()

    @property
    def dropped(self) -> int:
        """How many events are missing in the log."""
        return self._dropped

    def status(self) -> LogStatus:
        """Return how it is doing."""
        fault = self._fault
        if not fault and self._queue.full():
            # A thread that hangs in a write has no error to tell of.
            fault = "the log {} waits for its disk, and events are dropped; {}".format(
                self.path, _HELP[FAILED]
            )
        return LogStatus(not fault, fault, self.path, self._dropped)

    def reopen(self) -> None:
        """Open the file anew, for who moved it away (SIGHUP)."""
        self._offer(_Reopen())

    def flush(self, timeout_s: float) -> bool:
        """Wait until what was sent is written; return whether that was in time."""
        flush = _Flush(threading.Event())
        return self._offer(flush) and flush.done.wait(timeout_s)

    def close(self) -> None:
        """Write out what is queued; may be called twice."""
        self._closed = True
        if self._thread is not None and self._thread.is_alive():
            try:
                self._queue.put(_Stop(), timeout=CLOSE_TIMEOUT_S)
            except queue.Full:
                logger.error("the log was left open: the disk does not answer")
                return
            self._thread.join(CLOSE_TIMEOUT_S)

    def _offer(self, task: _Task) -> bool:
        try:
            self._queue.put_nowait(task)
        except queue.Full:
            return False
        return True

    def _drop(self) -> None:
        with self._lock:
            self._dropped += 1

    def _run(self) -> None:
        while True:
            task = self._queue.get()
            if isinstance(task, _Stop):
                break
            if isinstance(task, _Line):
                self._write(task.data)
            elif isinstance(task, _Reopen):
                self._file.close()
            else:
                task.done.set()
        self._file.close()

    def _write(self, line: bytes) -> None:
        try:
            self._file.write(line)
        except OSError as error:
            was_well = not self._fault
            self._fault = "the log {} takes no more lines: {}; {}".format(
                self.path, error.strerror or error, _HELP[state_from_error(error)]
            )
            if was_well:
                logger.error("%s", self._fault)
            self._drop()
            return
        if self._fault:
            logger.info(
                "the log %s is written again; %d events are missing", self.path, self.dropped
            )
        self._fault = ""
