"""The log: one JSON line an event, in files that are rotated by size.

Not logging.handlers: after a full disk its buffered streams repeat or tear lines, and its errors go
to standard error.
"""

import logging
import queue
import threading
from typing import NamedTuple, Optional, Union

from plantd.config import LogConfig
from plantd.sinks.interface import Event, Sink
from plantd.sinks.log_file import LogFile
from plantd.sinks.ndjson import line_from_event
from plantd.system.lifetime import Openable

logger = logging.getLogger(__name__)

QUEUE_LENGTH = 1024
CLOSE_TIMEOUT_S = 3.0
MIB = 1024 * 1024


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
        self._failing = False
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

    @property
    def failing(self) -> bool:
        """Whether the last line could not be written."""
        return self._failing

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
            if not self._failing:
                logger.error("the log %s takes no more lines: %s", self.path, error)
            self._failing = True
            self._drop()
            return
        if self._failing:
            logger.info(
                "the log %s is written again; %d events are missing", self.path, self.dropped
            )
        self._failing = False
