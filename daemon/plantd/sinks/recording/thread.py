"""The one thread that writes the record: fsync never runs in the loop or in the inference thread.

How this works. The thread takes pictures and commits from a short queue; a verdict's pictures come
first, while the network computes, so that its commit has only one row to write. While the queue is
empty it does what a verdict to come will need, of which the newest alone is kept, and then chores
in small steps, so that a press waits for one step at most; when no chore is left it sleeps until
the next task or the next tick.
"""

import logging
import threading
import time
from collections import deque
from functools import partial
from typing import Callable, Deque, List, Optional

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


_Task = Callable[[], None]


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
        self._tasks: Deque[_Task] = deque()
        self._ahead: Optional[_Task] = None
        self._come = threading.Condition()
        self._flushes: List[threading.Event] = []
        self._is_over = False
        self._working_since: Optional[float] = None
        self.in_time = True
        self._thread = threading.Thread(target=self._run, name="record", daemon=True)

    def start(self) -> None:
        """Begin to work on the queue."""
        self._thread.start()

    def ahead(self, work: Callable[[], object]) -> None:
        """Do what a verdict to come will need, instead of what of this kind waits still."""
        with self._come:
            self._ahead = partial(self._try, work)
            self._come.notify()

    def stage(self, staged: Staged) -> None:
        """Queue the pictures of a verdict to come; without room they wait for their verdict."""
        if not self._take_place(partial(self._try, partial(staged.save, self._writer))):
            logger.warning("the disk is slow: the pictures of %d wait", staged.seq)

    def commit(self, verdict: Json, staged: Staged) -> Commit:
        """Queue one verdict and return at once."""
        commit = Commit(self._take_in_time)
        write = partial(staged.commit, self._writer, verdict)
        self._put(write, commit, "this one is not recorded")
        return commit

    def say(self, seq: int, said: Said) -> Commit:
        """Queue what a person says of a recorded verdict and return at once."""
        commit = Commit(lambda _in_time: None)
        if self.waiting >= SAYINGS_MAX:
            commit.future.set_exception(RecordError("the disk is slow; say it again later"))
            return commit
        self._put(partial(self._writer.say, seq, said), commit, "say it again later")
        return commit

    def flush(self, timeout_s: float) -> bool:
        """Wait until all is written and no chore is left; return whether that was in time."""
        done = threading.Event()
        self._append(partial(self._flushes.append, done))
        return done.wait(timeout_s)

    def look(self) -> None:
        """Let the record be looked at now rather than at the next tick; from any thread.

        Where verdicts wait it is looked at with each of them.
        """
        self._take_place(partial(self._try, self._writer.begin_chores))

    def stop(self, timeout_s: float) -> bool:
        """Write what is queued and end; may be called twice. False: the disk does not answer."""
        if self._thread.is_alive():
            self._append(self._end)
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    @property
    def waiting(self) -> int:
        """How many verdicts wait for the disk."""
        return len(self._tasks)

    @property
    def stuck_s(self) -> float:
        """How long the disk has not answered; 0 while nothing is being written."""
        since = self._working_since
        return 0.0 if since is None else self._clock() - since

    def _run(self) -> None:
        idle = False
        while not self._is_over:
            task = self._next(idle)
            self._working_since = self._clock()
            if task is not None:
                task()
            idle = task is None and not self._chore()
            if idle:
                self._tell_flushed()
            self._working_since = None
        self._working_since = self._clock()
        self._writer.close()
        self._tell_flushed()
        self._working_since = None

    def _next(self, idle: bool) -> Optional[_Task]:
        with self._come:
            if idle and not self._tasks and self._ahead is None:
                self._come.wait(self._tick_s)
            if self._tasks:
                return self._tasks.popleft()
            ahead, self._ahead = self._ahead, None
            return ahead

    def _end(self) -> None:
        self._is_over = True

    def _append(self, task: _Task) -> None:
        with self._come:
            self._tasks.append(task)
            self._come.notify()

    def _take_place(self, task: _Task) -> bool:
        """Queue a task; False where all places are taken."""
        with self._come:
            is_free = len(self._tasks) < QUEUE_LENGTH
            if is_free:
                self._tasks.append(task)
                self._come.notify()
        return is_free

    def _put(self, write: _Task, commit: Commit, otherwise: str) -> None:
        if not self._take_place(partial(self._resolve, commit, write)):
            told = "{} verdicts wait for the disk already; {}".format(QUEUE_LENGTH, otherwise)
            commit.future.set_exception(RecordError(told))

    def _tell_flushed(self) -> None:
        for done in self._flushes:
            done.set()
        self._flushes.clear()

    def _take_in_time(self, in_time: bool) -> None:
        if not in_time and self._writer.status.state != OK:
            return  # told already, and it ends by itself
        before, self.in_time = self.in_time, in_time
        if before != in_time:
            self._changed()

    def _try(self, work: Callable[[], object]) -> None:
        try:
            work()
        except Exception:
            # Its commit meets the same bug, and tells the one who waits.
            logger.exception("the record thread met a bug")

    def _resolve(self, commit: Commit, write: _Task) -> None:
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
