"""The one thread that writes the record: fsync never runs in the loop or in the inference thread.

How this works. The thread takes pictures and commits from a short queue; a verdict's pictures come
first, while the network computes, so that its commit has only one row to write. While the queue is
empty it does chores in small steps, so that a press waits for one step at most; when no chore is
left it sleeps until the next task or the next tick.
"""

import logging
import queue
import threading
import time
from contextlib import suppress
from functools import partial
from typing import Callable, List, NamedTuple, Optional, Union

from plantd.errors import PlantdError, RecordError
from plantd.sinks.recording.commit import Commit, Staged
from plantd.sinks.recording.labels import Said
from plantd.sinks.recording.rows import Json
from plantd.sinks.recording.state import OK
from plantd.sinks.recording.writer import RecordWriter

logger = logging.getLogger(__name__)

# Pictures of waiting commits are held in memory: on a dead disk this is all that is held.
QUEUE_LENGTH = 8
# Of it what people say may take so much: the rest is for presses.
SAYINGS_MAX = 4


class _Job(NamedTuple):
    commit: Commit
    verdict: Json
    staged: Staged


class _Saying(NamedTuple):
    commit: Commit
    seq: int
    said: Said


class _Ahead(NamedTuple):
    pass


class _Flush(NamedTuple):
    done: threading.Event


class _Inspect(NamedTuple):
    pass


class _Stop(NamedTuple):
    pass


_Task = Union[Staged, _Job, _Saying, _Ahead, _Flush, _Inspect, _Stop]


class RecordThread:
    """Runs a RecordWriter. `clock` is monotonic seconds; chores are looked for every `tick_s`.

    Args:
        changed: called, from whichever thread waited, when `in_time` has become another.
    """

    def __init__(
        self,
        writer: RecordWriter,
        tick_s: float = 60.0,
        clock: Callable[[], float] = time.monotonic,
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self._writer = writer
        self._changed = changed
        self._tick_s = tick_s
        self._clock = clock
        # What is done ahead has a place of its own and takes none of a verdict's.
        self._queue: "queue.Queue[_Task]" = queue.Queue(QUEUE_LENGTH + 1)
        self._ahead: Optional[Callable[[], object]] = None
        self._is_ahead_queued = False
        self._working_since: Optional[float] = None
        self.in_time = True
        self._thread = threading.Thread(target=self._run, name="record", daemon=True)

    def start(self) -> None:
        """Begin to work on the queue."""
        self._thread.start()

    def ahead(self, work: Callable[[], object]) -> None:
        """Do what a verdict to come will need, instead of what of this kind waits still.

        From one thread. While verdicts fill the queue it is left to that verdict.
        """
        self._ahead = work
        if self._is_ahead_queued:
            return
        self._is_ahead_queued = True
        try:
            self._queue.put_nowait(_Ahead())
        except queue.Full:
            self._is_ahead_queued = False

    def stage(self, staged: Staged) -> None:
        """Queue the pictures of a verdict to come; without room they wait for their verdict."""
        if not self._take_place(staged):
            logger.warning("the disk is slow: the pictures of %d wait", staged.seq)

    def commit(self, verdict: Json, staged: Staged) -> Commit:
        """Queue one verdict and return at once."""
        commit = Commit(self._take_in_time)
        self._put(_Job(commit, verdict, staged), commit, "this one is not recorded")
        return commit

    def say(self, seq: int, said: Said) -> Commit:
        """Queue what a person says of a recorded verdict and return at once."""
        commit = Commit(lambda _in_time: None)
        if self.waiting >= SAYINGS_MAX:
            commit.future.set_exception(RecordError("the disk is slow; say it again later"))
            return commit
        self._put(_Saying(commit, seq, said), commit, "say it again later")
        return commit

    def flush(self, timeout_s: float) -> bool:
        """Wait until all is written and no chore is left; return whether that was in time."""
        flush = _Flush(threading.Event())
        try:
            self._queue.put(flush, timeout=timeout_s)
        except queue.Full:
            return False
        return flush.done.wait(timeout_s)

    def look(self) -> None:
        """Let the record be looked at now rather than at the next tick; from any thread."""
        with suppress(queue.Full):  # it is looked at with each of the verdicts that wait
            self._queue.put_nowait(_Inspect())

    def stop(self, timeout_s: float) -> bool:
        """Write what is queued and end; may be called twice. False: the disk does not answer."""
        if self._thread.is_alive():
            try:
                self._queue.put(_Stop(), timeout=timeout_s)
            except queue.Full:
                return False
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    @property
    def waiting(self) -> int:
        """How many verdicts wait for the disk."""
        return max(0, self._queue.qsize() - self._is_ahead_queued)

    @property
    def stuck_s(self) -> float:
        """How long the disk has not answered; 0 while nothing is being written."""
        since = self._working_since
        return 0.0 if since is None else self._clock() - since

    def _run(self) -> None:
        flushes: List[_Flush] = []
        idle = False
        while True:
            task = self._next(idle)
            self._working_since = self._clock()
            if isinstance(task, _Stop):
                break
            if isinstance(task, _Job):
                self._resolve(task.commit, partial(task.staged.commit, self._writer, task.verdict))
            elif isinstance(task, _Saying):
                self._resolve(task.commit, partial(self._writer.say, task.seq, task.said))
            elif isinstance(task, Staged):
                self._try(partial(task.save, self._writer))
            elif isinstance(task, _Ahead):
                self._work_ahead()
            elif isinstance(task, _Flush):
                flushes.append(task)
            elif isinstance(task, _Inspect):
                self._writer.begin_chores()
            idle = task is None and not self._chore()
            if idle:
                _resolve(flushes)
            self._working_since = None
        self._writer.close()
        _resolve(flushes)
        self._working_since = None

    def _put(self, task: _Task, commit: Commit, otherwise: str) -> None:
        if not self._take_place(task):
            told = "{} verdicts wait for the disk already; {}".format(QUEUE_LENGTH, otherwise)
            commit.future.set_exception(RecordError(told))

    def _take_place(self, task: _Task) -> bool:
        """Queue a task; False where all places are taken."""
        try:
            if self.waiting < QUEUE_LENGTH:
                self._queue.put_nowait(task)
                return True
        except queue.Full:
            pass  # another thread was faster
        return False

    def _work_ahead(self) -> None:
        # In this order: what is asked for from now on is either taken here or queued anew.
        self._is_ahead_queued = False
        work, self._ahead = self._ahead, None
        if work is not None:
            self._try(work)

    def _take_in_time(self, in_time: bool) -> None:
        if not in_time and self._writer.status.state != OK:
            return  # told already, and it ends by itself
        before, self.in_time = self.in_time, in_time
        if before != in_time:
            self._changed()

    def _next(self, idle: bool) -> Optional[_Task]:
        try:
            return self._queue.get(timeout=self._tick_s) if idle else self._queue.get_nowait()
        except queue.Empty:
            return None

    def _try(self, work: Callable[[], object]) -> None:
        try:
            work()
        except Exception:
            # Its commit meets the same bug, and tells the one who waits.
            logger.exception("the record thread met a bug")

    def _resolve(self, commit: Commit, write: Callable[[], None]) -> None:
        try:
            write()
        except PlantdError as error:
            commit.future.set_exception(error)
        except Exception as error:
            logger.exception("the record thread met a bug")
            commit.future.set_exception(RecordError("a bug: {!r}".format(error)))
        else:
            commit.future.set_result(None)

    def _chore(self) -> bool:
        try:
            return self._writer.chore()
        except Exception:
            # The next verdict must find the thread alive.
            logger.exception("the record thread met a bug")
            return False


def _resolve(flushes: List[_Flush]) -> None:
    for flush in flushes:
        flush.done.set()
    del flushes[:]
